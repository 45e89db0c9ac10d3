@{
    ModuleVersion = '1.0'
    RootModule = 'WindowsServer.psm1'
    CmdletsToExport = 'Get-WindowsFeature', 'Get-CimInstance', 'Set-Service', 'Start-Service', 'Stop-Service', 'Set-LabMachine', 'Get-LabMachine'
}

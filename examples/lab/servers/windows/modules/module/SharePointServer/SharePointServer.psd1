# Subscription Edition brings a module; earlier versions a snap-in.
@{
    ModuleVersion = '16.0'
    RootModule = '../../sharepoint.psm1'
    CmdletsToExport = 'Get-SPFarm', 'Get-SPServer', 'Get-SPWebApplication', 'Set-SPWebApplication', 'Set-SPApplicationCredentialKey', 'Get-SPCertificate', 'Set-LabFarm', 'Get-LabFarm'
}

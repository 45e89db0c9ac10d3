# Snap-ins ended with Windows PowerShell 5.1; here one is a module.
function Add-PSSnapin {
    [CmdletBinding()]
    param([Parameter(Mandatory = $true)][string]$Name)
    if (-not [string]::Equals($Name, 'Microsoft.SharePoint.PowerShell', [System.StringComparison]::Ordinal)) { throw 'NoSnapIn' }
    Import-Module -Name (Join-Path -Path $PSScriptRoot -ChildPath '../../sharepoint.psm1') -Global -ErrorAction Stop
}

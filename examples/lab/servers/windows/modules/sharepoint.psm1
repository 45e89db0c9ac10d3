# SharePoint's cmdlets as compiled classes. LAB_SHAREPOINT says of which version (2013, 2016, 2019 or SE), LAB_FARM names the
# file of a farm to begin with.
$ErrorActionPreference = 'Stop'
$defines = @{
    '2013' = ''
    '2016' = "#define V2016`n"
    '2019' = "#define V2016`n#define V2019`n"
    'SE' = "#define V2016`n#define V2019`n#define SE`n"
}[$env:LAB_SHAREPOINT]
$source = $defines + [System.IO.File]::ReadAllText((Join-Path -Path $PSScriptRoot -ChildPath 'sharepoint.cs'))
Import-Module -Assembly (Add-Type -TypeDefinition $source -PassThru)[0].Assembly
[Microsoft.SharePoint.Administration.Lab]::Speak([System.IO.File]::ReadAllText((Join-Path -Path $PSScriptRoot -ChildPath '../languages.json')))
if ($env:LAB_FARM) { Set-LabFarm -Json ([System.IO.File]::ReadAllText($env:LAB_FARM)) }
Export-ModuleMember -Cmdlet *

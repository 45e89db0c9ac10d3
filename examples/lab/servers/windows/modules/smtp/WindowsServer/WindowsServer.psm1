# A Windows server's feature, service and metabase as compiled classes. LAB_MACHINE names the file of one to begin with.
$ErrorActionPreference = 'Stop'
$source = [System.IO.File]::ReadAllText((Join-Path -Path $PSScriptRoot -ChildPath '../../smtp.cs'))
Import-Module -Assembly (Add-Type -TypeDefinition $source -PassThru)[0].Assembly
if ($env:LAB_MACHINE) { Set-LabMachine -Json ([System.IO.File]::ReadAllText($env:LAB_MACHINE)) }
Export-ModuleMember -Cmdlet *

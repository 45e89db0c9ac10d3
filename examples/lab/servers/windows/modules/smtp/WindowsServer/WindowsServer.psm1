# A Windows server's feature, service and metabase as compiled classes.
$ErrorActionPreference = 'Stop'
$source = [System.IO.File]::ReadAllText((Join-Path -Path $PSScriptRoot -ChildPath '../../smtp.cs'))
Import-Module -Assembly (Add-Type -TypeDefinition $source -PassThru)[0].Assembly
Export-ModuleMember -Cmdlet *

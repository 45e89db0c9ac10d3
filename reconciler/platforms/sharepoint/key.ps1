# Sets the application credential key of the server on which it runs: SharePoint encrypts mail passwords with it.
[CmdletBinding(PositionalBinding = $false)]
param(
    [Parameter(Mandatory = $true)][securestring]$Key
)
$ErrorActionPreference = 'Stop'
$answer = [ordered]@{ reconciler = 1; ok = $false; error = $null; result = $null }
$step = 'shell'
try {
    if ($null -eq (Get-Command -Name Get-SPFarm -ErrorAction Ignore)) {
        if ($null -eq (Get-Command -Name Add-PSSnapin -ErrorAction Ignore)) { throw 'RECONCILER_NO_SHELL' }
        Add-PSSnapin -Name Microsoft.SharePoint.PowerShell -ErrorAction Stop
    }
    $step = 'farm'
    [void](Get-SPFarm -ErrorAction Stop)
    $step = 'key'
    if ($null -eq (Get-Command -Name Set-SPApplicationCredentialKey -ErrorAction Ignore)) { throw 'RECONCILER_UNSUPPORTED' }
    [void](Set-SPApplicationCredentialKey -Password $Key -Confirm:$false -ErrorAction Stop)
    $answer.result = [ordered]@{ set = $true }
    $answer.ok = $true
}
catch {
    $types = New-Object -TypeName System.Collections.ArrayList
    for ($cause = $_.Exception; $null -ne $cause; $cause = $cause.InnerException) {
        [void]$types.Add([string]$cause.GetType().FullName)
    }
    $answer.error = [ordered]@{
        id = [string]$_.FullyQualifiedErrorId
        step = $step
        types = @($types.ToArray())
        line = [int]$_.InvocationInfo.ScriptLineNumber
        message = [string]$_.Exception.Message
    }
}
ConvertTo-Json -InputObject $answer -Compress -Depth 6

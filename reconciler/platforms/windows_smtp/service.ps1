# Sets how the SMTP service starts, and whether it runs.
[CmdletBinding(PositionalBinding = $false)]
param(
    [Parameter(Mandatory = $true)][ValidateSet('Automatic', 'Manual', 'Disabled', 'keep')][string]$StartMode,
    [Parameter(Mandatory = $true)][ValidateSet('Running', 'Stopped', 'keep')][string]$State
)
$ErrorActionPreference = 'Stop'
$answer = [ordered]@{ reconciler = 1; ok = $false; error = $null; result = $null }
$step = 'service'
try {
    if ($null -eq (Get-WindowsFeature -Name SMTP-Server -ErrorAction Stop)) { throw 'RECONCILER_FEATURE_GONE' }
    if (-not [string]::Equals($StartMode, 'keep', [System.StringComparison]::Ordinal)) {
        [void](Set-Service -Name SMTPSVC -StartupType $StartMode -Confirm:$false -ErrorAction Stop)
    }
    if ([string]::Equals($State, 'Running', [System.StringComparison]::Ordinal)) {
        [void](Start-Service -Name SMTPSVC -Confirm:$false -ErrorAction Stop)
    }
    if ([string]::Equals($State, 'Stopped', [System.StringComparison]::Ordinal)) {
        [void](Stop-Service -Name SMTPSVC -Confirm:$false -ErrorAction Stop)
    }
    $answer.result = [ordered]@{ written = $true }
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

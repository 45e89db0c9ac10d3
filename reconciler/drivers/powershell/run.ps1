# Runs one script of this folder, with the parameters of an order beside it. Asks for each secret, and keeps none.
# A person starts it on the server: powershell -NoProfile -File .\run.ps1 -Order 1-write.json
[CmdletBinding(PositionalBinding = $false)]
param(
    [Parameter(Mandatory = $true)][string]$Order
)
$ErrorActionPreference = 'Stop'
Set-Location -LiteralPath $PSScriptRoot
$found = ConvertFrom-Json -InputObject (Get-Content -LiteralPath $Order -Raw)
# each script is the one that was reviewed
foreach ($one in $found.sha256.PSObject.Properties) {
    $hash = [string](Get-FileHash -LiteralPath $one.Name -Algorithm SHA256).Hash
    if (-not [string]::Equals($hash, [string]$one.Value, [System.StringComparison]::OrdinalIgnoreCase)) {
        throw 'RECONCILER_OTHER_SCRIPT'
    }
}
$given = @{}
foreach ($one in $found.parameters.PSObject.Properties) { $given[$one.Name] = $one.Value }
# what only the server knows: an object's own id, by a property that people know
if ($null -ne $found.find) {
    $seen = ConvertFrom-Json -InputObject ([string](.\read.ps1 -ErrorAction Stop))
    if (-not $seen.ok) { throw [string]$seen.error.message }
    foreach ($row in @($seen.result.PSObject.Properties[$found.find.list].Value)) {
        $there = ([string]$row.PSObject.Properties[$found.find.property].Value).TrimEnd('/')
        if ([string]::Equals($there, [string]$found.find.value, [System.StringComparison]::OrdinalIgnoreCase)) {
            $given[$found.find.parameter] = [string]$row.id
        }
    }
    if (-not $given.ContainsKey($found.find.parameter)) { throw 'RECONCILER_NOT_FOUND' }
}
foreach ($one in $found.secrets.PSObject.Properties) {
    $given[$one.Name] = Read-Host -AsSecureString -Prompt ([string]$one.Value)
}
$said = switch -CaseSensitive ([string]$found.script) {
    'probe.ps1' { .\probe.ps1 @given }
    'key.ps1' { .\key.ps1 @given }
    'write.ps1' { .\write.ps1 @given }
    'service.ps1' { .\service.ps1 @given }
    default { throw 'RECONCILER_UNKNOWN_SCRIPT' }
}
ConvertTo-Json -InputObject (ConvertFrom-Json -InputObject ([string]$said)) -Depth 6

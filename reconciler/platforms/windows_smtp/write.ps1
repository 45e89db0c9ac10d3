# Writes one virtual server. What is in Keep stays as it is; a list is written as a whole, through its own object,
# because null and empty mean opposite things there.
[CmdletBinding(PositionalBinding = $false)]
param(
    [Parameter(Mandatory = $true)][ValidatePattern('^[1-9][0-9]{0,3}$')][string]$Name,
    [Parameter(Mandatory = $true)][AllowEmptyCollection()]
    [ValidateSet('SmartHost', 'Port', 'Fqdn', 'Anonymous', 'Relay', 'Connection')][string[]]$Keep,
    [Parameter(Mandatory = $true)][AllowEmptyString()][string]$SmartHost,
    [Parameter(Mandatory = $true)][ValidateRange(1, 65535)][int]$Port,
    [Parameter(Mandatory = $true)][AllowEmptyString()][string]$Fqdn,
    [Parameter(Mandatory = $true)][bool]$Anonymous,
    [Parameter(Mandatory = $true)][bool]$RelayAll,
    [Parameter(Mandatory = $true)][AllowEmptyCollection()][string[]]$RelayAddresses,
    [Parameter(Mandatory = $true)][AllowEmptyCollection()][string[]]$RelayDomains,
    [Parameter(Mandatory = $true)][bool]$ConnectionAll,
    [Parameter(Mandatory = $true)][AllowEmptyCollection()][string[]]$ConnectionAddresses,
    [Parameter(Mandatory = $true)][AllowEmptyCollection()][string[]]$ConnectionDomains
)
$ErrorActionPreference = 'Stop'
$answer = [ordered]@{ reconciler = 1; ok = $false; error = $null; result = $null }
$step = 'find'
try {
    if ($null -eq (Get-WindowsFeature -Name SMTP-Server -ErrorAction Stop)) { throw 'RECONCILER_FEATURE_GONE' }
    $set = [System.Reflection.BindingFlags]'Public, Instance, SetProperty'
    $root = New-Object -TypeName System.DirectoryServices.DirectoryEntry -ArgumentList 'IIS://localhost/SmtpSvc'
    $found = $null
    foreach ($child in @($root.Children)) {
        if ([string]::Equals([string]$child.Name, $Name, [System.StringComparison]::Ordinal)) { $found = $child }
    }
    if ($null -eq $found) { throw 'RECONCILER_NOT_FOUND' }
    $step = 'lists'
    $lists = @(
        @('Relay', 'RelayIpList', $RelayAll, $RelayAddresses, $RelayDomains),
        @('Connection', 'IPSecurity', $ConnectionAll, $ConnectionAddresses, $ConnectionDomains)
    )
    foreach ($one in $lists) {
        if ([array]::IndexOf($Keep, $one[0]) -ge 0) { continue }
        $list = $found.Properties[$one[1]].Value
        if ($null -eq $list) {
            # a list that was never set has no object: one of the same kind, read apart so that it belongs to nobody
            $again = New-Object -TypeName System.DirectoryServices.DirectoryEntry -ArgumentList 'IIS://localhost/SmtpSvc'
            foreach ($child in @($again.Children)) {
                if ([string]::Equals([string]$child.Name, $Name, [System.StringComparison]::Ordinal)) {
                    $list = $child.Properties['IPSecurity'].Value
                }
            }
        }
        if ($null -eq $list) { throw 'RECONCILER_LIST_BROKEN' }
        $names = @('IPGrant', 'DomainGrant')
        if ($one[2]) { $names = @('IPDeny', 'DomainDeny') }
        try {
            [void]$list.GetType().InvokeMember('GrantByDefault', $set, $null, $list, @([bool]$one[2]))
            [void]$list.GetType().InvokeMember($names[0], $set, $null, $list, @(, [object[]]$one[3]))
            [void]$list.GetType().InvokeMember($names[1], $set, $null, $list, @(, [object[]]$one[4]))
        }
        catch { throw 'RECONCILER_LIST_BROKEN' }
        [void]$found.Put($one[1], $list)
    }
    $step = 'settings'
    if ([array]::IndexOf($Keep, 'SmartHost') -lt 0) {
        [void]$found.Put('SmartHost', $SmartHost)
        # 2: always by the smart host; 0: to the hosts of each recipient
        [void]$found.Put('SmartHostType', [int](2 * [int]($SmartHost.Length -gt 0)))
    }
    if ([array]::IndexOf($Keep, 'Port') -lt 0) { [void]$found.Put('RemoteSmtpPort', $Port) }
    if ([array]::IndexOf($Keep, 'Fqdn') -lt 0) { [void]$found.Put('FullyQualifiedDomainName', $Fqdn) }
    if ([array]::IndexOf($Keep, 'Anonymous') -lt 0) { [void]$found.Put('AuthAnonymous', $Anonymous) }
    $step = 'write'
    [void]$found.SetInfo()
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

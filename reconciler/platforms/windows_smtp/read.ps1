# Reads the SMTP service of this server and its virtual servers. Writes nothing.
[CmdletBinding(PositionalBinding = $false)]
param()
$ErrorActionPreference = 'Stop'
$answer = [ordered]@{ reconciler = 1; ok = $false; error = $null; result = $null }
$step = 'feature'
try {
    $feature = Get-WindowsFeature -Name SMTP-Server -ErrorAction Stop
    if ($null -eq $feature) { throw 'RECONCILER_FEATURE_GONE' }
    if (-not [string]::Equals([string]$feature.InstallState, 'Installed', [System.StringComparison]::Ordinal)) {
        throw 'RECONCILER_FEATURE_MISSING'
    }
    $step = 'service'
    $service = Get-CimInstance -ClassName Win32_Service -Filter 'Name="SMTPSVC"' -ErrorAction Stop
    if ($null -eq $service) { throw 'RECONCILER_FEATURE_MISSING' }
    $step = 'metabase'
    $get = [System.Reflection.BindingFlags]'Public, Instance, GetProperty'
    $root = New-Object -TypeName System.DirectoryServices.DirectoryEntry -ArgumentList 'IIS://localhost/SmtpSvc'
    $rows = New-Object -TypeName System.Collections.ArrayList
    foreach ($child in @($root.Children)) {
        if (-not [string]::Equals([string]$child.SchemaClassName, 'IIsSmtpServer', [System.StringComparison]::Ordinal)) { continue }
        $row = [ordered]@{
            name = [string]$child.Name
            smart_host = [string]$child.Properties['SmartHost'].Value
            port = [int]$child.Properties['RemoteSmtpPort'].Value
            fqdn = [string]$child.Properties['FullyQualifiedDomainName'].Value
            anonymous = [bool]$child.Properties['AuthAnonymous'].Value
        }
        foreach ($pair in @(@('relay', 'RelayIpList'), @('connection', 'IPSecurity'))) {
            $list = $child.Properties[$pair[1]].Value
            # null is "only the list below", with an empty list: nobody. A list that is there and empty says so itself
            if ($null -eq $list) { $row[$pair[0]] = $null; continue }
            try {
                $all = [bool]$list.GetType().InvokeMember('GrantByDefault', $get, $null, $list, $null)
                $names = @('IPGrant', 'DomainGrant')
                if ($all) { $names = @('IPDeny', 'DomainDeny') }
                $entries = New-Object -TypeName System.Collections.ArrayList
                $domains = New-Object -TypeName System.Collections.ArrayList
                foreach ($one in @($list.GetType().InvokeMember($names[0], $get, $null, $list, $null))) {
                    if ($null -ne $one) { [void]$entries.Add([string]$one) }
                }
                foreach ($one in @($list.GetType().InvokeMember($names[1], $get, $null, $list, $null))) {
                    if ($null -ne $one) { [void]$domains.Add([string]$one) }
                }
                $row[$pair[0]] = [ordered]@{
                    all = $all
                    addresses = @($entries.ToArray())
                    domains = @($domains.ToArray())
                }
            }
            catch { $row[$pair[0]] = [ordered]@{ broken = [string]$_.FullyQualifiedErrorId } }
        }
        [void]$rows.Add($row)
    }
    $answer.result = [ordered]@{
        start_mode = [string]$service.StartMode
        state = [string]$service.State
        virtual_servers = @($rows.ToArray())
    }
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

# Reads the outgoing e-mail settings of all web applications of a farm, and what its version can do. Writes nothing.
[CmdletBinding(PositionalBinding = $false)]
param()
$ErrorActionPreference = 'Stop'
$answer = [ordered]@{ reconciler = 1; ok = $false; error = $null; result = $null }
$step = 'shell'
try {
    if ($null -eq (Get-Command -Name Get-SPFarm -ErrorAction Ignore)) {
        if ($null -eq (Get-Command -Name Add-PSSnapin -ErrorAction Ignore)) { throw 'RECONCILER_NO_SHELL' }
        Add-PSSnapin -Name Microsoft.SharePoint.PowerShell -ErrorAction Stop
    }
    $step = 'farm'
    $farm = Get-SPFarm -ErrorAction Stop
    $step = 'servers'
    $servers = New-Object -TypeName System.Collections.ArrayList
    foreach ($server in @(Get-SPServer -ErrorAction Stop)) {
        # a mail server is a member of the topology too, in the role Invalid
        if (-not [string]::Equals([string]$server.Role, 'Invalid', [System.StringComparison]::Ordinal)) {
            [void]$servers.Add([string]$server.Address)
        }
    }
    $step = 'web applications'
    $rows = New-Object -TypeName System.Collections.ArrayList
    foreach ($application in @(Get-SPWebApplication -IncludeCentralAdministration -ErrorAction Stop)) {
        $row = [ordered]@{
            url = [string]$application.Url
            id = [string]$application.Id
            central = [bool]$application.IsAdministrationWebApplication
            host = $null
            from = [string]$application.OutboundMailSenderAddress
            reply_to = [string]$application.OutboundMailReplyToAddress
            code_page = [int]$application.OutboundMailCodePage
        }
        if ($null -ne $application.OutboundMailServiceInstance) {
            $row.host = [string]$application.OutboundMailServiceInstance.Server.Address
        }
        # a property that this version lacks is left out: that is how its capability is told
        $port = $application.PSObject.Properties['OutboundMailPort']
        if ($null -ne $port) { $row.port = $null; if ($null -ne $port.Value) { $row.port = [int]$port.Value } }
        $tls = $application.PSObject.Properties['OutboundMailEnableSsl']
        if ($null -ne $tls) { $row.tls = $null; if ($null -ne $tls.Value) { $row.tls = [bool]$tls.Value } }
        $user = $application.PSObject.Properties['OutboundMailUserName']
        if ($null -ne $user) { $row.user = [string]$user.Value }
        $envelope = $application.PSObject.Properties['OutboundMailOverrideEnvelopeSender']
        if ($null -ne $envelope) { $row.override_envelope_sender = [bool]$envelope.Value }
        [void]$rows.Add($row)
    }
    $step = 'capability'
    $names = New-Object -TypeName System.Collections.ArrayList
    foreach ($name in (Get-Command -Name Set-SPWebApplication -ErrorAction Stop).Parameters.Keys) {
        [void]$names.Add([string]$name)
    }
    $answer.result = [ordered]@{
        build = [string]$farm.BuildVersion
        servers = @($servers.ToArray())
        parameters = @($names.ToArray())
        web_applications = @($rows.ToArray())
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

# Writes the whole set of one web application, Central Administration included, and reads it back.
# What is in Keep stays as it is on the server: it is read there and sent with the rest, since a switch that is
# left out turns TLS on, and a port that is left out becomes 25.
[CmdletBinding(PositionalBinding = $false)]
param(
    [Parameter(Mandatory = $true)][guid]$Id,
    [Parameter(Mandatory = $true)][bool]$Central,
    [Parameter(Mandatory = $true)][AllowEmptyCollection()]
    [ValidateSet('Host', 'Port', 'From', 'ReplyTo', 'CodePage', 'Tls', 'User', 'Envelope')][string[]]$Keep,
    [Parameter(Mandatory = $true)][AllowEmptyString()][string]$MailHost,
    [Parameter(Mandatory = $true)][ValidateRange(1, 65535)][int]$Port,
    [Parameter(Mandatory = $true)][AllowEmptyString()][string]$From,
    [Parameter(Mandatory = $true)][AllowEmptyString()][string]$ReplyTo,
    [Parameter(Mandatory = $true)][ValidateRange(1, 65535)][int]$CodePage,
    [Parameter(Mandatory = $true)][bool]$Tls,
    [Parameter(Mandatory = $true)][ValidateSet('anonymous', 'authenticated', 'preserve')][string]$Auth,
    [Parameter(Mandatory = $true)][AllowEmptyString()][string]$User,
    [Parameter(Mandatory = $true)][AllowNull()][securestring]$Password,
    [Parameter(Mandatory = $true)][bool]$Envelope,
    [Parameter(Mandatory = $true)][ValidateSet('none', 'use', 'preserve')][string]$CertificateMode,
    [Parameter(Mandatory = $true)][AllowEmptyString()][string]$Thumbprint
)
$ErrorActionPreference = 'Stop'
$answer = [ordered]@{ reconciler = 1; ok = $false; error = $null; result = $null }
$step = 'shell'
$tries = 0
try {
    if ($null -eq (Get-Command -Name Get-SPFarm -ErrorAction Ignore)) {
        if ($null -eq (Get-Command -Name Add-PSSnapin -ErrorAction Ignore)) { throw 'RECONCILER_NO_SHELL' }
        Add-PSSnapin -Name Microsoft.SharePoint.PowerShell -ErrorAction Stop
    }
    $step = 'farm'
    [void](Get-SPFarm -ErrorAction Stop)
    $supported = (Get-Command -Name Set-SPWebApplication -ErrorAction Stop).Parameters
    $written = $false
    while (-not $written) {
        $tries++
        $step = 'find'
        $found = $null
        foreach ($one in @(Get-SPWebApplication -IncludeCentralAdministration -ErrorAction Stop)) {
            if ([guid]$one.Id -eq $Id) { $found = $one }
        }
        if ($null -eq $found) { throw 'RECONCILER_NOT_FOUND' }
        if ([bool]$found.IsAdministrationWebApplication -ne $Central) { throw 'RECONCILER_WRONG_SCOPE' }
        $step = 'compose'
        if ([array]::IndexOf($Keep, 'Host') -ge 0) {
            $MailHost = ''
            if ($null -ne $found.OutboundMailServiceInstance) {
                $MailHost = [string]$found.OutboundMailServiceInstance.Server.Address
            }
        }
        if ([array]::IndexOf($Keep, 'From') -ge 0) { $From = [string]$found.OutboundMailSenderAddress }
        if ([array]::IndexOf($Keep, 'ReplyTo') -ge 0) { $ReplyTo = [string]$found.OutboundMailReplyToAddress }
        if ([array]::IndexOf($Keep, 'CodePage') -ge 0) { $CodePage = [int]$found.OutboundMailCodePage }
        $portThere = $found.PSObject.Properties['OutboundMailPort']
        if ([array]::IndexOf($Keep, 'Port') -ge 0) {
            $Port = 25
            if ($null -ne $portThere -and [int]$portThere.Value -gt 0) { $Port = [int]$portThere.Value }
        }
        $tlsThere = $found.PSObject.Properties['OutboundMailEnableSsl']
        if ([array]::IndexOf($Keep, 'Tls') -ge 0) { $Tls = $null -ne $tlsThere -and [bool]$tlsThere.Value }
        $userThere = $found.PSObject.Properties['OutboundMailUserName']
        if ([array]::IndexOf($Keep, 'User') -ge 0) {
            $User = ''
            if ($null -ne $userThere) { $User = [string]$userThere.Value }
        }
        $setsEnvelope = [array]::IndexOf($Keep, 'Envelope') -lt 0
        $envelopeThere = $found.PSObject.Properties['OutboundMailOverrideEnvelopeSender']
        if ($setsEnvelope -and $Envelope -and $null -eq $envelopeThere) { throw 'RECONCILER_UNSUPPORTED' }
        $arguments = @{
            Identity = $found
            SMTPServer = $MailHost
            OutgoingEmailAddress = $From
            ReplyToEmailAddress = $ReplyTo
            Confirm = $false
            ErrorAction = 'Stop'
        }
        if ($MailHost.Length -eq 0) {
            if (-not $supported.ContainsKey('Certificate')) { throw 'RECONCILER_UNSUPPORTED' }
            $arguments.SMTPServer = $null
        }
        if ($supported.ContainsKey('SMTPServerPort')) { $arguments.SMTPServerPort = $Port }
        elseif ($Port -ne 25) { throw 'RECONCILER_UNSUPPORTED' }
        if ($supported.ContainsKey('DisableSMTPEncryption')) { $arguments.DisableSMTPEncryption = -not $Tls }
        elseif ($Tls) { throw 'RECONCILER_UNSUPPORTED' }
        if ($supported.ContainsKey('SMTPCredentials')) {
            if ([string]::Equals($Auth, 'anonymous', [System.StringComparison]::Ordinal)) {
                $arguments.SMTPCredentials = $null
            }
            elseif ([string]::Equals($Auth, 'authenticated', [System.StringComparison]::Ordinal)) {
                # another user with the password that is stored: it never leaves the server
                $secret = $Password
                $secretThere = $found.PSObject.Properties['OutboundMailPassword']
                if ($null -eq $secret -and $null -ne $secretThere) { $secret = $secretThere.Value }
                if ($User.Length -eq 0 -or $null -eq $secret) { throw 'RECONCILER_NO_CREDENTIAL' }
                $arguments.SMTPCredentials = New-Object -TypeName System.Management.Automation.PSCredential -ArgumentList $User, $secret
            }
        }
        elseif ([string]::Equals($Auth, 'authenticated', [System.StringComparison]::Ordinal)) {
            throw 'RECONCILER_UNSUPPORTED'
        }
        if (-not [string]::Equals($CertificateMode, 'preserve', [System.StringComparison]::Ordinal)) {
            if ($supported.ContainsKey('Certificate')) {
                $arguments.Certificate = $null
                if ([string]::Equals($CertificateMode, 'use', [System.StringComparison]::Ordinal)) {
                    $step = 'certificate'
                    $certificate = Get-SPCertificate -Thumbprint $Thumbprint -ErrorAction Ignore
                    if ($null -eq $certificate) { throw 'RECONCILER_NO_CERTIFICATE' }
                    $arguments.Certificate = $certificate
                }
            }
            elseif ([string]::Equals($CertificateMode, 'use', [System.StringComparison]::Ordinal)) {
                throw 'RECONCILER_UNSUPPORTED'
            }
        }
        try {
            $step = 'write'
            Set-SPWebApplication @arguments
            # on an object that was read anew: the one above is stale by now, and SharePoint refuses to update it
            $fresh = $null
            foreach ($one in @(Get-SPWebApplication -IncludeCentralAdministration -ErrorAction Stop)) {
                if ([guid]$one.Id -eq $Id) { $fresh = $one }
            }
            if ($null -eq $fresh) { throw 'RECONCILER_NOT_FOUND' }
            $step = 'properties'
            $differs = $false
            if ([int]$fresh.OutboundMailCodePage -ne $CodePage) { $fresh.OutboundMailCodePage = $CodePage; $differs = $true }
            if ($setsEnvelope -and $null -ne $envelopeThere -and [bool]$fresh.OutboundMailOverrideEnvelopeSender -ne $Envelope) {
                $fresh.OutboundMailOverrideEnvelopeSender = $Envelope
                $differs = $true
            }
            if ($differs) { $fresh.Update() }
            $written = $true
        }
        catch {
            $conflict = $false
            for ($cause = $_.Exception; $null -ne $cause; $cause = $cause.InnerException) {
                if ([string]::Equals($cause.GetType().Name, 'SPUpdatedConcurrencyException', [System.StringComparison]::Ordinal)) {
                    $conflict = $true
                }
            }
            if (-not $conflict -or $tries -ge 3) { throw }
        }
    }
    $answer.result = [ordered]@{ tries = $tries }
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

# Looks from this server whether a relay offers STARTTLS with a certificate that this server trusts. Sends no mail.
[CmdletBinding(PositionalBinding = $false)]
param(
    [Parameter(Mandatory = $true)][ValidateNotNullOrEmpty()][string]$MailHost,
    [Parameter(Mandatory = $true)][ValidateRange(1, 65535)][int]$Port,
    [Parameter(Mandatory = $true)][ValidateRange(1, 120)][int]$Seconds
)
$ErrorActionPreference = 'Stop'
$answer = [ordered]@{ reconciler = 1; ok = $false; error = $null; result = $null }
$step = 'connect'
$client = $null
try {
    try {
        $client = New-Object -TypeName System.Net.Sockets.TcpClient
        if (-not $client.ConnectAsync($MailHost, $Port).Wait($Seconds * 1000)) { throw 'RECONCILER_TIMEOUT' }
        $step = 'greeting'
        $stream = $client.GetStream()
        $stream.ReadTimeout = $Seconds * 1000
        $stream.WriteTimeout = $Seconds * 1000
        $reader = New-Object -TypeName System.IO.StreamReader -ArgumentList $stream
        $question = ''
        foreach ($step in 'greeting', 'ehlo', 'starttls') {
            if ([string]::Equals($step, 'ehlo', [System.StringComparison]::Ordinal)) {
                $question = [string]::Concat('EHLO ', [System.Net.Dns]::GetHostName(), "`r`n")
            }
            if ([string]::Equals($step, 'starttls', [System.StringComparison]::Ordinal)) { $question = "STARTTLS`r`n" }
            $bytes = [System.Text.Encoding]::ASCII.GetBytes($question)
            $stream.Write($bytes, 0, $bytes.Length)
            $lines = 0
            $line = [string]$reader.ReadLine()
            while ($line.Length -gt 3 -and [string]::Equals($line.Substring(3, 1), '-', [System.StringComparison]::Ordinal) -and $lines -lt 100) {
                $line = [string]$reader.ReadLine()
                $lines++
            }
            if (-not $line.StartsWith('2', [System.StringComparison]::Ordinal)) { throw 'RECONCILER_REFUSED' }
        }
        $step = 'tls'
        $secure = New-Object -TypeName System.Net.Security.SslStream -ArgumentList $stream, $false
        # SharePoint itself speaks no more than TLS 1.2, and checks name and chain
        $secure.AuthenticateAsClient($MailHost, $null, [System.Security.Authentication.SslProtocols]::Tls12, $false)
        $step = 'done'
        $answer.result = [ordered]@{ stage = $step; message = '' }
    }
    catch {
        $inner = $_.Exception
        while ($null -ne $inner.InnerException) { $inner = $inner.InnerException }
        $answer.result = [ordered]@{ stage = $step; message = [string]$inner.Message }
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
finally { if ($null -ne $client) { $client.Close() } }
ConvertTo-Json -InputObject $answer -Compress -Depth 6

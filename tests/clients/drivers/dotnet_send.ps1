# Sends one mail with System.Net.Mail: stdin has the settings, stdout what the caller sees. Trust: SSL_CERT_FILE.
$given = [Console]::In.ReadToEnd() | ConvertFrom-Json
$said = [ordered]@{ version = ".NET $([Environment]::Version)"; sent = $false; words = $null }
[Console]::Out.WriteLine('ready')
try {
    $client = [System.Net.Mail.SmtpClient]::new($given.host, $given.port)
    $client.EnableSsl = $given.encryption -ne 'none'
    $client.Timeout = $given.timeout * 1000
    if ($given.auth -eq 'basic') { $client.Credentials = [System.Net.NetworkCredential]::new($given.user, $given.password) }
    $message = [System.Net.Mail.MailMessage]::new()
    $message.From = [System.Net.Mail.MailAddress]::new($given.sender)
    foreach ($one in $given.recipients) { $message.To.Add($one) }
    $message.Subject = 'probe'
    $message.Body = 'probe'
    $client.Send($message)
    $said.sent = $true
} catch {
    $problem = $_.Exception.InnerException
    $words = while ($problem) { '{0}: {1}' -f $problem.GetType().Name, $problem.Message; $problem = $problem.InnerException }
    $said.words = $words -join '; '
}
if ($client) { $client.Dispose() }
ConvertTo-Json -Compress -InputObject $said

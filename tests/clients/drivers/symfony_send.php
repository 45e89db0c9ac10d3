<?php
// Sends one mail with Symfony Mailer: stdin has the settings, stdout what the caller sees.
// `as` is laravel or nextcloud: each makes its transport in its own way, from its own settings.
$given = json_decode(stream_get_contents(STDIN), true);
ini_set('openssl.cafile', $given['ca_file']);
$root = getenv('SYMFONY_ROOT') ?: '/usr/share/php';
set_include_path($root);
spl_autoload_register(function (string $class) use ($root): void {
    foreach ([$root, '/usr/share/php'] as $folder) {
        $file = $folder . '/' . str_replace('\\', '/', $class) . '.php';
        if (is_file($file)) {
            require $file;
            return;
        }
    }
});
foreach (['Symfony/Polyfill/Php83/bootstrap.php', 'Symfony/Component/Deprecation/function.php', 'Symfony/Contracts/deprecation-contracts/function.php'] as $file) {
    foreach ([$root, '/usr/share/php'] as $folder) {
        if (is_file("$folder/$file")) {
            require_once "$folder/$file";
            break;
        }
    }
}
if (!function_exists('trigger_deprecation')) {
    function trigger_deprecation(string $package, string $version, string $message, mixed ...$args): void
    {
    }
}

use Symfony\Component\Mailer\Transport\Smtp\EsmtpTransport;
use Symfony\Component\Mime\Email;

class_exists(EsmtpTransport::class);
class_exists(Email::class);
echo "ready\n";
$said = ['version' => 'Symfony Mailer ' . (getenv('SYMFONY_VERSION') ?: '?'), 'sent' => false, 'words' => null];
try {
    if ($given['as'] === 'laravel') {
        // MailManager: the scheme is smtps for port 465 or MAIL_SCHEME smtps, and the EHLO name the host of APP_URL
        $implicit = $given['encryption'] === 'tls' || $given['port'] === 465;
        $transport = new EsmtpTransport($given['host'], $given['port'], $implicit);
        if (($given['starttls'] ?? null) === 'required' && method_exists($transport, 'setRequireTls')) {
            $transport->setRequireTls($given['encryption'] === 'starttls');
        }
        $transport->setLocalDomain($given['ehlo_name'] ?? 'localhost');
        $transport->getStream()->setTimeout($given['timeout'] ?? 60);
    } elseif ($given['as'] === 'nextcloud') {
        // OC\Mail\Mailer: null for mail_smtpsecure tls and none, true for ssl; the time-out is mail_smtptimeout, 10 s
        $transport = new EsmtpTransport($given['host'], $given['port'], $given['encryption'] === 'tls' ? true : null);
        $transport->getStream()->setTimeout($given['timeout'] ?? 10);
        if (isset($given['ehlo_name'])) {
            $transport->setLocalDomain($given['ehlo_name']);
        }
    } else {
        $transport = new EsmtpTransport($given['host'], $given['port'], $given['encryption'] === 'tls' ? true : null);
    }
    if ($given['auth'] !== 'none') {
        $transport->setUsername($given['user']);
        $transport->setPassword($given['password']);
    }
    $message = (new Email())->from($given['sender'])->to(...$given['recipients'])->subject('probe')->text('probe');
    $transport->send($message);
    $said['sent'] = true;
} catch (\Throwable $error) {
    $said['words'] = $error::class . ': ' . $error->getMessage();
}
echo json_encode($said, JSON_INVALID_UTF8_SUBSTITUTE | JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE), "\n";

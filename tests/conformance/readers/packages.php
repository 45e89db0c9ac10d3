<?php
// phpdotenv, phpdotenv with Laravel's env(), symfony/dotenv: php packages.php READER
require '/usr/share/php/Dotenv/autoload.php';
require '/usr/share/php/Symfony/Component/Dotenv/autoload.php';

// https://github.com/laravel/framework/blob/v11.36.0/src/Illuminate/Support/Env.php
function laravel(?string $value)
{
    if ($value === null) {
        return null;
    }
    switch (strtolower($value)) {
        case 'true':
        case '(true)':
            return true;
        case 'false':
        case '(false)':
            return false;
        case 'empty':
        case '(empty)':
            return '';
        case 'null':
        case '(null)':
            return null;
    }
    return preg_match('/\A([\'"])(.*)\1\z/', $value, $matches) ? $matches[2] : $value;
}

$readers = [
    'phpdotenv' => fn ($text, $key) => Dotenv\Dotenv::parse($text)[$key] ?? null,
    'laravel' => fn ($text, $key) => laravel(Dotenv\Dotenv::parse($text)[$key] ?? null),
    'symfony' => fn ($text, $key) => (new Symfony\Component\Dotenv\Dotenv())->parse($text)[$key] ?? null,
];
$values = [];
foreach (json_decode(stream_get_contents(STDIN)) as [$path, $key]) {
    try {
        $values[] = $readers[$argv[1]](file_get_contents($path), $key);
    } catch (Throwable $error) {
        $values[] = null;
    }
}
echo json_encode($values, JSON_UNESCAPED_UNICODE | JSON_INVALID_UTF8_SUBSTITUTE);

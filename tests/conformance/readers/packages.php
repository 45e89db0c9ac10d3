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

// wp-config.php: each file has the constant under a name of its own, for a process knows it once
function constant_of(string $text, string $key)
{
    static $number = 0;
    $name = $key . '_' . ++$number;
    $text = preg_replace('/^require_once\b/m', 'return; //', $text);  // of WordPress itself
    ob_start();  // HTML around the code
    eval('?>' . preg_replace('/([\'"])' . $key . '\1/', "'$name'", $text));
    ob_end_clean();
    return defined($name) ? constant($name) : null;
}

$readers = [
    'php' => fn ($text, $key) => constant_of($text, $key),
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

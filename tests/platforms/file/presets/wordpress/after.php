<?php
/**
 * The base configuration for WordPress, an excerpt of wp-config-sample.php
 *
 * define( 'WPMS_ON', false ); in a comment is none
 */

// ** Database settings ** //
define( 'DB_NAME', 'database_name_here' );
define( 'DB_PASSWORD', 'it\'s "not" ours' );
define( 'DB_CHARSET', 'utf8' );

$table_prefix = 'wp_';

if ( ! defined( 'WP_DEBUG' ) ) {
	define( 'WP_DEBUG', false );
}

define( 'WPMS_ON', true );
define( "WPMS_SMTP_HOST", "smtp.example.com" ); // The SMTP mail host.
define('WPMS_SMTP_PORT',587);
define( 'WPMS_SSL', 'tls' ); // Possible values '', 'ssl', 'tls'
define( 'WPMS_MAILER', 'smtp' );
define( 'WPMS_SMTP_AUTOTLS', true );
define( 'WPMS_SMTP_AUTH', true );
define( 'WPMS_SMTP_USER', 'app@example.com' );
define( 'WPMS_SMTP_PASS', 'it\'s #1; \\ "quoted"' );
define( 'WPMS_MAIL_FROM', 'no-reply@example.com' );
define( 'WPMS_MAIL_FROM_NAME', 'Example, Inc.' );

/* That's all, stop editing! Happy publishing. */

if ( ! defined( 'ABSPATH' ) ) {
	define( 'ABSPATH', __DIR__ . '/' );
}

require_once ABSPATH . 'wp-settings.php';

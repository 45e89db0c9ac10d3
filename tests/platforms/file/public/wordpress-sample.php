<?php
// ** MySQL settings ** //
define('DB_NAME', 'putyourdbnamehere');    // the database
define('DB_PASSWORD', 'yourpasswordhere'); // ...and password
define('DB_HOST', 'localhost');    // you won't need to change this
define('DB_COLLATE', '');

// Anything long; you won't have to remember it,
// so make it complicated.
define('SECRET_KEY', ''); // a unique phrase.

// Several in one database need a prefix each
$table_prefix  = 'wp_';   // letters, please!

define ('WPLANG', '');

/* That's all, stop editing! Happy blogging. */

define('ABSPATH', dirname(__FILE__).'/');
require_once(ABSPATH.'wp-settings.php');
?>

"""Constants in a PHP text: only code is changed. That PHP reads it so, `tests/conformance` asks."""

from __future__ import annotations

import pytest

from reconciler.drivers.textfile import php
from reconciler.drivers.textfile.format import Broken, Unwritable

TEXT = """<?php
/** define( 'A_HOST', 'in a comment' ); */
# define('A_HOST', 'in another');
$text = "define('A_HOST', 'in a string');";
$more = <<<END
define('A_HOST', 'in a text');
END;
$object->define('A_HOST', 'a method');
define( 'A_HOST', 'old' ); // the host
DEFINE("A_PORT", 25);
"""


def test_only_code_is_read() -> None:
    assert php.entries(TEXT) == [("A_HOST", "old"), ("A_PORT", 25)]


def test_only_the_value_is_replaced() -> None:
    new = php.changed(TEXT, {"A_HOST": "it's a \\ $x", "A_PORT": 587})
    assert new == TEXT.replace("'old'", "'it\\'s a \\\\ $x'").replace(", 25", ", 587")
    assert dict(php.entries(new)) == {"A_HOST": "it's a \\ $x", "A_PORT": 587}


def test_a_constant_goes_with_its_line_and_comment() -> None:
    assert php.changed(TEXT, {"A_HOST": None}) == TEXT.replace("define( 'A_HOST', 'old' ); // the host\n", "")


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("<?php\ndefine('A', getenv('A'));\n", "computed"),
        ('<?php\ndefine("A", "x$y");\n', "computed"),
        ("<?php\nconst A = 'x';\n", "computed"),
        ("<?php\nif (X) { define('A', 'x'); }\n", "condition"),
        ("<?php\nif (X) : define('A', 'x'); endif;\n", "condition"),
        ("<?php\nX || define('A', 'x');\n", "condition"),
        ("<?php\nfunction f() { define('A', 'x'); }\n", "condition"),
        ("<?php\ndefine('A', 'x'); define('A', 'y');\n", "twice"),
        ("", "no PHP"),
    ],
)
def test_what_a_constant_really_is_cannot_be_told_it_is_refused(text: str, word: str) -> None:
    with pytest.raises(Unwritable, match=word):
        php.changed(text, {"A": "new"})


def test_a_constant_that_shares_its_line_stays() -> None:
    with pytest.raises(Unwritable, match="shares its line"):
        php.changed("<?php\ndefine('A', 'x'); define('B', 'y');\n", {"A": None})


def test_a_text_without_php_is_refused() -> None:
    with pytest.raises(Broken):
        php.entries("A=b\n")


def test_after_a_condition_code_counts_again() -> None:
    text = "<?php\nif (X) :\n\tdefine('B', 1);\nelse :\n\tdefine('B', 2);\nendif;\ndefine('A', 'x');\n"
    assert php.changed(text, {"A": "y"}) == text.replace("'x'", "'y'")


@pytest.mark.parametrize(
    "end",
    [
        "/* That's all, stop editing! Happy publishing. */\nrequire_once ABSPATH . 'wp-settings.php';\n",
        "if ( ! defined( 'ABSPATH' ) ) {\n\tdefine( 'ABSPATH', __DIR__ );\n}\n",
        "require_once( ABSPATH . 'wp-settings.php' );\n",
    ],
)
def test_a_new_constant_stands_before_wordpress_is_loaded(end: str) -> None:
    assert php.changed(f"<?php\n$a = 1;\n{end}", {"A": "x"}) == f"<?php\n$a = 1;\ndefine( 'A', 'x' );\n\n{end}"


def test_a_new_constant_stands_with_its_family() -> None:
    text = "<?php\ndefine('A_HOST', 'h');\n$b = 1;\n/* stop editing */\n"
    assert php.changed(text, {"A_PORT": 25}) == text.replace("$b", "define( 'A_PORT', 25 );\n$b")


def test_a_new_constant_stands_before_a_closing_tag() -> None:
    assert php.changed("<?php\n$a = 1;\n?>\n", {"A": "x"}) == "<?php\n$a = 1;\ndefine( 'A', 'x' );\n?>\n"

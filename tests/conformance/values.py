"""Hard values by class: what a reader might decode, expand, execute, cut, or take for something else than text."""

from __future__ import annotations

from collections.abc import Mapping

CLASSES: Mapping[str, tuple[str, ...]] = {
    "plain": ("s3cret", "a", "Passw0rd", "a.b-c_d", "user@example.com", "a/b", "a:b", "a,b", "a+b", "a=b", "=",
    "a==", "A%40B",
              "smtp.example.com", "[::1]", "ümlaut", "пароль", "密码", "naïve café", "😀"),
    "blank": (" a", "a ", "a b", "  two  ", "a  b", "\ta", "a\tb", "a\t", " ", "\u00a0a", "a\u2003b"),
    "quote": ("it's", "'", "''", "'a'", "'a", "a'", '"', '""', '"a"', '"a', 'a"', 'say "x"', "it's \"x\"", "\"'", "'\"",
              "'\"'\"'", '"""', "'''", "a'b'c", "`", "`a`", "a`b", "`'\"", "’a’"),
    "backslash": ("\\", "a\\", "\\\\", "a\\\\b", "DOMAIN\\user", "CORP\\new", "\\n", "\\t", "a\\'b", 'a\\"b',
    "\\x41", "\\u0041",
                  "\\$", "\\`", "a\\ b", "\\1", "\\\\n", "a\\'", 'a\\"', "c:\\temp\\r", "\\0", "\\e", "a\\\\\\b"),
    "dollar": ("$", "$$", "a$", "a$b", "$HOME", "a$HOME", "$1", "a$1b", "$ a", "a$b'c", "a'b$c", "a\"b$c", "a\\$b",
    "$'a'", '$"a"',
               "$$HOME", "$a$b", "a$b\"c'd", "$-", "$!", "$?", "a$`b", "x$PWDy", "%$%"),
    "variable": ("${HOME}", "x${HOME}y", "a${b}c", "${a:-b}", "${a", "${}", "a'${HOME}", "a\"${HOME}", "\\${HOME}",
    "$${HOME}",
                 "${NOPE:x}", "$(id)", "`id`", "$((1+1))", "$(", "%(a)s", "%(HOME)s", "%{HOME}", "#{1+1}", "#$0",
                 "#@a", "{{ a }}",
                 "$__file{/etc/hostname}", "$__env{HOME}", "$(echo a)b"),
    "template": ("<%= 1+1 %>", "<% a %>", "<%", "a<%b", "%>", "<%% a %>", "<%# a %>", "% a", "%% a", "a%b", "100%",
    "'<%= 1 %>'",
                 "\\<%= 1 %>"),
    "comment": ("#", "#a", "a#b", "a #b", "a # b", "a#", "a;b", ";a", "a ;b", "a; b", "//a", "/* a */", "-- a",
    "a' #b", 'a" #b',
                "a$ #b"),
    "word": ("true", "True", "TRUE", "false", "(true)", "(false)", "null", "NULL", "(null)", "empty", "(empty)",
    "nil", "none", "None",
             "yes", "no", "on", "off", "y", "n", "Y", "~", "''null''", "undefined", "NaN", ".nan", ".inf", "-.inf",
             "Infinity"),
    "number": ("0", "007", "0644", "1", "-1", "+1", "1.0", "1.", ".5", "1e3", "1E+5", "1_0", "1_0e5", "1,000",
    "0x1F", "0o17", "0b11",
               "12:30", "1:2:3", "190:20:30", "2024-1-5", "2024-01-05", "2024-01-05 10:00:00",
               "12345678901234567890", "1e999", "0_1",
               "_1", "1_"),
    "yaml": ("a: b", "a:", ": a", "- a", "-", "--- a", "...", "? a", "!a", "!!str a", "&a", "*a", "|", ">", "@a",
    "%a", "{a}", "{a: b}",
             "[a]", "<<", "=", "a, b", "]", "}"),
    "shell": ("a|b", "a&b", "a>b", "a<b", "a(b", "a)b", "(a)", "!x", "!!", "a!b", "*", "?", "~", "~root", "a~b",
    "^a", "a^b", "{a,b}",
              "-n", "--", "A=B C=D", "export X=1"),
    "line": ("a\nb", "a\n", "\na", "a\r\nb", "a\rb", "a\u2028b", "a\x85b", "a\x0bb", "a\x0cb", "a\x1cb", "a'\nb$c"),
    "control": ("a\x01b", "a\x1bb", "a\x7fb", "\ufeffa", "a\u200bb", "a\ufffdb"),
    "empty": ("",),
}  # fmt: skip

VALUES = tuple(dict.fromkeys(value for values in CLASSES.values() for value in values))

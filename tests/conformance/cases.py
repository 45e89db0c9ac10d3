"""What is written for the readers: each of ours with its real ones, a key, and the styles of a value that is there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from reconciler.drivers.textfile.readers import READERS
from reconciler.platforms.file import presets
from reconciler.platforms.file.layout import layout

_ALL_DOTENV = (
    "python-dotenv", "environs", "django-environ", "decouple", "npm-dotenv", "node", "ruby-dotenv", "phpdotenv",
    "symfony",
    "godotenv", "bash", "dash", "systemd",
)  # fmt: skip
# a reader of ours: those that say what it makes of a file. None for Compose: compose-go is not in Debian 12
REAL: Mapping[str, Sequence[str]] = {
    **{name: (name,) for name, reader in READERS.items() if reader.format == "dotenv"},
    "any": _ALL_DOTENV,
    "shell": ("bash", "dash"),
    "compose": (),
    "grafana": (),
    "yaml": ("js-yaml", "psych", "go-yaml", "snakeyaml"),
    "psych-erb": ("psych-erb",),
    "spring": ("spring",),
    "json": ("json",),
    "keycloak": ("json",),
    "go-ini": ("go-ini",),
    "gitlab.rb": ("ruby",),
}
# {key} is the key, {name} its last part, {top} what stands before
_DOTENV = (
    "", "B=1\n", "{key}=old\nC=2\n", "{key}='old'\nC=2\n", '{key}="old"\nC=2\n', "{key}=`old`\nC=2\n", "{key}=\nC=2\n",
    "export {key}=old\nC=2\n", "{key} = old\nC=2\n", "{key}=old # c\nC=2\n", "{key}='old' # c\nC=2\n",
    '{key}="old" # c\nC=2\n',
    '{key}="a\nb"\nC=2\n', "B=1\r\n{key}='old'\r\nC=2\r\n", "C=2\n{key}=old", "C='x'\n{key}='a\\\\b'\nD='y'\n",
)  # fmt: skip
_YAML = (
    "", "c: 2\n", "{top}:\n  {name}: old\n  c: 2\n", "{top}:\n  {name}: 'old'\n  c: 2\n",
    '{top}:\n  {name}: "old"\n  c: 2\n',
    "{top}:\n  {name}: |\n    old\n  c: 2\n", "{top}:\n  {name}: >-\n    old\n  c: 2\n", "{top}:\n  {name}:\n  c: 2\n",
    "{top}:\n  {name}: ~ # c\n  c: 2\n", "{top}: {{{name}: old, c: 2}}\n", '{top}: {{"{name}": "old"}}\n',
    "{top}:\n  {name}: 587\n",
    "{top}:\n  c: 2\n", "---\n{top}:\n  {name}: old # c\n",
)  # fmt: skip
_JSON = (
    "",
    "{{}}\n",
    '{{"{top}": {{"{name}": "old", "c": 2}}}}\n',
    '{{"{top}": {{"{name}": null}}}}',
    '{{\n  "{top}": {{\n    "c": 2\n  }}\n}}\n',
)
_INI = (
    "", "[{top}]\n", "[{top}]\n{name} = old\nc = 2\n", '[{top}]\n{name} = "old"\nc = 2\n',
    "[{top}]\n{name} = 'old'\nc = 2\n",
    '[{top}]\n{name} = """old"""\nc = 2\n', "[{top}]\n{name} = `old`\nc = 2\n", "[{top}]\n;{name} =\nc = 2\n",
    "[{top}]\n{name}=old ; c\nc = 2\n", "[{top}]\n{name} =\n\n[other]\nc = 2\n",
)  # fmt: skip
_RUBY = (
    "", "# {top}['{name}'] = 'x'\n", "{top}['{name}'] = 'old'\n", '{top}["{name}"] = "old" # c\n',
    "{top}['{name}'] = nil\n",
    "{top}['c'] = 2\n",
)  # fmt: skip
STYLES: Mapping[str, Sequence[str]] = {"dotenv": _DOTENV, "yaml": _YAML, "json": _JSON, "ini": _INI, "ruby": _RUBY}
_KEYS = {
    "dotenv": "KEY",
    "yaml": "mail.password",
    "json": "mail.password",
    "ini": "smtp.password",
    "ruby": "rails.password",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    name: str
    format: str
    reader: str
    key: str

    def befores(self) -> Sequence[str]:
        """The texts before the write: no file, and each style of a value that is there."""
        top, _, name = self.key.rpartition(".")
        if self.format == "yaml" and "." in top:  # deeper than the styles are
            return "", f"{top.replace('.', ': {')}: {{{name}: old{'}' * (top.count('.') + 1)}\n"
        return tuple(style.format(key=self.key, top=top, name=name) for style in STYLES[self.format])


def _of_preset(name: str) -> Case:
    there = layout({"preset": name})
    key = next(key for key in there.keys if key.setting == "password")
    return Case(name=f"preset {name}", format=there.format, reader=there.reader, key=key.template)


CASES = (
    *(Case(name=name, format=reader.format, reader=name, key=_KEYS[reader.format]) for name, reader in READERS.items()),
    *(_of_preset(name) for name in presets.names()),
)

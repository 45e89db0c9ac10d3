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
# a reader of ours: those that say what it makes of a file. compose-go and dotenvy come from Debian 13
REAL: Mapping[str, Sequence[str]] = {
    **{name: (name,) for name, reader in READERS.items() if reader.format == "dotenv"},
    "any": _ALL_DOTENV,
    "shell": ("bash", "dash"),
    "compose": ("compose-go",),
    "grafana": ("compose-grafana",),
    "authentik": ("authentik",),
    "vaultwarden": ("compose-go",),
    "discourse": ("discourse",),
    "yaml": ("js-yaml", "psych", "go-yaml", "snakeyaml"),
    "psych-erb": ("psych-erb",),
    "spring": ("spring",),
    "sentry": ("pyyaml-flat",),
    "jcasc": ("snakeyaml",),
    "json": ("json",),
    "keycloak": ("json",),
    "go-ini": ("go-ini",),
    "gitea": ("gitea",),
    "gitlab.rb": ("ruby",),
    "php": ("php",),
    "wp-mail-smtp": ("php",),
}
CARRIED: Mapping[str, Sequence[str]] = {"compose": ("compose-file",), "kubernetes-secret": ("kubernetes",)}
# read by one more program where it is not started by Compose
ALSO: Mapping[str, Sequence[str]] = {"vaultwarden": ("dotenvy",)}
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
_PHP = (
    "<?php\n", "<?php\ndefine( '{key}', 'old' );\n", '<?php\ndefine("{key}", "old"); // c\n',
    "<?php\ndefine('{key}',587);\n",
    "<?php\n/** define( '{key}', 'x' ); */\ndefine( 'C', 2 );\n", "<?php\r\ndefine('C', '\\'');\r\n",
    "<?php\nif (1):\ndefine('C', 1);\nendif;\n/* stop editing! */\nif (!defined('ABSPATH')) {{ $x = 1; }}\n",
    "<?php $a = 1; ?>\n<p>define('{key}', 'html');</p>\n<?php\n$b = <<<END\n define('{key}', 'text');\nEND;\n",
)  # fmt: skip
_COMPOSE = (
    "services:\n  app:\n    image: x\n", "services:\n  app:\n    image: x\n    environment:\n      C: 2\n",
    "services:\n  app:\n    image: x\n    environment:\n      {name}: old\n      C: 2\n",
    "services:\n  app:\n    image: x\n    environment:\n      {name}: 'old' # c\n",
    'services:\n  app:\n    image: x\n    environment: {{{name}: "old"}}\n',
    "services:\n  app:\n    image: x\n    environment:\n      - C=2\n",
    "services:\n  app:\n    image: x\n    environment: []\n",
    "services:\n  app:\n    image: x\n    environment:\n    - {name}=old # c\n    - C=2\n",
    "services:\n  app:\n    image: x\n    environment:\n      - '{name}=old'\n      - {name}X=2\n",
    'services:\n  app:\n    image: x\n    environment: ["C=$${{C}}", "{name}=old"]\n',
    "services:\n  app:\n    image: x\n    environment:\n      - {name}\n      - C=2\n",
)  # fmt: skip
_SECRET = (
    "kind: Secret\n", "apiVersion: v1\nkind: Secret\nstringData:\n  C: '2'\n", "kind: Secret\ndata:\n  C: Mg==\n",
    "kind: Secret\nstringData:\n  {key}: old\n", "kind: Secret\nstringData:\n  {key}: |\n    old\n  C: c\n",
    'kind: Secret\nstringData: {{"{key}": "old"}}\n', "kind: Secret\ndata:\n  {key}: b2xk # c\n  C: Mg==\n",
    'kind: Secret\ndata:\n  {key}: "b2xk"\nstringData:\n  C: c\n',
)  # fmt: skip
_FLAT = (
    "", "c: 2\n", "{key}: old\nc: 2\n", "{key}: 'old' # c\n", '"{key}": "old"\n', "{key}:\nc: 2\n",
    "{key}: |\n  old\nc: 2\n",
    "# {key}: 'x'\nc.d: 2\nc.e:\n  f: 1\n", "{top}:\n  {name}: other\n",
)  # fmt: skip
STYLES: Mapping[str, Sequence[str]] = {
    "dotenv": _DOTENV, "yaml": _YAML, "json": _JSON, "ini": _INI, "ruby": _RUBY,
    "php": _PHP, "compose": _COMPOSE, "kubernetes-secret": _SECRET,
}  # fmt: skip
_KEYS = {
    "php": "KEY",
    "compose": "services.app.environment.KEY",
    "kubernetes-secret": "KEY",
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
    real: Sequence[str]

    def befores(self) -> Sequence[str]:
        """The texts before the write: no file, and each style of a value that is there."""
        top, _, name = self.key.rpartition(".")
        if READERS[self.reader].flat:
            return tuple(style.format(key=self.key, top=top, name=name) for style in _FLAT)
        if self.format == "yaml" and "." in top:  # deeper than the styles are
            return "", f"{top.replace('.', ': {')}: {{{name}: old{'}' * (top.count('.') + 1)}\n"
        return tuple(style.format(key=self.key, top=top, name=name) for style in STYLES[self.format])


def _of_preset(name: str) -> Case:
    there = layout({"preset": name})
    key = next(key for key in there.keys if key.setting == "password")
    real = (*REAL[there.reader], *ALSO.get(name, ()))
    return Case(name=f"preset {name}", format=there.format, reader=there.reader, key=key.template, real=real)


def _of_reader(name: str, form: str, real: Sequence[str]) -> Case:
    key = "smtp_password" if name == "discourse" else _KEYS[form]
    return Case(name=name if form != name else f"{name} file", format=form, reader=name, key=key, real=real)


CASES = (
    *(_of_reader(name, reader.format, REAL[name]) for name, reader in READERS.items() if name in REAL),
    *(_of_reader("environment", form, real) for form, real in CARRIED.items()),
    *(_of_preset(name) for name in presets.names()),
)

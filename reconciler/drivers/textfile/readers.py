"""Which programs read these files, and what they make of a value beyond its format. Pure data, one row per reader.

How a dotenv reader quotes and decodes is in `dotenv_readers`; that it is right, `tests/conformance` asks the readers.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from reconciler.model.text.scalar import Scalar, as_text

_YES = frozenset({"true", "yes", "on", "y"})
_NO = frozenset({"false", "no", "off", "n"})
_GO = frozenset({"1", "t", "true", "yes", "y", "on"}), frozenset({"0", "f", "false", "no", "n", "off"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """`replaces` finds in a value what the reader puts something else in the place of, and `before` in the text of the
    file, before it is parsed; `environment` the same as `replaces` where a carrier brings the value. `no_text` fits
    what it takes for a number, a switch or nothing, however it is written: no secret. `flat`: a key with dots in it is
    one key, not a path. `true` and `false` are its words, in small letters. `brackets`: `[a.b]` is another
    spelling of the key `a.b`. `profiles` are the keys of a document that is not for everybody, of several in a file.
    """

    format: str
    replaces: str = ""
    environment: str = ""
    no_text: str = ""
    before: re.Pattern[str] | None = None
    flat: bool = False
    true: frozenset[str] = frozenset()
    false: frozenset[str] = frozenset()
    brackets: bool = False
    profiles: tuple[str, ...] = ()

    def same(self, one: Scalar, other: Scalar) -> bool:
        """Whether the reader takes both for the same, as `True` and `on` where it wants a switch."""
        words = as_text(one).lower(), as_text(other).lower()
        return as_text(one) == as_text(other) or any(words[0] in them and words[1] in them for them in self._switches)

    def replaced(self, form: str) -> re.Pattern[str] | None:
        """What it replaces in a value that a file of this format brings; compiled when it is first asked."""
        found = self.environment if form in CARRIERS else self.replaces
        return re.compile(found) if found else None

    def is_text(self, value: str) -> bool:
        """Whether it takes this for a text."""
        return not (self.no_text and re.fullmatch(self.no_text, value, re.DOTALL))

    @property
    def _switches(self) -> tuple[frozenset[str], frozenset[str]]:
        return self.true, self.false


# files that carry the environment of an application: its variables are not read from a file
CARRIERS = frozenset({"compose", "kubernetes-secret"})
# readers of dotenv files that read no environment
FROM_FILES_ONLY = frozenset({"discourse"})
# formats whose files reconciler cannot begin: they hold more than settings
NEVER_NEW = frozenset({*CARRIERS, "php"})
_BRACES = r"\$\{"
_WORDS = {
    # environ.Env.BOOLEAN_TRUE_STRINGS; all else is false
    "django-environ": (
        frozenset({"true", "on", "ok", "y", "yes", "1"}),
        frozenset({"false", "off", "n", "no", "0", ""}),
    ),
    # marshmallow.fields.Boolean
    "environs": (_YES | {"t", "1"}, _NO | {"f", "0"}),
    # decouple.strtobool
    "decouple": (_YES | {"t", "1"}, _NO | {"f", "0"}),
    # filter_var(…, FILTER_VALIDATE_BOOLEAN) of env() callers, and env() itself
    "laravel": (frozenset({"true", "(true)"}), frozenset({"false", "(false)"})),
    # strconv.ParseBool and go-ini's own words
    "grafana": _GO,
}
# $__file{…}, $__env{…}, ${…}: https://github.com/grafana/grafana/blob/v10.4.0/pkg/setting/expanders.go; %(…)s: go-ini
_GRAFANA = r"%\([^)]*\)s|\$(?:__\w+)?\{[^}]*\}"
# Illuminate\\Support\\Env: these words are no text, and quotes at both ends go
_LARAVEL = r"(?i:\A\(?(?:true|false|null|empty)\)?\Z)|\A(['\"])[\s\S]*\1\Z"
# authentik/lib/config.py: file:// and env:// are looked up, by urlparse, which raises for some of what follows `//`
_URI = (
    r"(?i)\A[\x00-\x20]*(?:(?:f[\t\r\n]*i[\t\r\n]*l[\t\r\n]*e|e[\t\r\n]*n[\t\r\n]*v)[\t\r\n]*:"
    r"|(?:[a-z][a-z0-9+.\t\r\n-]*:)?[\t\r\n]*/[\t\r\n]*/[^/?#]*[\[\]\u0080-\U0010ffff])"
)
_JSON = (
    r"\s*(?:[\[{\"].*[\]}\"]|-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?|true|false|null|NaN|-?Infinity)\s*"
)
_REPLACES = {"grafana": _GRAFANA, "authentik": _URI, "discourse": "<%"}
_IN_ENVIRONMENT = {"grafana": _GRAFANA, "authentik": _URI, "laravel": _LARAVEL, "django-environ": r"\A\$"}
# GlobalSetting::BaseProvider.coerce
_NO_TEXT = {"authentik": _JSON, "discourse": r"true|false|\s*-?[0-9]+\s*"}
_1_1 = frozenset({"true", "yes", "on"}), frozenset({"false", "no", "off"})
# the rows of `dotenv_readers`, whose patterns only a dotenv file needs
DOTENV = (
    "any", "python-dotenv", "environs", "django-environ", "decouple", "npm-dotenv", "npm-dotenv-expand", "node",
    "ruby-dotenv", "phpdotenv", "laravel", "symfony", "shell", "systemd", "compose", "grafana", "authentik",
    "vaultwarden", "discourse", "godotenv",
)  # fmt: skip
READERS: Mapping[str, Reader] = {
    **{
        name: Reader(
            format="dotenv",
            replaces=_REPLACES.get(name, ""),
            environment=_IN_ENVIRONMENT.get(name, ""),
            no_text=_NO_TEXT.get(name, ""),
            true=_WORDS.get(name, (frozenset(), frozenset()))[0],
            false=_WORDS.get(name, (frozenset(), frozenset()))[1],
        )
        for name in DOTENV
    },
    "yaml": Reader(format="yaml"),
    # config_for and database.yml: ERB, then YAML 1.1
    "psych-erb": Reader(format="yaml", before=re.compile("<%"), true=_1_1[0], false=_1_1[1]),
    # SnakeYAML, then ${…} from the environment and other keys; no escape before Spring 6.2
    "spring": Reader(
        format="yaml",
        replaces=_BRACES,
        true=_1_1[0],
        false=_1_1[1],
        brackets=True,
        profiles=(
            "spring.config.activate.on-profile",
            "spring.config.activate.onProfile",
            "spring.config.activate.on-cloud-platform",
            "spring.profiles",  # before Spring Boot 2.4
        ),
    ),
    # PyYAML; mail.host is one key
    "sentry": Reader(format="yaml", flat=True, true=_1_1[0], false=_1_1[1]),
    # SnakeYAML, then ${…} from its secret sources
    "jcasc": Reader(format="yaml", replaces=_BRACES, true=_1_1[0], false=_1_1[1]),
    "json": Reader(format="json"),
    # ${NAME} from the environment, in a realm that is imported at a start
    "keycloak": Reader(format="json", replaces=_BRACES),
    "go-ini": Reader(format="ini", replaces=_GRAFANA, true=_GO[0], false=_GO[1]),
    # go-ini alone: %(…)s
    "gitea": Reader(format="ini", replaces=r"%\([^)]*\)s", true=_GO[0], false=_GO[1]),
    "gitlab.rb": Reader(format="ruby"),
    "php": Reader(format="php"),
    # a host, user or password that PHP takes for false is not taken: WPMS_SMTP_PASS && …
    "wp-mail-smtp": Reader(format="php", no_text="0?"),
    # a program that takes its environment as it is
    "environment": Reader(format="environment"),
}
# the reader of a format where nobody named one
DEFAULTS: Mapping[str, str] = {
    "dotenv": "any",
    "yaml": "yaml",
    "json": "json",
    "ini": "go-ini",
    "ruby": "gitlab.rb",
    "php": "php",
    **dict.fromkeys(sorted(CARRIERS), "environment"),
}

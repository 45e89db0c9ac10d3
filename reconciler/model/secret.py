"""References to secrets, the versions of secrets, and the one type that holds a secret's value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NoReturn

DEFAULT_STORE = "default"
ENV_STORE = "env"  # {env: NAME}
FILE_STORE = "file"  # {file: path}


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretRef:
    """Names a secret, never holds one.

    `path` is below the store's mount, the name of an environment variable, or a file; `key` is the field of a Vault
    secret and None elsewhere. `version` pins a version in Vault; in a store without versions it is the generation that
    the team counts up by hand. `zone` is the network whose stores are meant, None for ours: stores of one name may be
    two, and each opens only what is its own.
    """

    store: str
    path: str
    key: str | None = None
    version: int | None = None
    zone: str | None = None

    def __str__(self) -> str:
        if self.store in (ENV_STORE, FILE_STORE):
            return f"{self.store} {self.path}"
        zone = "" if self.zone is None else f"{self.zone}!"
        prefix = "" if self.store == DEFAULT_STORE else f"{self.store}:"
        return f"{zone}{prefix}{self.path}#{self.key}"


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretVersion:
    """Which value a reference points at now, told without reading it.

    Version alone is not enough: a secret that is deleted and made again counts from 1 again; `created_time` (RFC 3339,
    from Vault's metadata) tells the two apart. A file without a declared version has none: there `created_time` is when
    it was changed last. Both are None where nothing is known.
    """

    number: int | None
    created_time: str | None = None


class SecretValue:
    """Holds a secret. Prints `***`; cannot be compared with text, put into JSON, pickled or copied.

    Call `reveal` only in drivers, smtp and oauth, while the request is written.
    """

    __slots__ = ("__value",)

    def __init__(self, value: str) -> None:
        self.__value = value

    def reveal(self) -> str:
        return self.__value

    def equals(self, other: SecretValue) -> bool:
        """Compares in constant time."""
        import hmac  # and with it all of hashlib

        return hmac.compare_digest(self.__value.encode(), other.reveal().encode())

    def __repr__(self) -> str:
        return "***"

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return "***"

    def __eq__(self, other: object) -> bool:
        return self is other

    def __hash__(self) -> int:
        return id(self)

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        """Raises TypeError, always."""
        raise TypeError("a secret cannot be pickled or copied")

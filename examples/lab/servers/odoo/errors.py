"""The exceptions a client of Odoo gets to see, named as Odoo, psycopg2 and werkzeug name them."""

# the names are theirs

import re
from typing import ClassVar


class ServerError(Exception):
    """Anything without a class of its own reaches a client as a traceback: fault code 1, HTTP status 500."""

    fault_code: ClassVar[int] = 1
    http_status: ClassVar[int] = 500

    @property
    def arguments(self) -> list[object]:
        return [str(self)]


class UserError(ServerError):
    __module__ = "odoo.exceptions"
    fault_code = 2
    http_status = 422


class ValidationError(UserError):
    __module__ = "odoo.exceptions"


class MissingError(UserError):
    __module__ = "odoo.exceptions"
    http_status = 404


class AccessDenied(ServerError):
    __module__ = "odoo.exceptions"
    fault_code = 3
    http_status = 403

    def __init__(self) -> None:
        super().__init__("Access Denied")


class AccessError(ServerError):
    __module__ = "odoo.exceptions"
    fault_code = 4
    http_status = 403


class OperationalError(ServerError):
    __module__ = "psycopg2"


class PoolError(ServerError):
    __module__ = "psycopg2.pool"


class SerializationFailure(ServerError):
    __module__ = "psycopg2.errors"


class HttpError(ServerError):
    """A refusal by the HTTP layer of JSON-2; its arguments carry the status too."""

    @property
    def arguments(self) -> list[object]:
        return [str(self), self.http_status]


class BadRequest(HttpError):
    __module__ = "werkzeug.exceptions"
    http_status = 400


class Unauthorized(HttpError):
    __module__ = "werkzeug.exceptions"
    http_status = 401


class NotFound(HttpError):
    __module__ = "werkzeug.exceptions"
    http_status = 404


class UnprocessableEntity(HttpError):
    __module__ = "werkzeug.exceptions"
    http_status = 422


class MissingRequired(ValidationError):
    """NOT NULL of the database; `load` reports it with another text than `create` does."""

    __module__ = "odoo.exceptions"
    __qualname__ = "ValidationError"

    def __init__(self, message: str, *, field: str, in_load: str) -> None:
        super().__init__(message)
        self.field = field
        self.in_load = in_load


def class_name(error: BaseException) -> str:
    kind = type(error)
    return f"{kind.__module__}.{kind.__qualname__}"


def last_line(error: BaseException) -> str:
    """The end of a traceback, where Python leaves out the module of a builtin."""
    status = f"{error.http_status} {_words(type(error).__name__)}: " if isinstance(error, HttpError) else ""
    return f"{class_name(error).removeprefix('builtins.')}: {status}{error}"


def _words(name: str) -> str:
    """NotFound becomes Not Found: the phrases of http.HTTPStatus change between versions of Python."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)


def traceback_of(error: BaseException) -> str:
    return f'Traceback (most recent call last):\n  File "odoo/http.py", line 1, in dispatch\n{last_line(error)}\n'

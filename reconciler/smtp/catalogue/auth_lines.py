"""How long a line of AUTH servers take, where a client sends the whole credential in one. Data only.

RFC 4954 (section 4) wants 12,288 bytes. Not every server keeps to it, and a token grows with its roles, groups and key.
"""

from __future__ import annotations

import re
from typing import NamedTuple

RFC_4954 = 12_288  # bytes, line end included


class Limit(NamedTuple):
    """`banner` is what the server's greeting holds; `most` bytes of one line it takes, and says `refusal` to more."""

    server: str
    banner: str
    most: int
    refusal: str
    source: str


LIMITS = (
    Limit(
        server="Postfix",
        banner=r"\bpostfix\b",
        most=2_048,
        refusal="535 5.7.8 … Invalid base64 data",
        source="line_length_limit of postconf(5); measured with 3.7",
    ),
    Limit(
        server="nginx",
        banner=r"\bnginx\b",
        most=4_096,
        refusal="500 5.5.1 Invalid command",
        source="smtp_client_buffer of ngx_mail_smtp_module; measured with 1.22",
    ),
    Limit(
        server="Haraka", banner=r"\bharaka\b", most=512, refusal="500 Line too long", source="measured with Haraka 3.3"
    ),
    Limit(
        server="aiosmtpd",
        banner=r"\bpython smtp\b|aiosmtpd",
        most=512,
        refusal="500 Error: line too long",
        source="SMTP.command_size_limit; measured with aiosmtpd 1.4",
    ),
)


def of(banner: bytes) -> Limit | None:
    """The limit of the server that greets like this; None where it is not known."""
    text = banner.decode("ascii", "replace")
    return next((one for one in LIMITS if re.search(one.banner, text, re.IGNORECASE)), None)

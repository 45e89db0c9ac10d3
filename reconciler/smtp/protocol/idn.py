"""Host names outside ASCII: IDNA 2008 alone, and only where the IDNA 2003 of older software means the same name."""

from __future__ import annotations


def trouble(host: str) -> str | None:
    """Why a name cannot be used, or None; what is ASCII is not looked at."""
    if host.isascii():
        return None
    import idna  # requests brings it; few names need it

    try:
        new = idna.encode(host, uts46=True).decode()
    except (idna.IDNAError, UnicodeError) as error:
        return f"{host} is no name of IDNA 2008 ({error})"
    try:
        old = host.encode("idna").decode()
    except UnicodeError:
        return None
    if old.lower() == new.lower():
        return None
    return f"{host} is two names: {new} to IDNA 2008, {old} to IDNA 2003"

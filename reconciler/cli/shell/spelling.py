"""What other programs call it, and the nearest of our words for a wrong one."""

from __future__ import annotations

from collections.abc import Collection

# swaks, openssl s_client, curl, Terraform and people: our option, what to say of it, and their words without dashes
_ELSEWHERE = (
    ("--select", "--select", ("env", "environment", "relay")),
    ("--format", "--format json", ("json",)),
    ("--host", "--host", ("server", "s")),
    ("--port", "--port", ("p",)),
    ("--sender", "--sender", ("from", "f", "mail-from")),
    ("--recipient", "--recipient", ("to", "t", "rcpt-to")),
    ("--encryption", "--encryption starttls, or tls for implicit TLS", ("tls",)),
    ("--encryption", "--encryption starttls", ("starttls",)),
    ("--encryption", "--encryption tls", ("ssl", "tls-on-connect", "tlsc")),
    ("--ehlo-name", "--ehlo-name", ("helo", "ehlo")),
    ("--ca-file", "--ca-file", ("ca", "cacert", "cafile", "tls-ca-path")),
    ("--via", "--via", ("proxy", "socks", "socks5")),
    ("--transcript", "--transcript", ("verbose", "v")),
    ("--username", "--username", ("user", "auth-user", "au")),
    ("--password-env", "--password-env", ("pass", "passwd", "auth-password", "ap")),
    ("--level", "--level", ("quit-after", "q")),
    ("--out", "--out", ("output", "o")),
    ("--version", "--version", ("v",)),
)
# what Terraform, kubectl, linters and people call our commands
_COMMANDS = {
    **dict.fromkeys(("diff", "preview"), "plan"),
    **dict.fromkeys(("deploy", "run", "up", "sync"), "apply"),
    **dict.fromkeys(("import", "pull", "export"), "adopt"),
    **dict.fromkeys(("lint", "check", "fmt"), "validate"),
    **dict.fromkeys(("status", "refresh"), "drift"),
    **dict.fromkeys(("test", "probe"), "verify"),
    "version": "--version",
}
_INSECURE = ("insecure", "k", "no-verify")
_CLOSE = 0.75  # of words without dashes: sender is not near server


def of_another_program(option: str, ours: Collection[str]) -> str | None:
    """What to say of another program's option, where we have one for it among `ours`."""
    word = option.lstrip("-").lower()
    if word in _INSECURE and "--ca-file" in ours:
        return "there is no such switch: name the CA with --ca-file"
    return next((f"did you mean {said}?" for mine, said, theirs in _ELSEWHERE if word in theirs and mine in ours), None)


def near_command(given: str, commands: Collection[str]) -> str | None:
    """Ours for another program's word, or for a typing mistake; of the group's two flags too."""
    return _COMMANDS.get(given.lower()) or nearest(given, [*commands, "--help", "--version"])


def near_option(option: str, ours: Collection[str]) -> str | None:
    bare = {one.lstrip("-"): one for one in ours if one.startswith("--")}
    word = nearest(option.lstrip("-"), bare, cutoff=_CLOSE) if len(option) > 2 else None
    return bare[word] if word else None


def nearest(given: str, known: Collection[str], *, cutoff: float = 0.6) -> str | None:
    """In capitals, the beginning alone, or with a typing mistake."""
    from difflib import get_close_matches  # 6 ms, and only for a typing mistake

    ours, word = {one.lower(): one for one in known}, given.lower()
    if word in ours:
        return ours[word]
    begun = [one for name, one in ours.items() if word and name.startswith(word)]
    found = begun if len(begun) == 1 else [ours[name] for name in get_close_matches(word, ours, n=1, cutoff=cutoff)]
    return found[0] if found else None

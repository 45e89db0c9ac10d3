"""`reconciler verify`"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from reconciler.cli import adhoc, build, debug, flags, options, output, revision, say
from reconciler.cli.grouped import Grouped
from reconciler.cli.revision import Base
from reconciler.errors import ExitCode, UsageError
from reconciler.model.finding import Finding
from reconciler.model.handshake import Handshake, Level, Relay, Status
from reconciler.model.landscape import Landscape, Policy
from reconciler.pipeline import relays as effective
from reconciler.pipeline import select as selection
from reconciler.pipeline import trust, verify
from reconciler.secrets.stores import Secrets
from reconciler.smtp import severity
from reconciler.smtp import via as ways
from reconciler.views import handshake as view

LEVELS = ("connect", "tls", "auth", "envelope", "message")
FORMS = {"text": "text", "json": "handshakes.json", "junit": "junit.xml", "prometheus": "reconciler.prom"}
_GROUPS = {
    "Declared relays": ("root", "select", "base"),
    "One relay, without files": adhoc.NAMES,
    "Output": ("form", "out", "transcript", "debug", "help"),
}


@click.command("verify", cls=Grouped, groups=_GROUPS)
@options.root
@options.select
@options.base
@adhoc.options
@click.option("--level", type=adhoc.Word(list(LEVELS), {}), help="How far to go; what the files say, or auth.")
@click.option("--dns", is_flag=True, help="Check SPF, DKIM and DMARC of the sender too; without it what the files say.")
@click.option("--via", metavar="URL", help=f"Where the connection starts: {ways.FORMS}.")
@click.option(
    "--format", "form", type=click.Choice(list(FORMS)), default="text", show_default=True, help="Of the result."
)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Write the result into a file too, whole or not at all; stdout has text in place of junit and prometheus.",
)
@click.option("--transcript", is_flag=True, help="Show the dialogue line by line, on stderr; no credential is in it.")
@options.debug
def command(
    *, level: str | None, dns: bool, via: str | None, form: str, out: Path | None, transcript: bool, **given: Any
) -> int:
    """Prove relays by a live SMTP handshake: connect, TLS, one login. Sends nothing below --level message.

    --select takes relays (`prod/submission`) and resources (`prod/openspp:mail_servers[bulk]`).

    \b
    Examples:
      reconciler verify
      reconciler verify --select prod/submission --level tls
      reconciler verify --select prod --via ssh://bastion.example.com
      reconciler verify --host smtp.example.com --port 587 --username me@example.com --password-env SMTP_PASSWORD
      reconciler verify --format prometheus --out /var/lib/node_exporter/reconciler.prom
    """
    if out:
        output.check(out, FORMS[form])
    wanted_level, start = Level(level) if level else None, _start(via)
    if given["host"] is not None:
        _refuse_files(click.get_current_context())
        relay = replace(adhoc.relay(given, level=wanted_level, via=start), dns=dns)
        with Secrets({}, base=Path.cwd(), redactor=debug.redactor()) as secrets:
            results = [flags.spoken(one) for one in _results([relay], secrets, Policy(), _teller(1, transcript))]
    else:
        adhoc.refuse_without_host(given)
        revision.check(given["base"], "verify")
        land, findings = build.landscape(given["root"])
        wanted = _relays(land, given["select"], lambda one: _asked(one, wanted_level, start, dns=dns))
        say.findings([one for one in findings if _concerns(one, land, given["select"], wanted_level)])
        tell = _teller(len(wanted), transcript)
        with revision.base(given["root"], given["base"]) as base, build.secrets(land, given["root"]) as secrets:
            results = _reviewed(wanted, secrets, base, tell) if base else _results(wanted, secrets, land.policy, tell)
    _tell(results, form, out)
    if given["base"]:
        say.aside("verify --base stops at TLS: no secret was opened, and no login tried.")
    return exit_code(results)


def _teller(relays: int, wanted: bool) -> verify.Tell | None:
    """Relays talk at the same time: where there are several, each line says whose it is."""
    if not wanted:
        return None
    redactor = debug.redactor()

    def tell(relay: Relay, line: str) -> None:
        whose = f"{relay.name or f'{relay.host}:{relay.port}'}  " if relays > 1 else ""
        say.aside(whose + redactor.redacted(line))

    return tell


def _results(
    wanted: Sequence[Relay], secrets: Secrets, policy: Policy, tell: verify.Tell | None = None
) -> list[Handshake]:
    refs = {ref for relay in wanted for ref in effective.secrets(relay)}
    found = verify.handshakes(wanted, secrets.opener(refs), policy, tell=tell)
    if not (senders := [relay for relay in wanted if relay.dns]):
        return [found[relay] for relay in wanted]
    from reconciler.pipeline import sender_dns  # dnspython takes longer to import than the rest

    checks = sender_dns.results(senders, policy=policy)
    judged = {relay: tuple(severity.judged(one, relay) for one in results) for relay, results in checks.items()}
    return [sender_dns.merged(found[relay], judged.get(relay, ())) for relay in wanted]


def _reviewed(wanted: Sequence[Relay], secrets: Secrets, base: Base, tell: verify.Tell | None) -> list[Handshake]:
    """As far as TLS, and only where the base goes too: nobody has reviewed these relays yet."""
    asked = {relay: trust.contacted(relay, base.landscape) for relay in wanted}
    policy = base.landscape.policy if base.landscape else Policy()
    tried = [relay for relay in asked.values() if relay]
    found = dict(zip(tried, _results(tried, secrets, policy, tell), strict=True))
    return [found[short] if (short := asked[relay]) else trust.not_contacted(relay, base.ref) for relay in wanted]


def _asked(relay: Relay, level: Level | None, via: str | None, *, dns: bool) -> Relay:
    """What the command line says wins over the files."""
    return replace(relay, level=level or relay.level, via=via or relay.via, dns=dns or relay.dns)


def _start(text: str | None) -> str | None:
    if text is None:
        return None
    try:
        return str(ways.parse(text))
    except ways.Unusable as error:
        raise UsageError(f"--via: {error.what}", fix=error.fix) from None


def _refuse_files(ctx: click.Context) -> None:
    for name in ("root", "select", "base"):
        if ctx.get_parameter_source(name) is ParameterSource.COMMANDLINE:
            raise UsageError(
                f"--{name} does not go with --host",
                why="--host names one relay, and nothing is read from files",
                fix=f"leave out --{name}, or --host",
            )


def _relays(land: Landscape, select: tuple[str, ...], asked: Callable[[Relay], Relay]) -> list[Relay]:
    """The environments' relays, and the routes of resources that differ from them; each once."""
    named = [(one.address, one.relay) for one in land.relays]
    routes = [(str(one.address), effective.relay(one.handshake, str(one.address))) for one in land.desired]
    addresses = [address for address, _ in (*named, *routes)]
    selection.check(select, addresses, [target.unit for target in land.targets])
    chosen: dict[Relay, Relay] = {}
    for address, relay in (*named, *routes):
        if relay is not None and selection.matches(address, select):
            wanted = asked(relay)
            chosen.setdefault(_question(wanted), replace(wanted, name=address))
    return list(chosen.values())


def _concerns(finding: Finding, land: Landscape, select: Sequence[str], level: Level | None) -> bool:
    """Whether it is about a handshake of this run, and no level of the command line settles it."""
    field = finding.field or ""
    if field != "ca_file" and (level is not None or not field.startswith("verify.")):
        return False
    origins = [one.origin for one in land.relays if selection.matches(one.address, select)]
    origins += [one.origin for one in land.desired if selection.matches(str(one.address), select)]
    return any(finding.where in (one.position, one.key) for origin in origins for one in origin.values())


def _question(relay: Relay) -> Relay:
    """Equal ones are told once: who uses a relay, and as which sender, matters only where it is asked for."""
    if relay.level.rank < Level.ENVELOPE.rank and not relay.dns:
        relay = replace(relay, sender=None, recipient=None, size=None, dkim_selectors=(), resolver=None)
    return replace(relay, name=None)


def _tell(results: Sequence[Handshake], form: str, out: Path | None) -> None:
    if out:
        output.write(out, _rendered(results, form))
    if form == "json":  # whole and valid on stdout, whatever else is asked for
        say.document(view.as_json(results))
    elif out is None and form != "text":
        click.echo(_rendered(results, form).encode(), nl=False)  # UTF-8, as the format says
    else:
        paper = say.paper()
        say.result(view.text(results, width=paper.width, color=paper.color) + "\n")


def _rendered(results: Sequence[Handshake], form: str) -> str:
    """As data for a file."""
    if form == "json":
        return json.dumps(view.as_json(results), indent=2, ensure_ascii=False) + "\n"
    if form == "junit":
        from reconciler.views import junit

        return junit.text(results)
    if form == "prometheus":
        from reconciler.views import prometheus

        return prometheus.text(results, now=time.time())
    return view.text(results, width=120, color=False) + "\n"


def exit_code(results: Sequence[Handshake]) -> ExitCode:
    statuses = {result.status for result in results}
    if Status.INCONCLUSIVE in statuses:
        return ExitCode.FAILED
    return ExitCode.CHECK_FAILED if Status.FAIL in statuses else ExitCode.DONE

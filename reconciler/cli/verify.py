"""`reconciler verify`"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import click
from click.core import ParameterSource

from reconciler.cli.relay import consistency, flag_words, timeout, unknown_port
from reconciler.cli.relay import options as adhoc
from reconciler.cli.shell import console, debug, interrupt, options, out_file
from reconciler.cli.shell.grouped_options import Grouped
from reconciler.errors import ExitCode, UsageError
from reconciler.model.handshake import Handshake, Level, Policy, Relay, Status
from reconciler.pipeline.verify.ask import MOST, USUAL, Asking, StoppedShort, alone
from reconciler.secrets.stores import Secrets
from reconciler.smtp.record.log import Timeouts
from reconciler.smtp.route import FORMS
from reconciler.views import forms
from reconciler.views.paper import Paper

_STOPPING = b"\nstopping; press Ctrl-C again to exit at once\n"
LEVELS = ("connect", "tls", "auth", "envelope", "message")
_GROUPS = {
    "Declared relays": ("root", "select", "base", "not_from_here"),
    "One relay, without files": adhoc.NAMES,
    "Output": ("form", "fit", "out", "report", "transcript", "debug", "quiet", "timings", "help"),
}


@click.command("verify", cls=Grouped, groups=_GROUPS)
@options.root
@options.select
@options.base
@adhoc.options
@click.option(
    "--level",
    type=adhoc.Word(list(LEVELS), {}),
    help="How far to go. Default: as declared; with --host, auth for a login, else tls.",
)
@click.option("--dns", is_flag=True, help="Also check SPF, DKIM and DMARC of the sender. Default: as declared.")
@click.option(
    "--timeout",
    type=timeout.Seconds(),
    multiple=True,
    metavar="[STEP=]SECONDS",
    help="Limit for each step, which only shortens; with STEP= (banner, tls, auth, …) the time of that one.",
)
@click.option(
    "--parallel",
    type=click.IntRange(1, MOST),
    default=USUAL,
    show_default=True,
    help="Handshakes at a time; at most two per host.",
)
@click.option("--via", metavar="URL", help=f"Connect through {FORMS}.")
@click.option(
    "--not-from-here",
    is_flag=True,
    help="Ask relays in zones from there only. Default: also from here, as far as TLS, which counts for nothing.",
)
@options.fit
@options.form("verify")
@options.progress
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Also write the result to a file, whole or not at all; stdout then has text in place of junit or prometheus.",
)
@click.option(
    "--report",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Also write a page (HTML) to show around: certificates, TLS, logins, and who sends through which relay.",
)
@click.option(
    "--prove-each",
    is_flag=True,
    help="One login for each mechanism that the applications' mail clients take, in place of one for each user.",
)
@click.option("--transcript", is_flag=True, help="Show the SMTP dialogue line by line on stderr, credentials hidden.")
def command(
    *,
    level: str | None,
    dns: bool,
    via: str | None,
    fit: str | None,
    form: str,
    out: Path | None,
    **given: Any,
) -> int:
    """Prove relays with a live SMTP handshake: connect, TLS, one login. Sends no mail below --level message.

    --select takes relays (`prod/submission`) and resources (`prod/openspp:mail_servers[bulk]`).

    \b
    Examples:
      reconciler verify
      reconciler verify --select prod/submission --level tls
      reconciler verify --select prod --via ssh://bastion.example.com
      reconciler verify --host smtp.example.com --port 587 --username me@example.com --password-env SMTP_PASSWORD
      reconciler verify --format prometheus --out /var/lib/node_exporter/reconciler.prom
      reconciler verify --format markdown --fit summary >> "$GITHUB_STEP_SUMMARY"
      reconciler verify --report relays.html
    """
    if out:
        out_file.check(out, forms.file("verify", form))
    if given["report"]:
        out_file.check(given["report"], "relays.html", "--report")
    if given["prove_each"]:
        consistency.logins(Level(level) if level else None, given["base"])
    patience = timeout.steps(given["timeout"])
    asked = _Asked(level=Level(level) if level else None, via=_start(via), dns=dns, patience=patience)
    limit = timeout.cap(given["timeout"])
    timeouts = Timeouts() if limit is None else Timeouts().capped(limit)
    hear = _hearing() if given["transcript"] else None
    with interrupt.graceful(stopping=_STOPPING, leaving_now=b"\n") as stopped:
        asking = Asking(
            timeouts,
            given["parallel"],
            hear,
            stopped=stopped.is_set,
            each=given["prove_each"],
            from_here=not given["not_from_here"],
        )
        try:
            results, beside = (_declared if given["host"] is None else _ad_hoc)(given, asking, asked)
        except StoppedShort as short:
            return _tell_short(short, form)
    if given["report"]:
        _report(given["report"], results, beside["uses"])
    _tell(results, form, out, {**beside, **_page(form, fit, given["root"])})
    if given["base"]:
        console.note("verify --base stops at TLS: no secret was opened, and no login was tried.")
    return exit_code(results)


class _Asked(NamedTuple):
    """What the command line says wins over the files."""

    level: Level | None
    via: str | None
    dns: bool
    patience: Mapping[str, float]

    def of(self, relay: Relay) -> Relay:
        relay = replace(relay, level=self.level or relay.level, dns=self.dns or relay.dns)
        # whoever gives a way starts here
        return self.patient(replace(relay, via=self.via, zone=None) if self.via else relay)

    def patient(self, relay: Relay) -> Relay:
        """With the times of the command line."""
        return replace(relay, patience=tuple(sorted({**dict(relay.patience), **self.patience}.items())))


# what the files say of relays: where each is declared, who uses it, and which target and platform through which relay
_Beside = Mapping[str, Any]
_Results = tuple[Sequence[Handshake], _Beside]
_NO_FILES: _Beside = {"declared": {}, "users": {}, "uses": ()}


def _ad_hoc(given: Mapping[str, Any], asking: Asking, asked: _Asked) -> _Results:
    """One relay, without files."""
    _refuse_files(click.get_current_context())
    if unknown_port.is_one(given, asked.level):
        return _tried(given, asking, asked), _NO_FILES
    relay = asked.patient(adhoc.relay(given, level=asked.level, via=asked.via, dns=asked.dns))
    if given["prove_each"]:
        consistency.logins(relay.level)
    with Secrets({}, base=Path.cwd(), redactor=debug.redactor()) as secrets:
        return [flag_words.spoken(one) for one in asking.results([relay], Policy(), alone(secrets))], _NO_FILES


def _tried(given: Mapping[str, Any], asking: Asking, asked: _Asked) -> Sequence[Handshake]:
    with Secrets({}, base=Path.cwd(), redactor=debug.redactor()) as secrets:
        best, said = unknown_port.found(
            given,
            via=asked.via,
            dns=asked.dns,
            results=lambda relays: asking.results([*map(asked.patient, relays)], Policy(), alone(secrets)),
        )
    console.note(said)
    return [flag_words.spoken(best)]


def _declared(given: Mapping[str, Any], asking: Asking, asked: _Asked) -> _Results:
    from reconciler.cli.relay import declared  # reads files, which takes twice as long to import as all of --host

    return declared.results(given, asking, asked.of, level=asked.level, via=asked.via)


def _start(text: str | None) -> str | None:
    if text is None:
        return None
    from reconciler.smtp.route import via as ways  # most start here

    try:
        return str(ways.parse(text))
    except ways.Unusable as error:
        raise UsageError(f"--via: {error.what}", fix=error.fix) from None


def _hearing() -> Callable[[str], None]:
    """Shows lines of a transcript, with every secret that this run knows taken out."""
    redactor = debug.redactor()
    return lambda line: console.note(redactor.redacted(line))


def _refuse_files(ctx: click.Context) -> None:
    for name in ("root", "select", "base", "not-from-here"):
        if ctx.get_parameter_source(name.replace("-", "_")) is ParameterSource.COMMANDLINE:
            raise UsageError(
                f"--{name} cannot be combined with --host",
                why="--host names one relay, and nothing is read from files",
                fix=f"omit --{name}, or --host",
            )


def _page(form: str, fit: str | None, root: Path) -> _Beside:
    """What Markdown is written on."""
    if form != forms.MARKDOWN:
        return {}
    from reconciler.cli.shell import context
    from reconciler.pipeline.review import host

    link = host.link(context.git(root), Path.cwd(), os.environ)
    limit, html = host.limit(fit, os.environ), host.shows_html(fit, os.environ)
    return {"limit": limit, "link": link, "html": html}


def _report(out: Path, results: Sequence[Handshake], uses: Sequence[tuple[str, str, str]]) -> None:
    from reconciler.views.handshakes import report

    out_file.write(out, report.text(results, uses=uses, now=time.time()), what=f"--report {out}")


def _tell(results: Sequence[Handshake], form: str, out: Path | None, known: _Beside) -> None:
    beside = {**known, "now": time.time()}
    if out:
        out_file.write(out, forms.rendered("verify", form, results, Paper(), **beside))
    # JSON is whole and valid on stdout, whatever else is asked for
    console.show("verify", forms.TEXT if out and form != forms.JSON else form, results, **beside)


def _tell_short(short: StoppedShort, form: str) -> ExitCode:
    """What was verified before somebody stopped the run: a report that is not whole is for people, and in JSON."""
    if form == forms.JSON:
        from reconciler.views.handshakes import text as view

        whole = forms.without_result("verify", [short.finding()], at=f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}")
        console.result(forms.dumped({**whole, **view.document(short.results)}, console.paper()))
        return short.exit_code
    if form == forms.TEXT and short.results:
        console.show("verify", form, short.results, **_NO_FILES)
    raise short


def exit_code(results: Sequence[Handshake]) -> ExitCode:
    statuses = {result.status for result in results}
    if Status.INCONCLUSIVE in statuses:
        return ExitCode.FAILED
    return ExitCode.CHECK_FAILED if Status.FAIL in statuses else ExitCode.DONE

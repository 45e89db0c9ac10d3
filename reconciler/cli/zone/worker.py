"""`reconciler worker`"""

from __future__ import annotations

import logging
from pathlib import Path

import click

from reconciler.cli.shell import console, debug, options
from reconciler.cli.shell.endings import InvalidFiles
from reconciler.engine.zone.settings import WorkerSpec
from reconciler.errors import ExitCode, ReconcilerError, UsageError
from reconciler.secrets.stores import Secrets


@click.command("worker")
@click.option("--zone", required=True, metavar="NAME", help="The zone that this machine stands in; as in FILE.")
@click.option(
    "--config",
    "file",
    required=True,
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="worker.yaml: keys, secret stores and limits of this worker.",
)
@click.option("--check", is_flag=True, help="Only check FILE and the keys it names, and say what the worker would do.")
@options.form("worker")
def command(*, zone: str, file: Path, check: bool, form: str) -> int:
    """Carry out what the coordinator of a zone asks for, until stopped (SIGTERM).

    Runs inside the zone. What it may contact, write and open, FILE says; a message cannot add to it.

    \b
    Examples:
      reconciler worker --zone dmz --config /etc/reconciler/worker.yaml --check
      reconciler worker --zone dmz --config /etc/reconciler/worker.yaml
    """
    from reconciler.engine.zone import checkup, keys, read_settings
    from reconciler.engine.zone import zone as zones

    if not file.is_file():
        raise UsageError(f"--config {file}: there is no such file", fix="name the worker.yaml of this machine")
    read = read_settings.settings(file, zone)
    if read.spec is None:
        raise InvalidFiles(read.findings, 1)
    spec = read.spec
    with Secrets(spec.stores, base=Path(spec.base), redactor=debug.redactor()) as secrets:
        found = (*read.findings, *keys.findings(spec, secrets.opener(zones.own(spec))))
        if any(one.failed for one in found):
            raise InvalidFiles(found, 1)
        if check:
            console.show("worker", form, checkup.checkup(spec, found))
            return ExitCode.DONE
        console.findings(found)
        return _serve(spec, secrets)


def _serve(spec: WorkerSpec, secrets: Secrets) -> int:
    """Raises ReconcilerError."""
    from reconciler.cli.shell import logs
    from reconciler.engine.envelope import shown
    from reconciler.engine.zone import keys
    from reconciler.engine.zone import zone as zones

    try:
        from reconciler.engine.celery import mouth, worker
        from reconciler.engine.celery.link import link
        from reconciler.engine.zone.worker import Worker
    except ModuleNotFoundError as error:
        why = f"{error.name} is not installed"
        raise ReconcilerError("a worker needs Celery", why=why, fix="pip install 'mail-reconciler[celery]'") from error

    opener = secrets.opener(zones.own(spec))
    zone = zones.Zone(spec=spec, keys=keys.opened(spec, opener))
    client_key = opener.open(spec.client_key) if spec.client_key else None
    shown.check(spec.ca_file, spec.client_certificate, client_key)
    broker = link(
        spec.broker,
        password=opener.open(spec.login) if spec.login else None,
        ca_file=spec.ca_file,
        certificate=spec.client_certificate,
        key=client_key,
    )
    logs.running(click.get_current_context().find_root(), debug.redactor())
    logging.getLogger("reconciler.worker").info(
        "zone=%s may=%s slots=%s: works for %s", zone.name, ",".join(sorted(spec.may)), spec.slots, broker
    )
    with Worker(zone, redactor=debug.redactor()) as ours:

        def work(token: str) -> mouth.Reply | None:
            done = ours.perform(token)
            return mouth.Reply(to=done.to, of=done.of, token=done.token, sure=done.sure) if done else None

        return worker.serve(broker, zone.name, name=ours.name, slots=spec.slots, work=work, stop=ours.hear)

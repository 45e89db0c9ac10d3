"""The entry point: finds the command, loads only that, and turns every ending into an exit code."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from importlib import import_module
from typing import TYPE_CHECKING, NoReturn

import click

from reconciler import __version__
from reconciler.cli.shell import debug, interrupt, options
from reconciler.errors import ExitCode, ReconcilerError, UsageError

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

# name → (module, one line of help), so that --help and --version import nothing more
COMMANDS = {
    "init": ("start.init", "Start a repository: environments, workflows, editor settings."),
    "add": ("start.add", "Write the file of a new target."),
    "discover": ("discover", "List the keys of a platform whose vendor publishes none."),
    "adopt": ("start.adopt", "Write down what a platform has, as YAML to start from."),
    "validate": ("validate", "Check the files, offline."),
    "plan": ("plan", "Show what would change on the platforms."),
    "show": ("show", "Show a saved plan."),
    "ci": ("ci.command", "In a CI job: validate and plan, with comment, annotations, summary and outputs."),
    "apply": ("apply", "Apply a plan, stage by stage."),
    "recover": ("recover", "Settle what runs that were cut off left."),
    "rollback": ("rollback", "Plan the way back to before a run."),
    "history": ("history", "Show who applied what, and prove the journal."),
    "locks": ("locks", "Show who holds which installations."),
    "unlock": ("unlock", "End the lock of a run that is dead."),
    "attest": ("attest", "Record that a work order of apply was carried out by hand."),
    "verify": ("verify", "Prove the relays with a live SMTP handshake."),
    "drift": ("drift", "Show what differs from git, and who changed it."),
    "report": ("report", "Write a page to look at: what differs, which relays work, who sends through them."),
    "nightly": ("ci.nightly", "In a scheduled job: drift, with issues, metrics and messages."),
    "doctor": ("doctor", "Examine all that a run needs, or one target: connection, login, version, page map."),
    "state": ("state", "Move the state to another place: from a folder into Vault."),
    "explain": ("files.explain", "Show every effective setting and where it comes from."),
    "impact": ("files.impact", "Show who breaks when a relay or a secret goes."),
    "zones": ("zone.zones", "Show who works in which zone."),
    "worker": ("zone.worker", "Carry out units of work inside a zone."),
    "checks": ("checks", "List the checks of the handshake."),
    "completion": ("start.completion", "Complete commands and addresses in your shell."),
}


_FIX = "install reconciler into an environment of its own, e.g. by pipx"


class LazyGroup(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command = import_module(f"reconciler.cli.{COMMANDS[cmd_name][0]}").command
        assert isinstance(command, click.Command)  # noqa: S101
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Raises UsageError for an unknown command, with the nearest one."""
        name = args[0] if args else ""
        if name and not name.startswith("-") and name not in COMMANDS:
            from reconciler.cli.shell import spelling  # only for a typing mistake

            near = spelling.near_command(name, COMMANDS)
            known = f"reconciler --help lists them: {', '.join(COMMANDS)}"
            raise UsageError(f"unknown command {name}", fix=f"did you mean reconciler {near}?" if near else known)
        return super().resolve_command(ctx, args)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """By the table: click would load every command for its line of help."""
        from click.shell_completion import CompletionItem

        known = ((name, line) for name, (_, line) in COMMANDS.items() if name.startswith(incomplete))
        found = [CompletionItem(name, help=line) for name, line in known]
        return [*found, *click.Command.shell_complete(self, ctx, incomplete)]

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in COMMANDS.items()])


@click.command(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit codes: 0 done, 2 differences, 3 invalid, 4 check failed, 5 apply incomplete, 1 failed, 64 usage.",
)
@click.version_option(__version__, prog_name="reconciler", message="%(prog)s %(version)s")
@options.debug
def cli() -> None:
    """Keeps the outgoing-email settings of application platforms equal to YAML in git.

    \b
    Examples:
      reconciler validate                       check the files
      reconciler plan --out plan.json           what would change
      reconciler apply plan.json                apply it
      reconciler drift                          did somebody change a setting by hand?
    """


def main() -> NoReturn:
    """Runs the command line and exits with one of `ExitCode`."""
    signal.signal(signal.SIGTERM, interrupt.as_ctrl_c)
    try:
        code = run(sys.argv[1:])
    except KeyboardInterrupt:  # one more, while the first was told
        code = ExitCode.INTERRUPTED
    try:
        sys.stdout.flush()
    except BrokenPipeError:  # whoever read us has left, `reconciler plan | head`; Python would flush again and complain
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError as error:  # a full disk: the result is not whole
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.stderr.write(f"error: the result cannot be printed: {error.strerror}\n")
        code = code or ExitCode.FAILED
    with contextlib.suppress(BrokenPipeError):
        sys.stderr.flush()
    # Everything is closed by now. Threads that still wait for a platform are not waited for, and a large landscape is
    # not freed object by object, which is 8 % of `validate` (mypy ends so too).
    os._exit(code)


def run(arguments: list[str]) -> int:
    """The exit code of one command line. A traceback means a bug in here."""
    if arguments[:1] == ["help"]:
        arguments = [*arguments[1:2], "--help"]
    kept = debug.Kept()
    try:
        result = cli.main(args=arguments, prog_name="reconciler", standalone_mode=False, obj=kept)
    except (ReconcilerError, click.ClickException, click.Abort, KeyboardInterrupt) as error:
        from reconciler.cli.shell import endings  # 10 ms that --version and completion do not need

        return endings.report(error, arguments)
    except SystemExit as error:  # click's way to end when stdout is a closed pipe
        return int(error.code or 0)
    except Exception:  # noqa: BLE001  # the only place that catches everything
        import traceback

        from reconciler.cli import too_old
        from reconciler.cli.shell import endings

        if (lacking := too_old.told()) is not None:
            why = "packages of this Python are older than reconciler needs"
            return endings.report(ReconcilerError(lacking, why=why, fix=_FIX), arguments)
        return endings.bug(kept.redactor.redacted(traceback.format_exc()), arguments)
    return result if isinstance(result, int) else ExitCode.DONE

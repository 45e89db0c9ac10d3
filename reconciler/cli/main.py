"""The entry point: finds the command, loads only that, and turns every ending into an exit code."""

from __future__ import annotations

import os
import sys
from difflib import get_close_matches
from importlib import import_module

import click

from reconciler import __version__
from reconciler.errors import ExitCode, ReconcilerError

# name → (module, one line of help), so that --help and --version import nothing more
COMMANDS = {
    "validate": ("validate", "Check the files; contacts nobody."),
    "plan": ("plan", "Show what would change on the platforms."),
    "show": ("show", "Show a saved plan."),
    "apply": ("apply", "Carry out a plan, stage by stage."),
    "verify": ("verify", "Prove the declared relays by a live SMTP handshake."),
    "checks": ("checks", "List the checks of the handshake."),
    "drift": ("drift", "Say what differs from git, and who changed it."),
    "explain": ("explain", "Show every effective setting and where it comes from."),
}


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
        name = args[0] if args else ""
        if name and not name.startswith("-") and name not in COMMANDS:
            near = get_close_matches(name, COMMANDS, n=1)
            raise click.UsageError(f"no command {name!r}" + (f"; did you mean {near[0]}?" if near else ""), ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in COMMANDS.items()])


@click.command(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit codes: 0 done, 2 differences, 3 invalid, 4 check failed, 5 apply incomplete, 1 failed, 64 usage.",
)
@click.version_option(__version__, prog_name="reconciler", message="%(prog)s %(version)s")
@click.option("--debug", is_flag=True, help="Log what is done, to stderr; secrets stay out.")
def cli(*, debug: bool) -> None:
    """Keeps the outgoing-email settings of application platforms equal to YAML in git.

    \b
    Examples:
      reconciler validate                       check the files
      reconciler plan --out plan.json           what would change
      reconciler apply plan.json                carry it out
      reconciler drift                          did somebody change a console by hand?
    """
    if debug:
        import logging

        logging.basicConfig(level=logging.DEBUG, stream=sys.stderr, format="%(name)s: %(message)s")


def main() -> None:
    """Runs the command line and exits with one of `ExitCode`."""
    code = run(sys.argv[1:])
    if code == ExitCode.INTERRUPTED:  # a write that hangs must not hold us: the interpreter waits for its threads
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
    sys.exit(code)


def run(arguments: list[str]) -> int:
    """The exit code of one command line. A traceback means a bug in here."""
    try:
        result = cli.main(args=arguments, prog_name="reconciler", standalone_mode=False)
    except click.UsageError as error:
        return _usage(error)
    except (KeyboardInterrupt, click.Abort):
        click.echo("interrupted", err=True)
        return ExitCode.INTERRUPTED
    except click.exceptions.Exit as error:
        return error.exit_code
    except ReconcilerError as error:
        _tell(error)
        return error.exit_code
    except BrokenPipeError:
        sys.stderr.close()  # whoever read us has left: `reconciler plan | head`
        return ExitCode.FAILED
    except Exception:  # noqa: BLE001  # the only place that catches everything
        import traceback

        traceback.print_exc()
        click.echo(f"\nThis is a bug in reconciler {__version__}; please report the lines above.", err=True)
        return ExitCode.FAILED
    return result if isinstance(result, int) else ExitCode.DONE


def _usage(error: click.UsageError) -> int:
    click.echo(f"error: {error.format_message()}", err=True)
    if error.ctx is not None:
        click.echo(f"    fix: {error.ctx.command_path} --help", err=True)
    return ExitCode.USAGE


def _tell(error: ReconcilerError) -> None:
    where = f"{error.where}: " if error.where else ""
    address = f"{error.address}: " if error.address and not error.what.startswith(error.address) else ""
    click.echo(f"{where}error: {address}{error.what}", err=True)
    for word, text in (("why", error.why), ("fix", error.fix)):
        if text:
            click.echo(f"    {word}: {text}", err=True)

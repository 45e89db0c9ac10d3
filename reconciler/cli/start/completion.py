"""`reconciler completion`"""

from __future__ import annotations

import click

from reconciler.cli.shell import console, options
from reconciler.errors import ExitCode

SHELLS = ("bash", "zsh", "fish")
_VARIABLE = "_RECONCILER_COMPLETE"  # click's own name for it
# bash would end a word at the colon of an address
_FIRST = {"bash": "COMP_WORDBREAKS=${COMP_WORDBREAKS//:}"}


@click.command("completion")
@click.argument("shell", type=click.Choice(SHELLS))
@options.form("completion")
def command(*, shell: str, form: str) -> int:
    """Print the script that completes commands, options, addresses, relays and check ids in SHELL.

    \b
    Examples:
      eval "$(reconciler completion bash)"                                       in ~/.bashrc
      eval "$(reconciler completion zsh)"                                        in ~/.zshrc
      reconciler completion fish > ~/.config/fish/completions/reconciler.fish
    """
    console.show("completion", form, script(shell), shell=shell)
    return ExitCode.DONE


def script(shell: str) -> str:
    """click's, which asks this program for every word."""
    from click.shell_completion import get_completion_class

    found = get_completion_class(shell)
    assert found is not None  # noqa: S101  # click knows these three
    made = found(click.Group(), {}, "reconciler", _VARIABLE)
    text = made.source_template % made.source_vars()
    return "\n".join([*filter(None, [_FIRST.get(shell)]), text.strip()])

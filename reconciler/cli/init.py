"""`reconciler init`"""

from __future__ import annotations

import shlex
from pathlib import Path

import click

from reconciler.cli.shell import console, options
from reconciler.cli.shell import scaffold as scaffolding
from reconciler.errors import ExitCode, UsageError
from reconciler.views.scaffold import Scaffolded


@click.command("init")
@click.argument("directory", metavar="[DIR]", default=".", type=click.Path(path_type=Path))
@click.option(
    "--ci", type=click.Choice(scaffolding.CI), default="github", show_default=True, help="Write workflows for this CI."
)
@options.form("init")
def command(*, directory: Path, ci: str, form: str) -> int:
    """Start a repository in DIR: environments, workflows, code owners, editor settings. Overwrites no file.

    \b
    Examples:
      reconciler init
      reconciler init mail --ci gitlab
    """
    created: list[str] = []
    kept: list[str] = []
    stale: list[str] = []
    wanted = scaffolding.contents(ci)
    landscape = (directory / scaffolding.LANDSCAPE / "reconciler.yaml").exists()
    for path, text in wanted.items():
        if landscape and path.startswith(scaffolding.LANDSCAPE) and not (directory / path).exists():
            continue  # somebody has environments of their own there
        if _created(directory / path, text):
            created.append(path)
        else:
            kept.append(path)
            if path.startswith(scaffolding.SCHEMAS) and _differs(directory / path, text):
                stale.append(path)
    steps = tuple(_steps(directory, landscape=landscape))
    made = Scaffolded(
        folder=str(directory), steps=steps, created=tuple(created), kept=tuple(kept), outdated=tuple(stale)
    )
    console.show("init", form, made)
    return ExitCode.DONE


def _created(file: Path, text: str) -> bool:
    """False where something is there already, whatever it is."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("x", encoding="utf-8", newline="\n") as stream:
            stream.write(text)
    except (FileExistsError, NotADirectoryError):
        if file.parent.is_dir():
            return False
        wrong = next(one for one in reversed(file.parents) if one.exists() and not one.is_dir())
        raise UsageError(f"{wrong}: this is a file, where a folder has to be", fix="move it away") from None
    except OSError as error:
        raise UsageError(f"{file}: {error.strerror}", fix="name a folder in which this user may write") from error
    return True


def _differs(file: Path, text: str) -> bool:
    try:
        return file.read_text(encoding="utf-8") != text
    except (OSError, ValueError):
        return True


def _steps(directory: Path, *, landscape: bool) -> list[tuple[str, str]]:
    """Commands, and what each is for."""
    here = directory.resolve() == Path.cwd()
    first = [] if here else [(shlex.join(["cd", str(directory)]), "")]
    if landscape:
        return [*first, ("reconciler validate", "check the files that were there")]
    return [
        *first,
        ("$EDITOR environments/dev/environment.yaml", "declare a relay"),
        (
            "cp environments/dev/target.yaml.example environments/dev/shop.yaml",
            "then say which platform, and how it is reached",
        ),
        ("reconciler validate", "every mistake, with its place and fix"),
        ("reconciler adopt dev/shop", "what the platform has now, as YAML"),
        ("reconciler plan", "what would change"),
    ]

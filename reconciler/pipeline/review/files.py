"""Whether a file is the one that was reviewed: its content, and every link and folder on the way to it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from reconciler.model.source import DocumentKind, Position
from reconciler.pipeline.load import documents
from reconciler.pipeline.load.tree import Source
from reconciler.pipeline.review import git

_LINK = "120000"
_MOST = 40  # links on the way to one file


@dataclass(frozen=True, slots=True, kw_only=True)
class Files:
    """The working tree below `top`, compared with the objects of `commit`. Relative paths start at `home`."""

    top: Path
    commit: str
    home: Path

    def moved(self, path: str) -> bool:
        """Whether another file is read there than was reviewed. What git does not know is not of the change."""
        name = self._followed(path)
        if name is None:
            return True
        if name == Path():
            return False  # outside of the repository
        then, known = self._entry(name), git.said(self.top, "ls-files", "--error-unmatch", "--", _literal(name))
        if then is None:
            return known is not None
        file = self.top / name
        now = git.said(self.top, "hash-object", "--no-filters", "--", name.as_posix()) if file.is_file() else None
        return then.split()[2] != now

    def led_astray(self, path: str) -> bool:
        """Whether a link or a submodule on the way is not the reviewed one, whatever the file holds."""
        return self._followed(path) is None

    def place(self, where: Position, name: str) -> Position:
        """Of a setting in the `connection` that is at `where`, which is told where it cannot be found."""
        source = Source(kind=DocumentKind.TARGET, path=where.file, file=where.file)
        document, _ = documents.read(source, "")  # once more: a landscape keeps no place of a connection's settings
        return document.value_at("connection", *name.split(".")) if document else where

    def name(self, path: Path) -> Path | None:
        """Where `path` is below `top`, no link below it followed; None outside."""
        whole = Path(os.path.abspath(path))  # noqa: PTH100  # resolve() would follow all
        for folder in (*reversed(whole.parents), whole):  # a link above the repository is no part of it
            if folder.resolve() == self.top:
                return whole.relative_to(folder)
        return None

    def _followed(self, path: str) -> Path | None:
        """Where it is below `top`, reviewed links followed; `.` outside of the repository; None behind another link."""
        here = self.home / path
        for _ in range(_MOST):
            if (name := self.name(here)) is None:
                return Path()
            on_the_way = [Path(*name.parts[: at + 1]) for at in range(len(name.parts))]
            if any(self._is_module(one) for one in on_the_way):
                return None
            link = next((one for one in on_the_way if (self.top / one).is_symlink()), None)
            if link is None:
                return name
            if not self._is_reviewed(link):
                return None
            rest = name.relative_to(link)
            here = (self.top / link).parent / (self.top / link).readlink() / rest
        return None

    def _is_reviewed(self, link: Path) -> bool:
        target = os.fsencode((self.top / link).readlink())
        now = git.said(self.top, "hash-object", "--no-filters", "--stdin", given=target)
        then = self._entry(link)
        if then is None:  # made by the job itself, if git does not know it
            return git.said(self.top, "ls-files", "--error-unmatch", "--", _literal(link)) is None
        return then.split()[:3] == [_LINK, "blob", now]

    def _is_module(self, folder: Path) -> bool:
        """What a submodule holds is another repository's, which nobody has compared."""
        return (self.top / folder / ".git").exists()

    def _entry(self, name: Path) -> str | None:
        """`mode type object` in the base."""
        found = git.said(self.top, "ls-tree", self.commit, "--", name.as_posix())
        return found.partition("\t")[0] if found else None


def _literal(name: Path) -> str:
    """Without the magic of pathspecs: a file may be called `:!x` or `*`."""
    return f":(literal){name.as_posix()}"

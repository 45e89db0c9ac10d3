"""How a package of its own brings a platform: through an entry point, with its schema beside the module."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest
from lab.servers import fake
from support.site import Site, actions

from reconciler import platforms
from reconciler.cli.start import scaffold
from reconciler.errors import PlatformError
from reconciler.model.platform import Platform

MODULE = "from lab.servers.fake import PLATFORM\n"
SCHEMA = Path(fake.__file__).with_name("fake.schema.json").read_text(encoding="utf-8").replace('"fake"', '"acme"')
Installs = Callable[[str, Mapping[str, str]], None]


@pytest.fixture
def installs(tmp_path: Path, world: fake.World) -> Iterator[Installs]:
    """Puts files and the entry point of a kind `acme` where a package would have them."""
    known = set(sys.modules)
    folder = tmp_path / "acme-packages"

    def install(entry: str, files: Mapping[str, str]) -> None:
        for name, text in {**files, "acme_mail-1.2.dist-info/METADATA": METADATA}.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text, encoding="utf-8")
        info = folder / "acme_mail-1.2.dist-info/entry_points.txt"
        info.write_text(f"[{platforms.ENTRY_POINTS}]\nacme = {entry}\n", encoding="utf-8")
        importlib.invalidate_caches()

    with on_path(folder):
        yield install
    for name in set(sys.modules) - known:
        if name.startswith("acme"):
            del sys.modules[name]


METADATA = "Metadata-Version: 2.1\nName: acme-mail\nVersion: 1.2\n"


@contextmanager
def on_path(folder: Path) -> Iterator[None]:
    sys.path.insert(0, str(folder))
    try:
        with fake.reloaded():
            yield
    finally:
        sys.path.remove(str(folder))


@pytest.mark.parametrize(
    ("entry", "module", "schema"),
    [
        ("acme_mail.acme", "acme_mail/acme.py", "acme_mail/acme.schema.json"),
        ("acme_mail.acme:PLATFORM", "acme_mail/acme.py", "acme_mail/acme.schema.json"),
        ("acme_mail.acme", "acme_mail/acme/__init__.py", "acme_mail/acme/acme.schema.json"),
        ("acme_top", "acme_top.py", "acme-top.schema.json"),
        ("acme_top", "acme_top/__init__.py", "acme_top/acme-top.schema.json"),
    ],
    ids=["a module", "its object", "a folder", "a module of no package", "a package"],
)
def test_an_entry_point_names_a_module_or_its_object(
    installs: Installs, site: Site, entry: str, module: str, schema: str
) -> None:
    installs(entry, {"acme_mail/__init__.py": "", module: MODULE, schema: SCHEMA})
    site.stage("dev")
    site.write("dev/shop.yaml", "platform: acme\nconnection: {name: shop}\nfarm: {priority: 10}\n")
    assert platforms.load("acme") is fake.PLATFORM
    assert actions(site.plan()) == {"dev/shop:farm": "create"}


def test_a_submodule_may_have_the_name_of_an_optional_part(installs: Installs, site: Site) -> None:
    package = "acme_mail/acme/"
    files = {f"{package}__init__.py": f"from . import remarks\n{MODULE}", f"{package}remarks.py": ""}
    installs("acme_mail.acme", {"acme_mail/__init__.py": "", **files, f"{package}acme.schema.json": SCHEMA})
    site.stage("dev")
    site.write("dev/shop.yaml", "platform: acme\nconnection: {name: shop}\nfarm: {priority: 10}\n")
    assert actions(site.plan()) == {"dev/shop:farm": "create"}


BROKEN = {
    "no such module": ("acme_gone", {}, "there is no module acme_gone"),
    "it imports what is not there": ("acme_top", {"acme_top.py": "import acme_lib\n"}, "there is no module acme_lib"),
    "it raises": ("acme_top", {"acme_top.py": "1 / 0\n"}, "importing acme_top raises ZeroDivisionError"),
    "it is no Python": ("acme_top", {"acme_top.py": "def\n"}, "importing acme_top raises SyntaxError"),
    "no PLATFORM": ("acme_top", {"acme_top.py": "", "acme-top.schema.json": SCHEMA}, "acme_top.PLATFORM is not a"),
    "another object": ("acme_top:X", {"acme_top.py": "X = 1\n", "acme-top.schema.json": SCHEMA}, "acme_top.X is not a"),
    "no schema": ("acme_top", {"acme_top.py": MODULE}, "there is no acme-top.schema.json beside acme_top"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_what_cannot_be_loaded_is_told_at_the_line_that_names_it(installs: Installs, site: Site, case: str) -> None:
    entry, files, why = BROKEN[case]
    installs(entry, files)
    site.stage("dev")
    site.target("dev/crm", "farm: {priority: 10}")
    site.write("dev/shop.yaml", "connection: {name: shop}\nplatform: acme\n")
    (found,) = site.judged().findings
    assert found.what.startswith(f"platform acme cannot be loaded: {why}")
    assert found.why == f"acme-mail 1.2 provides it as {entry}"
    assert (str(found.where), found.field) == ("environments/dev/shop.yaml:2:11", "platform")


def test_a_package_that_cannot_be_loaded_harms_no_other_kind(installs: Installs, site: Site) -> None:
    installs("acme_gone", {})
    site.stage("dev")
    site.target("dev/crm", "farm: {priority: 10}")
    assert actions(site.plan()) == {"dev/crm:farm": "create"}
    with pytest.raises(PlatformError, match="platform acme cannot be loaded"):
        platforms.load("acme")


def test_a_new_repository_gets_the_schemas_of_the_others(installs: Installs) -> None:
    installs("acme_gone", {})
    written = scaffold.contents("none")
    assert "schemas/platforms/fake.schema.json" in written
    assert "schemas/platforms/acme.schema.json" not in written


def test_every_platform_of_ours_is_an_object() -> None:
    assert all(isinstance(platforms.load(kind), Platform) for kind in platforms.KINDS)

"""A landscape on disk for tests: `environments/` with as many stages as asked for, and the files of their applications.

Everything is a plain dict until `write`, so that a test changes one thing and leaves the rest as it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml

SHOP = """# the shop's own settings
SHOP_NAME="Example shop"
SMTP_HOST=old-relay.example.org
SMTP_PORT=25
SMTP_TLS=false
"""
_KEYS = {
    "host": "SMTP_HOST",
    "port": "SMTP_PORT",
    "encryption": {"key": "SMTP_TLS", "values": {"starttls": "true", "none": "false"}},
    "username": "SMTP_USER",
    "password": "SMTP_PASSWORD",
}


class Landscape:
    """`folder` holds `environments/` and `apps/<stage>/shop.env`; `area` keeps secrets, users and state apart.

    Each stage has one relay (`submission`) and the target `shop`, a .env file; `odoo` adds the target `openspp`.
    """

    def __init__(
        self,
        folder: Path,
        *,
        area: str,
        relay_port: int,
        ca_file: str,
        store: Mapping[str, Any],
        stages: Iterable[str] = ("dev",),
        state: Mapping[str, Any] | None = None,
    ) -> None:
        self.folder, self.area = folder, area
        self.documents: dict[str, dict[str, Any]] = {
            "reconciler.yaml": {
                "version": 1,
                "secret_stores": {"default": {"type": "vault", **store}},
                "state": state or {"backend": "vault", "store": "default", "path": f"reconciler/state/{area}"},
            }
        }
        for place, stage in enumerate(stages, start=1):
            self._stage(stage, place * 10, relay_port, ca_file)

    @property
    def root(self) -> Path:
        return self.folder / "environments"

    def app(self, stage: str = "dev") -> Path:
        return self.folder / "apps" / stage / "shop.env"

    def user(self, stage: str = "dev") -> str:
        """Who logs in at the stage's relay; the password is mail/<area>/<stage>#password."""
        return f"{stage}-{self.area}@example.org"

    def relay(self, stage: str = "dev") -> dict[str, Any]:
        found: dict[str, Any] = self.documents[f"{stage}/environment.yaml"]["relays"]["submission"]
        return found

    def odoo(self, stage: str, url: str, *, database: str = "lab", **connection: Any) -> None:
        """The key of the user `reconciler` is platforms/<area>/<stage>#api_key."""
        key = {"vault": f"platforms/{self.area}/{stage}#api_key"}
        plain = {"url": url, "database": database, "username": "reconciler", "api_key": key, "timeout": 5}
        self.documents[f"{stage}/openspp.yaml"] = {
            "platform": "openspp",
            "connection": plain | connection,
            "mail_servers": {"main": {"relay": "submission", "priority": 10}},
        }

    def write(self) -> None:
        """Renews all files; an application's own file is made once."""
        for name, content in self.documents.items():
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
            app = self.app(path.parent.name)
            if path.name == "shop.yaml" and not app.exists():
                app.parent.mkdir(parents=True, exist_ok=True)
                app.write_text(SHOP, encoding="utf-8")
                app.chmod(0o640)

    def _stage(self, stage: str, order: int, relay_port: int, ca_file: str) -> None:
        relay = {
            "host": "localhost",
            "port": relay_port,
            "encryption": "starttls",
            "auth": "basic",
            "username": self.user(stage),
            "password": {"vault": f"mail/{self.area}/{stage}#password"},
            "ca_file": ca_file,
        }
        self.documents[f"{stage}/environment.yaml"] = {
            "order": order,
            "relays": {"submission": relay},
            "verify": {"level": "auth"},
        }
        self.documents[f"{stage}/shop.yaml"] = {
            "platform": "file",
            "connection": {
                "path": str(self.app(stage).relative_to(self.folder)),
                "format": "dotenv",
                "reader": "python-dotenv",  # the canary has quotes, which dotenv readers take differently
                "keys": _KEYS,
            },
            "settings": {"relay": "submission"},
        }

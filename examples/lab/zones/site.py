"""What people write: `reconciler.yaml` with its engine and zones, two targets that differ in their zone, and the
`worker.yaml` of each zone."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from lab.zones import inside, keys
from lab.zones.networks import Network

VHOST, USER = "reconciler", "no-reply@example.org"
_LANDSCAPE = """\
version: 1
engine:
  type: celery
  broker: {broker}
  login: {{file: secrets/broker}}
  ca_file: certs/broker.pem
  client_certificate: client.pem
  client_key: {{file: secrets/client.key}}
  signing_key: {{file: secrets/apply.key}}
  reading_key: {{file: secrets/plan.key}}
  deadline: {deadline:g}
  zones:
{zones}
state: {{backend: file, path: .reconciler}}
"""
_ENVIRONMENT = """\
order: 10
protected: true
relays:
{relays}\
sender: {{address: {user}, name: Example}}
verify: {{level: auth}}
"""
_RELAY = """\
  {name}:
    host: {host}
    port: {port}
    encryption: starttls
    auth: basic
    username: {user}
    password: {{vault: mail/submission#password}}
    ca_file: certs/ca.pem
"""
_TARGET = """\
platform: openspp
zone: {zone}
connection:
  url: http://127.0.0.1:{port}
  database: {database}
  username: {robot}
  api_key: {{vault: platforms/odoo#api_key}}
mail_servers:
  main: {{relay: {relay}, priority: 10}}
"""
_WORKER = """\
zone: {zone}
broker: {broker}
login: {{file: secrets/broker}}
ca_file: broker.pem
client_certificate: client.pem
client_key: {{file: secrets/client.key}}
key: {{file: secrets/zone.key}}
coordinators:
  - {{key: plan.pub, may: [read]}}
  - {{key: apply.pub, may: [read, prove, write]}}
secret_stores:
  default:
    type: vault
    address: http://127.0.0.1:{vault}
    auth: {{method: approle, role_id: {role_id}, secret_id: {{file: secrets/secret_id}}}}
claims: {{store: default, path: reconciler/claims}}
hosts: [127.0.0.1, {relay}]
kinds: [openspp]
may: [read, prove, write]
slots: 8
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """Of one user to the broker; `url` is without the password."""

    url: str
    password: str
    ca_file: Path
    certificate: Path
    key: Path

    def into(self, folder: Path, ca_file: str) -> None:
        """The files that reconciler.yaml and worker.yaml name."""
        (folder / ca_file).write_bytes(self.ca_file.read_bytes())
        (folder / "client.pem").write_bytes(self.certificate.read_bytes())
        keys.private(folder / "secrets/client.key", self.key.read_bytes())
        keys.private(folder / "secrets/broker", self.password)


@dataclass(frozen=True, slots=True, kw_only=True)
class Signers:
    """Of the coordinator: a pair for what may write, and one for what only reads; and of each zone."""

    plan: keys.Pair
    apply: keys.Pair
    zones: Mapping[str, keys.Pair]


def signers(zones: Sequence[str]) -> Signers:
    return Signers(plan=keys.pair(), apply=keys.pair(), zones={zone: keys.pair() for zone in zones})


def coordinator(
    folder: Path, networks: Sequence[Network], access: Access, signers: Signers, *, relays_ca: bytes, deadline: float
) -> None:
    """The folder of who runs plan and apply: it refers to secrets that it cannot open."""
    for name in ("environments/prod", "certs", "keys"):
        (folder / name).mkdir(parents=True)
    access.into(folder, "certs/broker.pem")
    (folder / "certs/ca.pem").write_bytes(relays_ca)
    for zone, pair in signers.zones.items():
        (folder / f"keys/{zone}.pub").write_bytes(pair.public)
    keys.private(folder / "secrets/apply.key", signers.apply.private)
    keys.private(folder / "secrets/plan.key", signers.plan.private)
    zones = "\n".join(f"    {zone}: {{key: keys/{zone}.pub}}" for zone in signers.zones)
    text = _LANDSCAPE.format(broker=json.dumps(access.url), deadline=deadline, zones=zones)
    (folder / "environments/reconciler.yaml").write_text(text)
    _declared(folder / "environments/prod", networks)


def _declared(folder: Path, networks: Sequence[Network]) -> None:
    """One relay for all zones where they have it on the same address: each zone's worker opens its own password."""
    alike = len({network.ports.relay for network in networks}) == 1
    relays = {"submission" if alike else network.zone: network for network in networks}
    told = "".join(
        _RELAY.format(name=name, host=one.relay, port=one.ports.relay, user=USER) for name, one in relays.items()
    )
    (folder / "environment.yaml").write_text(_ENVIRONMENT.format(relays=told, user=USER))
    for network in networks:
        words = {"zone": network.zone, "port": network.ports.console, "relay": "submission" if alike else network.zone}
        text = _TARGET.format(**words, database=inside.DATABASE, robot=inside.ROBOT)
        (folder / f"{network.zone}-odoo.yaml").write_text(text)


def worker(folder: Path, network: Network, access: Access, signers: Signers, login: Mapping[str, str]) -> None:
    """The folder of the zone's worker. `login` is its own at the zone's Vault."""
    access.into(folder, "broker.pem")
    (folder / "plan.pub").write_bytes(signers.plan.public)
    (folder / "apply.pub").write_bytes(signers.apply.public)
    keys.private(folder / "secrets/zone.key", signers.zones[network.zone].private)
    keys.private(folder / "secrets/secret_id", login["secret_id"])
    words = {
        "zone": network.zone,
        "broker": json.dumps(access.url),
        "vault": network.ports.vault,
        "relay": network.relay,
    }
    (folder / "worker.yaml").write_text(_WORKER.format(**words, role_id=login["role_id"]))

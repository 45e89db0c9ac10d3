"""The broker's definitions.json: what an admin declares once, and what each user may do. Pure: imports no library.

RabbitMQ checks configure, write and read against one regular expression each, per user and virtual host:
https://www.rabbitmq.com/docs/access-control#authorisation. Nobody may write to the default exchange, where a message
finds any queue by its name.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from reconciler.engine.celery import names

NOTHING = "^$"
RETURNED = 5  # times that a message which takes its worker down is delivered again; then it is dropped


def definitions(
    zones: Sequence[str], *, vhost: str, coordinator: str, hashes: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """For these zones. `hashes` are of passwords, by user. A user without one is not in it: one who is would lose the
    password that is set, each time that this is imported."""
    return {
        "vhosts": [{"name": vhost}],
        "users": [_user(name, one) for name, one in (hashes or {}).items()],
        "permissions": [
            {"user": coordinator, "vhost": vhost, **_coordinator(zones)},
            *({"user": zone, "vhost": vhost, **_worker(zone)} for zone in zones),
        ],
        "exchanges": [_exchange(vhost, *each) for zone in zones for each in _exchanges(zone)],
        "queues": [_queue(vhost, *each) for zone in zones for each in _queues(zone)],
        "bindings": [_binding(vhost, names.work(zone), queue) for zone in zones for queue, _ in _queues(zone)],
    }


def _coordinator(zones: Sequence[str]) -> dict[str, str]:
    """Sends to zones and stops them; makes queues for its answers and binds them: to write to the queue, to read both.

    It reads no zone's queue: what others ask of a zone is none of its business.
    """
    one = f"({'|'.join(zones)})"
    answers = rf"^reply\.{one}\.[0-9a-f]+$"
    return {
        "configure": answers,
        "write": rf"^(zone|stop)\.{one}$|{answers}",
        "read": rf"^reply\.{one}(\.[0-9a-f]+)?$",
    }


def _worker(zone: str) -> dict[str, str]:
    """Reads what is meant for its zone, and answers; declares the queue by which it hears a stop, and nothing else."""
    stops = rf"stop\.{zone}\.[0-9A-Za-z_-]+"
    return {
        "configure": f"^{stops}$",
        "write": rf"^(reply\.{zone}|{stops})$",
        "read": rf"^(zone\.{zone}(\.prove)?|stop\.{zone}|{stops})$",
    }


def _exchanges(zone: str) -> tuple[tuple[str, str], ...]:
    return ((names.work(zone), "direct"), (names.reply(zone), "direct"), (names.stop(zone), "fanout"))


def _queues(zone: str) -> tuple[tuple[str, dict[str, Any]], ...]:
    """Proving is done by one worker of a zone at a time: limits per host hold in its process."""
    return ((names.work(zone), {}), (names.prove(zone), {"x-single-active-consumer": True}))


def _user(name: str, password_hash: str) -> dict[str, Any]:
    return {
        "name": name,
        "password_hash": password_hash,
        "hashing_algorithm": "rabbit_password_hashing_sha256",
        "tags": "",
    }


def _exchange(vhost: str, name: str, kind: str) -> dict[str, Any]:
    whole = {"durable": True, "auto_delete": False, "internal": False, "arguments": {}}
    return {"name": name, "vhost": vhost, "type": kind, **whole}


def _queue(vhost: str, name: str, more: Mapping[str, Any]) -> dict[str, Any]:
    arguments = {"x-queue-type": "quorum", "x-delivery-limit": RETURNED, **more}
    return {"name": name, "vhost": vhost, "durable": True, "auto_delete": False, "arguments": arguments}


def _binding(vhost: str, exchange: str, queue: str) -> dict[str, Any]:
    ends = {"source": exchange, "destination": queue, "destination_type": "queue"}
    return {**ends, "vhost": vhost, "routing_key": queue, "arguments": {}}

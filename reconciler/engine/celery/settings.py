"""How a zone's worker sets Celery: JSON only, nothing declared, nothing heard but its own two queues."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from kombu import entity

from reconciler.engine.celery import names
from reconciler.engine.celery.link import BEATS, CONNECTS, Link


def settings(link: Link, options: dict[str, Any] | None, zone: str) -> dict[str, Any]:
    return {
        "broker_url": _url(link),
        "broker_use_ssl": options,
        "broker_heartbeat": BEATS,
        "broker_connection_timeout": CONNECTS,
        "broker_connection_retry": True,
        "broker_connection_retry_on_startup": True,
        "broker_connection_max_retries": None,  # for ever: systemd would do the same
        "result_backend": None,  # answers are sealed, and go their own way
        "task_ignore_result": True,
        "accept_content": ["json"],
        "task_serializer": "json",
        "task_queues": [_queue(names.work(zone)), _queue(names.prove(zone))],
        "task_default_queue": names.work(zone),
        "task_default_exchange": names.work(zone),
        "task_create_missing_queues": False,
        "task_acks_late": True,
        "task_reject_on_worker_lost": True,
        "worker_prefetch_multiplier": 1,
        "worker_detect_quorum_queues": True,  # they take no limit for a whole channel
        "worker_consumer": "reconciler.engine.celery.consumer:Consumer",
        "worker_enable_remote_control": False,
        "worker_send_task_events": False,
        "worker_cancel_long_running_tasks_on_connection_loss": False,
        "worker_hijack_root_logger": False,
        "worker_redirect_stdouts": False,
        "enable_utc": True,
    }


def _queue(name: str) -> Any:
    """Declared by an admin. The argument is there for Celery, which asks us and not the broker what it is."""
    quorum = {"x-queue-type": "quorum"}
    made: Any = entity  # ships no types
    exchange = made.Exchange(name, no_declare=True)
    return made.Queue(name, exchange, routing_key=name, no_declare=True, queue_arguments=quorum)


def _url(link: Link) -> str:
    password = quote(link.password.reveal(), safe="") if link.password else ""
    return f"amqp://{quote(link.user, safe='')}:{password}@{link.host}:{link.port}/{quote(link.vhost, safe='')}"

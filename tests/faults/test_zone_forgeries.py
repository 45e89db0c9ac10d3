"""Who has the login of another zone, of the broker, or of plan's runner: nothing that he sends is run."""

from __future__ import annotations

import contextlib
import re
import time
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import amqp
import pytest
from lab.servers.rabbit import COORDINATOR, Rabbit
from lab.zones import lab as labs
from lab.zones.lab import Lab, Options
from support import impostor
from support.impostor import changed, opened, signed, task

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(Rabbit.missing() is not None, reason=str(Rabbit.missing())),
]
_TOKEN = re.compile(rb"eyJ[\w-]+\.[\w-]+\.[\w-]+")
VICTIM, TAKEN_OVER = "dmz", "plant"


@pytest.fixture
def lab() -> Iterator[Lab]:
    """In clear, so that what goes over the wire can be taken and sent again, as a taken-over broker could."""
    with labs.started(Options(loopback=True, tls=False, heard=True)) as found:
        for zone in found.zones.values():
            zone.start_worker()
        assert all(found.listens(zone) for zone in found.zones)
        done = found.run("apply", "--auto-approve")
        assert done.returncode == 0, done.stdout + done.stderr
        yield found


def heard(lab: Lab, user: str = COORDINATOR) -> list[str]:
    """Every signed message that went over this user's link, in the order of its connections."""
    streams = [bytes(one) for one in lab.links[user].heard]
    return [token.decode() for stream in streams for token in _TOKEN.findall(stream)]


def requests(lab: Lab, **claims: Any) -> list[str]:
    found = [token for token in heard(lab) if "op" in opened(token)[1]]
    return [token for token in found if claims.items() <= opened(token)[1].items()]


def channel(lab: Lab, user: str) -> Any:
    return impostor.channel(lab.broker.plain, user, lab.broker.password(user))


def send(there: Any, exchange: str, key: str) -> None:
    there.basic_publish(task("x"), exchange=exchange, routing_key=key)


# what the broker itself refuses

TRIES: dict[str, Callable[[Any], Any]] = {
    "send it work": lambda there: send(there, f"zone.{VICTIM}", f"zone.{VICTIM}"),
    "send it work by the name of its queue": lambda there: send(there, "", f"zone.{VICTIM}"),
    "answer for it": lambda there: send(there, f"reply.{VICTIM}", "a" * 32),
    "stop its runs": lambda there: send(there, f"stop.{VICTIM}", ""),
    "read its work": lambda there: there.basic_get(f"zone.{VICTIM}"),
    "take its work": lambda there: there.basic_consume(f"zone.{VICTIM}"),
    "drop its work": lambda there: there.queue_purge(f"zone.{VICTIM}"),
    "delete its queue": lambda there: there.queue_delete(f"zone.{VICTIM}"),
    "get a copy of its work": lambda there: there.queue_bind(f"zone.{TAKEN_OVER}", f"zone.{VICTIM}", f"zone.{VICTIM}"),
    "get a copy of its answers": lambda there: there.exchange_bind(f"reply.{TAKEN_OVER}", f"reply.{VICTIM}"),
    "make a queue": lambda there: there.queue_declare("mine"),
    "control its workers": lambda there: there.exchange_declare("celery.pidbox", "fanout"),
}


def test_the_broker_refuses_what_is_not_the_senders() -> None:
    """Each user of it has least rights; no worker is needed to see that."""
    with Rabbit((VICTIM, TAKEN_OVER)) as broker:
        for user in (COORDINATOR, VICTIM, "guest"):
            with pytest.raises(amqp.AccessRefused), impostor.channel(broker.plain, user, "guest"):
                pass
        assert [name for name, attempt in TRIES.items() if not refused(broker, attempt)] == []


def refused(broker: Rabbit, attempt: Callable[[Any], Any]) -> bool:
    """By the broker's own word, on a channel of its own: a refusal closes it."""
    with contextlib.suppress(amqp.AccessRefused):
        with impostor.channel(broker.plain, TAKEN_OVER, broker.password(TAKEN_OVER)) as there:
            attempt(there)
        return False
    return True


# what the worker refuses: sent as whoever has the coordinator's login at the broker


def forgeries(lab: Lab) -> dict[str, Any]:
    """By what is wrong with each; made from a write that was carried out a moment ago."""
    old = requests(lab, op="write", aud=VICTIM)[-1]
    header, claims = opened(old)
    new = {**claims, "jti": uuid.uuid4().hex, "seq": claims["seq"] + 1, "iat": int(time.time())}
    new["exp"] = new["iat"] + 20
    theirs, plan = lab.signers.zones[TAKEN_OVER].private, lab.signers.plan.private
    apply, public = lab.signers.apply.private, lab.signers.apply.public
    return {
        "garbage": "garbage",
        "nothing": "",
        "no text": {"a": ["b"]},
        "unsigned": impostor.unsigned(old),
        "signed with the public key": impostor.by_public_key(old, public),
        "by another zone": signed(new, theirs),
        "by another zone, in the name of ours": signed(new, theirs, kid=header["kid"]),
        "a write by plan's key": signed(new, plan),
        "a write as a read, by plan's key": signed({**new, "role": "read"}, plan),
        "a proof by plan's key": signed({**new, "op": "prove", "role": "read"}, plan),
        "another deadline": changed(old, exp=new["exp"]),
        "another run": changed(old, jti=new["jti"], seq=new["seq"]),
        "for another zone": requests(lab, op="write", aud=TAKEN_OVER)[-1],
        "for another zone, well signed": signed({**new, "aud": TAKEN_OVER}, apply),
        "too late": signed({**new, "iat": new["iat"] - 100, "exp": new["iat"] - 60}, apply),
        "from tomorrow": signed({**new, "iat": new["iat"] + 86400, "exp": new["iat"] + 86460}, apply),
        "for ever": signed({**new, "exp": new["iat"] + 10**7}, apply),
        "an answer": signed(new, apply, typ="reconciler-answer+jwt"),
        "no type": signed(new, apply, typ="JWT"),
        "an operation that is none": signed({**new, "op": "run"}, apply),
        "a claim that is none": signed({**new, "shell": "true"}, apply),
        **{f"without {name}": signed({each: new[each] for each in new if each != name}, apply) for name in new},
        **{f"{name} of another type": signed({**new, name: 0.5}, apply) for name in new},
        **{f"{name} is null": signed({**new, name: None}, apply) for name in new},
        "a body of another kind": signed({**new, "body": [{"kind": "none"}]}, apply),
        "the old write": old,
        "the old write in a new order": signed({**new, "seq": claims["seq"]}, apply),
    }


def test_nothing_forged_is_run_or_believed(lab: Lab) -> None:
    """One test, for a lab takes its time."""
    no_request_is_run(lab)
    no_answer_is_believed(lab)


def no_request_is_run(lab: Lab) -> None:
    zone = lab.zones[VICTIM]
    before = zone.ask("contacted")
    sent = forgeries(lab)
    with channel(lab, COORDINATOR) as there:
        for number, argument in enumerate(sent.values()):
            queue = f"zone.{VICTIM}" if number % 2 else f"zone.{VICTIM}.prove"
            there.basic_publish(task(argument), exchange=f"zone.{VICTIM}", routing_key=queue)
        for message in odd_messages(requests(lab, op="write", aud=VICTIM)[-1]):
            there.basic_publish(message, exchange=f"zone.{VICTIM}", routing_key=f"zone.{VICTIM}")
    taken(lab)
    assert zone.ask("contacted") == before
    assert zone.alive(), zone.log(0).read_text("utf-8")
    done = lab.run("plan", "--detailed-exitcode")  # and it still works
    assert done.returncode == 0, done.stdout + done.stderr
    assert zone.ask("contacted") != before


def odd_messages(token: str) -> list[Any]:
    """What a worker of Celery might take beside the one task."""
    return [
        task(token, name="celery.backend_cleanup"),
        task(token, name="os.system"),
        task(token, content_type="application/x-python-serialize"),
        task(token, content_type="application/x-yaml"),
        task(token, content_type="text/plain"),
        task(token, more="x"),
        amqp.Message("{", content_type="application/json", content_encoding="utf-8"),
        amqp.Message(b"\xff\xfe", content_type="application/json", content_encoding="utf-8"),
    ]


def taken(lab: Lab) -> None:
    """Until the queues of the zone are empty, and its worker is done with what it took."""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        queues = lab.broker.queues()
        if not any(queues[name]["messages"] for name in (f"zone.{VICTIM}", f"zone.{VICTIM}.prove")):
            return
    raise AssertionError(f"{queues}\n{lab.zones[VICTIM].log(0).read_text('utf-8')}")


def no_answer_is_believed(lab: Lab) -> None:
    """Each is ignored, and the true one waited for."""
    zone, told = lab.zones[VICTIM], len(requests(lab, aud=VICTIM))
    [worker] = zone.alive()
    worker.send_signal(19)  # SIGSTOP: its answer comes last
    plan = lab.start("plan", "--detailed-exitcode")
    try:
        until = time.monotonic() + 30
        while len(found := requests(lab, aud=VICTIM)) == told and time.monotonic() < until:
            time.sleep(0.05)
        claims = opened(found[-1])[1]
        with channel(lab, VICTIM) as there:
            for token in false_answers(lab, claims):
                message = task(token)
                message.properties["correlation_id"] = claims["jti"]
                message.body = token
                there.basic_publish(message, exchange=f"reply.{VICTIM}", routing_key=claims["reply"])
    finally:
        worker.send_signal(18)  # SIGCONT
    out, err = plan.communicate(timeout=60)
    assert plan.returncode == 0, out + err  # what the console has, and not what was said of it


def false_answers(lab: Lab, asked: dict[str, Any]) -> list[str]:
    now = int(time.time())
    refusal = {
        **{name: asked[name] for name in ("run", "seq", "protocol", "version")},
        "iss": VICTIM,
        "aud": COORDINATOR,
        "jti": uuid.uuid4().hex,
        "iat": now,
        "exp": now + 60,
        "of": asked["jti"],
        "status": "done",
        "body": [],
        "why": None,
    }
    ours, theirs = lab.signers.zones[VICTIM].private, lab.signers.zones[TAKEN_OVER].private
    typ = "reconciler-answer+jwt"
    return [
        "garbage",
        impostor.unsigned(signed(refusal, ours, typ)),
        signed(refusal, theirs, typ),
        signed({**refusal, "iss": TAKEN_OVER}, theirs, typ),
        signed({**refusal, "of": uuid.uuid4().hex}, ours, typ),
        changed(signed({**refusal, "seq": asked["seq"] + 1}, ours, typ), seq=asked["seq"]),
        signed({**refusal, "iat": now - 1000, "exp": now - 900}, ours, typ),
        signed({**refusal, "jti": "x"}, ours, typ),
    ]

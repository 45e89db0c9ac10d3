"""From MAIL to QUIT: who gets the mail, and what the application is told of it."""

from __future__ import annotations

from math import inf
from typing import NoReturn

from reconciler.model.answers.prediction import Reported
from reconciler.smtp.predict.connect import refused_name
from reconciler.smtp.predict.facts import CLOSED, SILENT, Answer
from reconciler.smtp.predict.walk import Walk

_TAKEN, _GO_ON = Answer(250), Answer(354)
_SPARED = frozenset({450, 452, 550, 551, 552, 553})  # .NET sends to the others after these


def mail(walk: Walk) -> None:
    walk.step()
    walk.begin()
    _sender(walk)
    _recipients(walk)
    _message(walk)
    _farewell(walk)


def _sender(walk: Walk) -> None:
    facts = walk.facts
    answer = facts.mail
    if not walk.encrypted and facts.clear is not None:
        answer = facts.clear
    elif walk.login is None:
        if walk.wants_login and facts.open is None:
            walk.unseen.append("mail without a login")
        answer = facts.open or answer
    answer = walk.heard(answer, "to MAIL", together="timeout.mail")
    if not answer.taken:
        why = f"; {walk.reason}" if walk.reason else ""
        walk.fails("mail", f"the relay refuses the mail ({answer.code}){why}", answer)


def _recipients(walk: Walk) -> None:
    if (refused := refused_name(walk, "RCPT")) is not None:
        walk.fails("name", f"the relay refuses the name that {walk.title} gives in EHLO ({refused.code})", refused)
    answer = walk.heard(walk.facts.rcpt, "to RCPT", together="timeout.mail")
    if not answer.taken:
        walk.fails("rcpt", f"the recipient is refused ({answer.code})", answer)
    if walk.use.recipients < 2 or (second := walk.facts.second) is None:
        return
    second = walk.heard(second, "to the second RCPT", together="timeout.mail")
    if second.taken:
        return
    how = walk.says("one_recipient")
    if how == "nobody" or (how != "the other" and second.code not in _SPARED):
        walk.fails("one-recipient", f"one recipient is refused ({second.code}), and nobody gets the mail", second)
    walk.cause, walk.reply = "one-recipient", second
    walk.reason = f"one recipient is refused ({second.code}), and the other gets the mail"
    if walk.says("one_recipient_told") == "failed":
        walk.reported = Reported.FAILED


def _message(walk: Walk) -> None:
    start = walk.heard(walk.facts.data or _GO_ON, "to DATA", together="timeout.mail")
    if not start.taken:
        walk.fails("data", f"the message is refused ({start.code})", start)
    answer = walk.facts.dot or _TAKEN
    if not walk.in_time(answer):
        limit = walk.limit("timeout.read", "timeout.mail")
        if answer.code == SILENT or answer.seconds > limit:
            _taken_late(walk, answer, limit)
    if answer.code == CLOSED or not answer.taken:
        walk.fails("data", f"the message is refused ({answer.code})", answer)
    walk.spent += answer.seconds
    walk.taken = True


def _taken_late(walk: Walk, answer: Answer, limit: float) -> NoReturn:
    """The whole message has gone: the relay has it, whatever the application says."""
    walk.taken = True
    if limit == inf:
        walk.gives_up(limit, "to the message")
    waited = f"the answer to the message takes {answer.seconds:.0f} s" if answer.code else "the message is not answered"
    walk.seconds = walk.spent + limit
    walk.fails("late", f"{waited}, and {walk.title} waits {limit:g} s: it calls a mail failed that was taken")


def _farewell(walk: Walk) -> None:
    answer, how = walk.facts.quit, walk.says("quit")
    if answer is None or how in ("ignored", "never asked", None):
        return
    limit = walk.limit("timeout.read")
    silent = answer.code == SILENT or answer.seconds > limit
    if silent and limit == inf:
        walk.gives_up(limit, "to QUIT")
    closed, refused = answer.code == CLOSED, answer.code > CLOSED and not 200 <= answer.code < 300
    wants = str(how)
    if silent or (refused and wants.startswith("must be 2xx")) or (closed and not wants.endswith("or closed")):
        walk.seconds = walk.spent + limit if silent else None
        said = "is not answered" if silent or closed else f"is answered {answer.code}"
        walk.fails("quit", f"QUIT {said}: {walk.title} calls a mail failed that was taken", answer)

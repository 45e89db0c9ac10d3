"""The contract finds what it is for: a platform that breaks one promise fails the case of that promise."""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from types import SimpleNamespace

import pytest
from lab.servers import fake
from lab.subjects import fake as subjects

from reconciler import testing
from reconciler.errors import PlatformError, PlatformUnreachable
from reconciler.model.change import Action, Change, FieldKind
from reconciler.model.checkup import Checkup, Examined
from reconciler.model.finding import Finding, Severity
from reconciler.model.settings import Present, Reading
from reconciler.pipeline import guard
from reconciler.pipeline.plan import left_logins
from reconciler.testing import trial

Break = Callable[[subjects.FakeSubject, pytest.MonkeyPatch], None]
BREAKS: list[tuple[testing.Case, Break, str]] = []


def breaks(*cases: testing.Case, says: str) -> Callable[[Break], Break]:
    def note(broken: Break) -> Break:
        BREAKS.extend((case, broken, says) for case in cases)
        return broken

    return note


def writing(monkeypatch: pytest.MonkeyPatch, instead: Callable[[fake.FakeWriter, Change], Change | None]) -> None:
    """Lets the writer write another change than the one that it was given, or none."""
    honest = fake.FakeWriter.write

    def write(self: fake.FakeWriter, change: Change) -> None:
        if (other := instead(self, change)) is not None:
            honest(self, other)

    monkeypatch.setattr(fake.FakeWriter, "write", write)


def reading(monkeypatch: pytest.MonkeyPatch, instead: Callable[[fake.FakeReader, Reading], Reading]) -> None:
    honest = fake.FakeReader.read
    monkeypatch.setattr(fake.FakeReader, "read", lambda self: instead(self, honest(self)))


def shown(found: Reading, instead: Callable[[Present], Present]) -> Reading:
    return replace(found, resources={place: instead(live) for place, live in found.resources.items()})


@breaks(testing.converges_from_empty, says="written, but host is not set")
def it_keeps_no_host(subject, monkeypatch) -> None:
    subject.there.forgetful = frozenset({"host"})


@breaks(testing.converges_from_empty, testing.converges_from_foreign_state, says="the writer did not write it")
def it_drops_secrets(subject, monkeypatch) -> None:
    writing(monkeypatch, lambda _, change: without(change, lambda field: field.sensitive))


@breaks(testing.converges_from_foreign_state, says="host is old.example.com, not")
def it_keeps_what_people_set(subject, monkeypatch) -> None:
    writing(monkeypatch, lambda _, change: without(change, lambda field: field.before is not None))


@breaks(testing.converges_from_foreign_state, says="has to be plain data: not a setting's value: date")
def it_tells_what_no_worker_elsewhere_could_send(subject, monkeypatch) -> None:
    reading(
        monkeypatch,
        lambda _, found: shown(
            found, lambda live: replace(live, settings={**live.settings, "since": date(2026, 1, 1)})
        ),
    )


@breaks(testing.converges_to_a_second_declaration, says="tags is")
def it_never_clears_a_list(subject, monkeypatch) -> None:
    writing(monkeypatch, lambda _, change: without(change, lambda field: field.after == ()))


@breaks(testing.converges_to_a_second_declaration, says="the writer did not write it")
def it_shows_what_was_wished_and_writes_once(subject, monkeypatch) -> None:
    """The reader repeats what the writer was told, and the platform has the first declaration for good."""
    wished: dict[object, dict[str, object]] = {}

    def write(_: fake.FakeWriter, change: Change) -> Change | None:
        known = wished.setdefault(change.address.resource, {})
        known.update({field.field: field.after for field in change.fields if not field.sensitive})
        return change if change.action is Action.CREATE else None

    def read(_: fake.FakeReader, found: Reading) -> Reading:
        resources = {place: replace(live, settings=wished[place]) for place, live in found.resources.items()}
        return replace(found, resources=resources)

    writing(monkeypatch, write)
    reading(monkeypatch, read)


@breaks(testing.applying_twice_writes_once, says="a marker that only a change moves")
def its_marker_moves_with_every_read(subject, monkeypatch) -> None:
    reading(monkeypatch, lambda self, found: shown(found, lambda live: replace(live, marker=str(time.monotonic_ns()))))


@breaks(testing.unmanaged_settings_survive, says="changed settings that it does not name")
def its_setter_resets_the_rest(subject, monkeypatch) -> None:
    def write(self: fake.FakeWriter, change: Change) -> Change:
        for row in self.there.rows.values():
            if row.key == change.address.resource:
                row.settings.clear()
        return change

    writing(monkeypatch, write)


@breaks(testing.a_plan_writes_nothing, says="a plan sent 1 requests")
def it_writes_while_it_reads(subject, monkeypatch) -> None:
    def read(self: fake.FakeReader, found: Reading) -> Reading:
        subject.count += 1
        return found

    reading(monkeypatch, read)


@breaks(testing.a_plan_writes_nothing, says="a plan changed something")
def its_reading_leaves_a_trace(subject, monkeypatch) -> None:
    def read(self: fake.FakeReader, found: Reading) -> Reading:
        self.there.put("mail_servers[trace]", mark=False)
        return found

    reading(monkeypatch, read)


@breaks(testing.a_plan_writes_nothing, says="return a type without them")
def its_reader_is_a_writer(subject, monkeypatch) -> None:
    monkeypatch.setattr(fake, "PLATFORM", replace(fake.PLATFORM, reader=fake.writer))


@breaks(testing.unreadable_is_not_absent, says="the reader did not say that it cannot read")
def it_takes_unreadable_for_absent(subject, monkeypatch) -> None:
    honest = fake.FakeReader.read

    def read(self: fake.FakeReader) -> Reading:
        try:
            return honest(self)
        except PlatformError:
            return Reading(unit=self.unit)

    monkeypatch.setattr(fake.FakeReader, "read", read)


@breaks(testing.secrets_are_never_echoed, says="the Reading of farm")
def it_reads_passwords_back(subject, monkeypatch) -> None:
    def read(self: fake.FakeReader, found: Reading) -> Reading:
        known = {row.key: row.secrets for row in self.there.rows.values()}
        resources = {p: replace(live, settings={**live.settings, **known[p]}) for p, live in found.resources.items()}
        return replace(found, resources=resources)

    reading(monkeypatch, read)


@breaks(testing.secrets_are_never_echoed, says="the log acme shows FARM")
def it_logs_secrets(subject, monkeypatch) -> None:
    writing(monkeypatch, lambda self, change: logged(opened(self, change), change))


@breaks(testing.secrets_are_never_echoed, says="what is printed shows FARM")
def it_prints_secrets(subject, monkeypatch) -> None:
    def write(self: fake.FakeWriter, change: Change) -> Change:
        sys.stderr.write(opened(self, change))
        return change

    writing(monkeypatch, write)


@breaks(testing.secrets_are_never_echoed, says="the exception of an apply that fails shows OTHER")
def it_raises_secrets_when_it_fails(subject, monkeypatch) -> None:
    def write(self: fake.FakeWriter, change: Change) -> Change:
        try:
            self.there.on_read()
        except PlatformError:
            raise PlatformUnreachable(f"no answer to {opened(self, change)}") from None
        return change

    writing(monkeypatch, write)


@breaks(testing.secrets_are_never_echoed, says="the file .reconciler")
def it_notes_secrets_in_a_marker(subject, monkeypatch) -> None:
    """So they come into the state."""

    def read(self: fake.FakeReader, found: Reading) -> Reading:
        return shown(found, lambda live: replace(live, marker=self.there.opened.get("password")))

    reading(monkeypatch, read)


@breaks(testing.a_rate_limit_is_honoured, says="calls were refused within")
def it_asks_again_at_once(subject, monkeypatch) -> None:
    def call(self: subjects.Network) -> None:
        while self.wait():
            time.sleep(0.001)

    monkeypatch.setattr(subjects.Network, "call", call)


@breaks(
    testing.a_rate_limit_is_honoured,
    testing.latency_and_failing_calls_change_the_time_only,
    says="too many calls|did not converge",
)
def it_never_asks_again(subject, monkeypatch) -> None:
    monkeypatch.setattr(subjects, "ATTEMPTS", 1)
    monkeypatch.setattr(subject.network, "chance", SimpleNamespace(random=lambda: 0.01))


@breaks(testing.latency_and_failing_calls_change_the_time_only, says="left something undeclared behind")
def it_creates_again_when_an_answer_is_lost(subject, monkeypatch) -> None:
    lost = iter(range(100))

    def write(self: fake.FakeWriter, change: Change) -> Change:
        if subject.network.failing and next(lost) == 0:
            self.there.put("mail_servers[twin]", mark=False, host="twin")
        return change

    writing(monkeypatch, write)


@breaks(testing.earlier_settings_are_restored, says="restoring after an update")
def it_only_counts_up(subject, monkeypatch) -> None:
    """A lower priority is taken for one that is right already."""

    def write(self: fake.FakeWriter, change: Change) -> Change:
        return without(change, lambda field: field.field == "priority" and field.before == 10)

    writing(monkeypatch, write)


@breaks(
    testing.what_was_created_is_taken_back,
    testing.what_leaves_the_files_is_archived_or_released,
    says="it is still in use",
)
def it_archives_nothing(subject, monkeypatch) -> None:
    writing(monkeypatch, lambda _, change: None if change.action is Action.ARCHIVE else change)


@breaks(testing.what_was_created_is_taken_back, says="restoring after a first apply")
def it_clears_nothing(subject, monkeypatch) -> None:
    writing(monkeypatch, lambda _, change: without(change, lambda field: field.kind is FieldKind.UNSET))


@breaks(testing.drift_is_named_and_healed, says="the plan names: none")
def it_looks_again_only_after_it_wrote(subject, monkeypatch) -> None:
    seen: dict[int, Reading] = {}
    reading(monkeypatch, lambda self, found: seen.setdefault(len(self.there.written), found))


@breaks(testing.drift_is_named_and_healed, says="the plan names: farm port, mail_servers")
def it_shows_a_setting_everywhere(subject, monkeypatch) -> None:
    def read(self: fake.FakeReader, found: Reading) -> Reading:
        edited = any(row.settings.get("port") == 26 for row in self.there.rows.values())
        return shown(found, lambda live: replace(live, settings={**live.settings, "port": 26}) if edited else live)

    reading(monkeypatch, read)


@breaks(testing.drift_is_named_and_healed, says="after an edit by hand was healed")
def it_heals_more_than_was_asked(subject, monkeypatch) -> None:
    def write(self: fake.FakeWriter, change: Change) -> Change:
        if change.action is Action.UPDATE:
            self.there.row("farm").settings["port"] = 1
        return change

    writing(monkeypatch, write)


@breaks(testing.what_leaves_the_files_is_archived_or_released, says="it is still in use")
def it_marks_nothing_of_its_own(subject, monkeypatch) -> None:
    """Once out of the files its resources are somebody else's, and in use."""

    def read(_: fake.FakeReader, found: Reading) -> Reading:
        return shown(found, lambda live: replace(live, archived=False))

    reading(monkeypatch, read)


@breaks(testing.a_foreign_object_is_adopted_by_name, says="is not the adopted object")
def it_creates_beside_what_it_adopts(subject, monkeypatch) -> None:
    def write(_: fake.FakeWriter, change: Change) -> Change:
        return replace(change, id=None) if change.action is Action.ADOPT else change

    writing(monkeypatch, write)


@breaks(testing.doctor_looks_and_writes_nothing, says="doctor tells nothing of login, write")
def its_doctor_tells_half(subject, monkeypatch) -> None:
    doctoring(monkeypatch, lambda: ("reached", "version"))


@breaks(testing.doctor_looks_and_writes_nothing, says="doctor finds nothing wrong where the platform cannot be read")
def its_doctor_is_always_content(subject, monkeypatch) -> None:
    doctoring(monkeypatch, lambda: ("reached", "login", "write", "version"))


@breaks(testing.a_login_does_not_follow_the_host, says="shows no login with another host, and the password is in the")
def it_says_that_it_clears_a_login(subject, monkeypatch) -> None:
    """`auth: none` is a cleared user name and password there, and its writer keeps the password."""
    without_a_word_for_none(monkeypatch, {"username": None, "password": None})
    writing(monkeypatch, lambda _, change: without(change, lambda one: one.field == "password" and one.after is None))


@breaks(testing.a_login_does_not_follow_the_host, says="goes there, and nobody was asked")
def it_has_no_word_for_no_login(subject, monkeypatch) -> None:
    """And nothing asks for what then stays."""
    without_a_word_for_none(monkeypatch, {})
    monkeypatch.setattr(left_logins, "findings", lambda *_: ())


def without_a_word_for_none(monkeypatch: pytest.MonkeyPatch, instead: dict[str, None]) -> None:
    """A platform that has no key for `auth`, as most have none."""

    def normalised(resource, settings, connection):
        cleared = instead if settings.get("auth") == "none" else {}
        return {**cleared, **{name: value for name, value in settings.items() if name != "auth"}}

    monkeypatch.setattr(fake, "PLATFORM", replace(fake.PLATFORM, normalised=normalised))
    with fake.reloaded():
        pass


@breaks(testing.doctor_looks_and_writes_nothing, says="doctor changed something at the platform")
def its_doctor_tries_a_write(subject, monkeypatch) -> None:
    def told() -> tuple[str, ...]:
        subject.there.row("farm").settings["port"] = 1
        subject.there.on_read()
        return ("reached", "login", "write", "version")

    doctoring(monkeypatch, told)


def doctoring(monkeypatch: pytest.MonkeyPatch, told: Callable[[], tuple[str, ...]]) -> None:
    """Gives the fake a doctor that tells these."""
    honest = guard.platform

    def doctor(unit, connection, secrets, trace) -> Checkup:
        rows = tuple(Examined(what=one, ok=True, said="fine") for one in told())
        return Checkup(unit=unit, kind="fake", examined=rows)

    monkeypatch.setattr(guard, "platform", lambda kind: replace(honest(kind), doctor=doctor))


def without(change: Change, dropped: Callable[[object], bool]) -> Change:
    return replace(change, fields=tuple(field for field in change.fields if not dropped(field)))


def opened(writer: fake.FakeWriter, change: Change) -> str:
    refs = [field.after for field in change.fields if field.sensitive and field.after is not None]
    return " ".join(writer.secrets.open(ref).reveal() for ref in refs)


def logged(text: str, change: Change) -> Change:
    logging.getLogger("acme").debug("sending %s", text)
    return change


@pytest.mark.parametrize(("case", "broken", "says"), BREAKS, ids=lambda one: getattr(one, "__name__", ""))
def test_a_broken_promise_is_found(case, broken, says, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trial, "PATIENCE", 0.2)
    with subjects.subject(tmp_path / "subject") as subject:
        broken(subject, monkeypatch)
        with pytest.raises(AssertionError, match=says):
            case(subject, tmp_path / "contract")


def test_every_promise_is_broken_once() -> None:
    assert {case for case, _, _ in BREAKS} == set(testing.CASES)


RISK = Finding(severity=Severity.RISK, rule="left-ajar", what="x")


@pytest.mark.parametrize("declared", [True, False], ids=["of the files", "of what is there"])
def test_a_risk_without_a_name_is_found(declared: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with subjects.subject(tmp_path / "subject") as subject:
        subject.foreign()
        if declared:
            subject.there.limits = lambda wanted: (RISK,)
        else:
            reading(monkeypatch, lambda _, found: shown(found, lambda live: replace(live, findings=(RISK,))))
        with pytest.raises(AssertionError, match=r"does not know the risk left-ajar: PLATFORM\.risks of fake lacks it"):
            testing.converges_from_foreign_state(subject, tmp_path / "contract")

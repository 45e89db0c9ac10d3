"""Reads an Odoo: mail servers, email domains and parameters, in few calls, however much there is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from reconciler.model.address import Resource
from reconciler.model.finding import Finding, Severity
from reconciler.model.settings import Connection, Live, Present, Reading, Settings, Stranger
from reconciler.platforms.openspp import domains, foreseen, last_server, parameters, records, selection, switch, usages
from reconciler.platforms.openspp import settings as odoo_settings
from reconciler.platforms.openspp.records import Mark, Row, Server
from reconciler.platforms.openspp.rpc import Odoo

MAIL_SERVERS, DOMAINS, PARAMETERS = "mail_servers", "alias_domains", "parameters"
# Odoo would give the password back; it is not asked for
WRITE_ONLY = frozenset({"password"})
# what `odoo-bin neutralize` adds, so that nothing falls back to odoo.conf
_DUMMY = "neutralization - disable emails"


@dataclass(frozen=True, slots=True)
class _Seen:
    """What is known of all mail servers: which are in use for everybody, and what names them."""

    server: Server
    active: frozenset[int]
    named: Mapping[int, tuple[str, ...]]


def _public(rows: Iterable[Row]) -> frozenset[int]:
    return frozenset(row["id"] for row in rows if row["active"] and not row.get("owner_user_id"))


class OdooReader:
    def __init__(self, unit: str, connection: Connection, connect: Callable[[], Odoo]) -> None:
        self.unit, self._connect = unit, connect
        self._odoo: Odoo | None = None
        self.may_rearm = connection.get("allow_neutralized") is True
        self._blue_green = switch.is_on(connection)

    @property
    def odoo(self) -> Odoo:
        """Connected when it is asked for. No cached_property: up to Python 3.11 that has one lock for all readers."""
        if self._odoo is None:
            self._odoo = self._connect()
        return self._odoo

    def read(self) -> Reading:
        """Raises PlatformError: an old Odoo, missing rights, no connection."""
        server = records.server(self.odoo)
        rows = records.rows(self.odoo, odoo_settings.asked(server))
        marks, trials = records.all_marks(self.odoo)
        found = domains.rows(self.odoo) if server.has_mail else []
        seen = _Seen(server, _public(rows), usages.named(self.odoo, rows))
        by_id = {row["id"]: row for row in rows}
        ours = {mark.key: by_id[mark.record] for mark in marks.values() if mark.record in by_id}
        marked = {row["id"] for row in ours.values()}
        left = {trial.record: trial for trial in trials.values() if trial.record in by_id.keys() - marked}
        others = [row for row in rows if row["id"] not in marked | left.keys() and not row.get("owner_user_id")]
        resources: dict[Resource, Live] = {
            Resource(collection=MAIL_SERVERS, key=key): self._present(seen, row, key) for key, row in ours.items()
        }
        for key, live in domains.live(found, f"{self.unit}:{DOMAINS}").items():
            resources[Resource(collection=DOMAINS, key=key)] = live
        resources[Resource(collection=PARAMETERS)] = self._parameters(server, marks)
        return Reading(
            unit=self.unit,
            resources=resources,
            strangers=tuple(self._stranger(seen, row) for row in others if not self._is_dummy(server, row)),
            findings=(
                *self._about(server, rows),
                *self._chosen(server, rows, marks, found),
                *(self._leftover(trial) for trial in left.values()),
            ),
        )

    def _present(self, seen: _Seen, row: Row, key: str | None) -> Present:
        address = f"{self.unit}:{MAIL_SERVERS}{'' if key is None else f'[{key}]'}"
        record = row["id"]
        return Present(
            settings=odoo_settings.settings(seen.server, row),
            write_only=WRITE_ONLY,
            marker=row["write_date"] or None,
            id=record,
            mark=key is not None,
            archived=not row["active"],
            beside={
                last_server.OTHERS: len(seen.active - {record}),
                foreseen.NAMED: seen.named.get(record, ()),
                foreseen.DEFAULT: parameters.is_default_of_mailings(seen.server, record),
            },
            findings=tuple(odoo_settings.caveats(seen.server, row, address, allow_neutralized=self.may_rearm)),
        )

    def _stranger(self, seen: _Seen, row: Row) -> Stranger:
        live = self._present(seen, row, None)
        return Stranger(collection=MAIL_SERVERS, name=row["name"] or "", id=row["id"], live=live)

    def _parameters(self, server: Server, marks: Mapping[str, Mark]) -> Present:
        present = parameters.present(self.odoo, server, marks, f"{self.unit}:{PARAMETERS}")
        beside: Settings = {
            foreseen.COMPANIES: tuple(domains.companies(self.odoo)) if server.has_mail else (),
            foreseen.NEUTRALIZED: server.neutralized and not self.may_rearm,
            foreseen.BLUE_GREEN: self._blue_green,
        }
        return replace(present, beside=beside)

    def _is_dummy(self, server: Server, row: Row) -> bool:
        return server.neutralized and not self.may_rearm and row["name"] == _DUMMY

    def _about(self, server: Server, rows: Iterable[Row]) -> Iterator[Finding]:
        if server.neutralized:
            what = "this is a neutralized copy of a database: "
            if self.may_rearm:
                what += "allow_neutralized permits its mail servers to be activated"
            else:
                what += "no mail server is activated"
            why = "an active mail server here would send real mail from a copy"
            yield self._finding("neutralized", what, why)
        elif not any(row["active"] and not row.get("owner_user_id") for row in rows):
            why = "Odoo then sends through smtp_server of odoo.conf, localhost:25 unless set"
            yield self._finding("no-active-server", "no mail server is active", why)
        if server.version.major not in records.SUPPORTED:
            yield self._finding(
                "untested-version",
                f"reconciler was tested with Odoo 17, 18 and 19, and this is {server.told}",
                "it was asked for the fields that it has",
                severity=Severity.NOTE,
            )

    def _chosen(
        self, server: Server, rows: Sequence[Row], marks: Mapping[str, Mark], found: Sequence[Row]
    ) -> Iterator[Finding]:
        if server.neutralized and not self.may_rearm:
            return
        keys = {mark.record: mark.key for mark in marks.values()}
        mailings = server.parameters.get(parameters.MASS_MAILING_ID)
        public = [
            selection.Candidate(
                id=row["id"],
                name=row["name"] or "",
                key=keys.get(row["id"]),
                priority=row["sequence"],
                filters=tuple(entry.lower() for entry in odoo_settings.filters(row)),
                pinned=any(row.get(field) for field in usages.asked(server)) or mailings == str(row["id"]),
            )
            for row in rows
            if row["active"] and not row.get("owner_user_id")
        ]
        for one in selection.surprises(public, domains.default_senders(found)):
            told = self._finding(one.rule, one.what, one.why, one.fix, severity=one.severity)
            yield replace(told, holds=one.holds)
        personal = sum(1 for row in rows if row["active"] and row.get("owner_user_id"))
        if personal and "mail.disable_personal_mail_servers" not in server.parameters:
            what = f"{personal} of its users send through their own mail servers, bypassing those declared here"
            fix = "parameters: {personal_mail_servers: false}"
            yield self._finding("personal-mail-servers", what, "Odoo allows it", fix, severity=Severity.NOTE)

    def _leftover(self, trial: Mark) -> Finding:
        what = (
            f"a switch of {trial.key} was interrupted: its copy (id {trial.record}) is still in Odoo; "
            "the next switch removes it"
        )
        return self._finding("switch-leftover", what, "it is marked as ours", severity=Severity.NOTE)

    def _finding(
        self, rule: str, what: str, why: str, fix: str | None = None, *, severity: Severity = Severity.WARNING
    ) -> Finding:
        return Finding(severity=severity, rule=rule, what=what, why=why, fix=fix, address=self.unit)

    def close(self) -> None:
        if self._odoo is not None:
            self._odoo.close()

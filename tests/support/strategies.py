"""Any value that the stages may meet, for property tests."""

from __future__ import annotations

from hypothesis import strategies as st

from reconciler.model.address import Address, Resource
from reconciler.model.change import Action, Cause, Change, FieldChange, FieldKind
from reconciler.model.finding import Finding, Holds, Severity
from reconciler.model.plan import Git, Plan, Stage
from reconciler.model.secret import SecretRef
from reconciler.model.settings import Origin
from reconciler.model.source import Position

TEXT = st.text(st.characters(codec="utf-8"), max_size=12)
NAME = st.from_regex(r"\A[a-z0-9][a-z0-9._-]{0,8}\Z")
MAYBE = st.none() | TEXT
TIME = st.just("2026-11-20T11:30:00Z")
LINE = st.integers(min_value=1, max_value=10**6)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT
REFS = st.builds(SecretRef, store=NAME, path=TEXT, key=MAYBE, version=st.none() | LINE)
VALUES = SCALARS | REFS | st.lists(SCALARS, max_size=3).map(tuple)
POSITIONS = st.builds(Position, file=TEXT, line=LINE, column=LINE)
ORIGINS = st.builds(Origin, position=POSITIONS, through=TEXT)
KEYS = st.none() | NAME | st.just("https://intranet.example.com/a:b[1]")
RESOURCES = st.builds(Resource, collection=NAME, key=KEYS)
ADDRESSES = st.builds(Address, environment=NAME, target=NAME, resource=RESOURCES)
FINDINGS = st.builds(
    Finding,
    severity=st.sampled_from(Severity),
    rule=st.from_regex(r"\A[a-z][a-z0-9-]{0,10}\Z"),
    what=TEXT,
    why=MAYBE,
    fix=MAYBE,
    where=st.none() | POSITIONS,
    address=MAYBE,
    field=MAYBE,
    holds=st.sampled_from(Holds),
)
FIELDS = st.builds(
    FieldChange,
    field=NAME,
    kind=st.sampled_from(FieldKind),
    before=VALUES,
    after=VALUES,
    cause=st.sampled_from(Cause),
    sensitive=st.booleans(),
    version=MAYBE,
    origin=st.none() | ORIGINS,
    why=MAYBE,
)
CHANGES = st.builds(
    Change,
    address=ADDRESSES,
    kind=TEXT,
    installation=TEXT,
    action=st.sampled_from(Action),
    fields=st.lists(FIELDS, max_size=2).map(tuple),
    unchanged=st.integers(min_value=0, max_value=99),
    risks=st.lists(FINDINGS, max_size=1).map(tuple),
    findings=st.lists(FINDINGS, max_size=1).map(tuple),
    marker=MAYBE,
    id=st.none() | st.integers() | TEXT,
    moved_from=st.none() | ADDRESSES,
    position=st.none() | POSITIONS,
    applied_run=MAYBE,
    applied_at=MAYBE,
)
PLANS = st.builds(
    Plan,
    created_at=TIME,
    tool_version=TEXT,
    config_digest=st.just("sha256:" + "0" * 64),
    stages=st.lists(st.builds(Stage, name=NAME, order=st.integers(), protected=st.booleans()), max_size=2).map(tuple),
    changes=st.lists(CHANGES, max_size=2).map(tuple),
    select=st.lists(TEXT, max_size=2).map(tuple),
    findings=st.lists(FINDINGS, max_size=1).map(tuple),
    complete=st.booleans(),
    applyable=st.booleans(),
    git=st.none() | st.builds(Git, commit=TEXT, dirty=st.booleans()),
)

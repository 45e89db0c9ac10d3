"""State of many installations in few documents: how many requests it takes, and what happens when runs meet."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest
from lab.servers.vault import VaultServer

from reconciler.errors import StateError, VaultUnreachable
from reconciler.model.landscape import StoreSpec
from reconciler.secrets.stores import Secrets
from reconciler.secrets.vault.errors import VaultConflict
from reconciler.secrets.vault.store import VaultStore
from reconciler.state import applied, shard, shards
from reconciler.state.shards import Shards
from reconciler.state.vault import VaultState


@pytest.fixture
def store(secrets: Secrets) -> VaultStore:
    return secrets.vault("default")


@contextmanager
def counted(store: VaultStore, monkeypatch: pytest.MonkeyPatch) -> Iterator[Counter[str]]:
    asked: Counter[str] = Counter()
    once = store.api._client.adapter.request

    def request(method: str, path: str, **more: Any) -> Any:
        asked[method] += 1
        return once(method, path, **more)

    with monkeypatch.context() as patched:
        patched.setattr(store.api._client.adapter, "request", request)
        yield asked


def names(count: int) -> list[str]:
    return [f"https://installation-{number}.example.com prod" for number in range(count)]


def filled(store: VaultStore, path: str, count: int, entry: Any) -> None:
    """As runs of many threads leave it, without the hours that it takes them."""
    found = Shards(store, path)
    with ThreadPoolExecutor(32) as pool:
        list(pool.map(lambda name: found.write(name, applied.document(name, [entry(installation=name)])), names(count)))


@pytest.mark.parametrize("count", [0, 1, 99, 250])
def test_a_plan_reads_the_state_in_few_requests(
    store: VaultStore, path: str, entry, monkeypatch: pytest.MonkeyPatch, count: int
) -> None:
    filled(store, path, count, entry)
    with counted(store, monkeypatch) as asked:
        state = VaultState(store, path)
        assert len(state.installations()) == count
        assert len(state.load(names(count))) == count
    # where there is nothing, the mount is asked for its engine
    assert asked == {"list": 1, "get": max(1, -(-count // shards.MOST))}


def test_2000_installations_take_at_most_3_requests_and_one_for_each_100(
    vault: VaultServer, store: VaultStore, path: str, entry, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A login and its end are two of them."""
    for first in range(0, 2000, shards.MOST):
        records = {
            name: json.dumps(applied.document(name, [entry(installation=name)]))
            for name in names(2000)[first : first + shards.MOST]
        }
        document = {"format_version": 1, "installations": records}
        vault.put(f"{path}/shard-{first // shards.MOST:04}", **document)
    with counted(store, monkeypatch) as asked:
        state = VaultState(store, path)
        assert len(state.load(state.installations())) == 2000
    assert asked == {"list": 1, "get": 16}
    assert 2 + sum(asked.values()) <= 3 + 2000 / 100


@pytest.mark.parametrize("kind", ["kv", "cubbyhole", "nothing"])
def test_a_state_on_another_engine_is_not_empty(
    vault: VaultServer, secrets: Secrets, path: str, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    mount = kind
    if kind == "kv":  # version 1, as it is unless asked
        mount = f"v1-{path.rpartition('/')[2]}"
        vault.api("POST", f"sys/mounts/{mount}", {"type": "kv"})
    spec = StoreSpec(name="default", type="vault", options={"address": vault.address, "mount": mount, "timeout": 2})
    with Secrets({"default": spec}, base=secrets._base) as other:
        state = VaultState(other.vault("default"), path)
        for ask in (state.installations, lambda: state.load(["a"]), lambda: state.save("a", [])):
            with pytest.raises(StateError, match=r"is a KV v1 mount|is a mount of cubbyhole|nothing is mounted"):
                ask()


def test_an_installation_of_many_resources_fits_into_a_request(store: VaultStore, path: str, entry) -> None:
    """OpenBao counts the strings of a request, and refuses more than 1,000."""
    state = VaultState(store, path)
    state.save("a", [entry(f"mail_servers[{number}]", installation="a") for number in range(200)])
    assert len(state.load(["a"])["a"]) == 200


def test_threads_that_write_at_once_share_requests(
    store: VaultStore, path: str, entry, monkeypatch: pytest.MonkeyPatch
) -> None:
    state = VaultState(store, path)
    state.load([])
    with counted(store, monkeypatch) as asked, ThreadPoolExecutor(32) as pool:
        list(pool.map(lambda name: state.save(name, [entry(installation=name)]), names(200)))
    assert len(VaultState(store, path).load(names(200))) == 200
    assert asked["post"] <= 200
    assert store.list(path) == ("shard-0001", "shard-0002")


def test_runs_that_write_different_installations_do_not_disturb_each_other(store: VaultStore, path: str, entry) -> None:
    runs = [VaultState(store, path) for _ in range(6)]
    for run in runs:
        run.load([])

    def write(number: int) -> None:
        for name in names(60)[number * 10 : number * 10 + 10]:
            runs[number].save(name, [entry(installation=name)])

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(write, range(6)))
    assert len(VaultState(store, path).load(names(60))) == 60


def test_a_write_whose_answer_was_lost_is_ours(store: VaultStore, path: str, entry, monkeypatch) -> None:
    state = VaultState(store, path)
    write, lost = store.write_json, [True]

    def answer_lost(*told: Any, **more: Any) -> int:
        version = write(*told, **more)
        if lost.pop() if lost else False:
            raise VaultConflict("the request arrived twice")
        return version

    monkeypatch.setattr(store, "write_json", answer_lost)
    state.save("a", [entry(installation="a")])
    state.save("a", [entry("other", installation="a")])
    assert [str(one.address.resource) for one in state.load(["a"])["a"]] == ["other"]


def test_a_write_that_failed_can_be_tried_again(store: VaultStore, path: str, entry, monkeypatch) -> None:
    state = VaultState(store, path)
    state.save("a", [entry(installation="a")])
    with monkeypatch.context() as patched:
        patched.setattr(store, "write_json", down)
        with pytest.raises(StateError, match="state: down"):
            state.save("a", [])
    state.save("a", [entry("other", installation="a")])
    assert [str(one.address.resource) for one in state.load(["a"])["a"]] == ["other"]


def down(*_: Any, **__: Any) -> int:
    raise VaultUnreachable("down")


def test_a_document_that_always_changes_is_given_up(store: VaultStore, path: str, entry, monkeypatch) -> None:
    state = VaultState(store, path)
    state.load([])
    tried: list[int] = []

    def always(*_: Any, **__: Any) -> int:
        tried.append(1)
        raise VaultConflict("again")

    monkeypatch.setattr(store, "write_json", always)
    monkeypatch.setattr(shard, "PAUSE", 0.001)
    with pytest.raises(StateError, match=f"in {shard.ATTEMPTS} attempts"):
        state.save("a", [entry(installation="a")])
    assert len(tried) == shard.ATTEMPTS


def test_a_record_that_outgrows_its_document_moves(store: VaultStore, path: str, entry, monkeypatch) -> None:
    state = VaultState(store, path)
    for name in ("a", "b"):
        state.save(name, [entry(installation=name)])
    monkeypatch.setattr(shards, "BYTES", 3000)
    state.save("a", [entry(f"mail_servers[{number}]", installation="a") for number in range(9)])
    sizes = {name: set((store.read_json(f"{path}/{name}").data or {})["installations"]) for name in store.list(path)}
    assert sizes == {"shard-0001": {"b"}, "shard-0002": {"a"}}
    assert len(VaultState(store, path).load(["a"])["a"]) == 9


def test_of_two_records_the_later_one_counts(vault: VaultServer, store: VaultStore, path: str, entry) -> None:
    """A run was cut off while a record moved."""
    old = applied.document("a", [entry("old", installation="a")]) | {"serial": 7}
    new = applied.document("a", [entry("new", installation="a")]) | {"serial": 8}
    for number, record in ((1, new), (2, old)):
        vault.put(f"{path}/shard-000{number}", format_version=1, installations={"a": json.dumps(record)})
    state = VaultState(store, path)
    assert [str(one.address.resource) for one in state.load(["a"])["a"]] == ["new"]
    state.save("a", [entry("newer", installation="a")])
    assert [str(one.address.resource) for one in VaultState(store, path).load(["a"])["a"]] == ["newer"]


def test_documents_of_one_installation_each_are_read_until_they_are_written_again(
    vault: VaultServer, store: VaultStore, path: str, entry
) -> None:
    for name in ("a", "b"):
        vault.put(f"{path}/{applied.slug(name)}", **applied.document(name, [entry("old", installation=name)]))
    state = VaultState(store, path)
    assert state.installations() == ("a", "b")
    state.save("a", [entry("new", installation="a")])
    again = VaultState(store, path)
    assert {name: str(one[0].address.resource) for name, one in again.load(["a", "b"]).items()} == {
        "a": "new",
        "b": "old",
    }


def test_an_installation_that_nobody_declares_any_more_leaves_no_record(
    vault: VaultServer, store: VaultStore, path: str, entry
) -> None:
    state = VaultState(store, path)
    for name in ("a", "b"):
        state.save(name, [entry(installation=name)])
    state.save("a", ())
    kept = vault.api("GET", f"secret/data/{path}/shard-0001")["data"]["data"]["installations"]
    assert (list(kept), VaultState(store, path).load(["a"])) == (["b"], {})
    state.save("a", [entry("again", installation="a")])
    assert VaultState(store, path).installations() == ("a", "b")


@pytest.mark.parametrize("moved", [False, True], ids=["never written again", "written again"])
def test_a_document_of_its_own_that_nobody_may_delete_does_not_come_back(
    vault: VaultServer, store: VaultStore, path: str, entry, moved: bool
) -> None:
    vault.put(f"{path}/{applied.slug('a')}", **applied.document("a", [entry("old", installation="a")]))
    if moved:
        VaultState(store, path).save("a", [entry("new", installation="a")])
    VaultState(store, path).save("a", ())
    assert VaultState(store, path).installations() == ()


@pytest.mark.parametrize(
    ("document", "says"),
    [
        ({"format_version": 2, "installations": {}}, "was written by a newer reconciler"),
        ({"format_version": 1}, "is corrupted"),
        ({"format_version": 1, "installations": []}, "is corrupted"),
        ({"format_version": 1, "installations": {"a": None}}, "is corrupted"),
        ({"format_version": 1, "installations": {"a": {}}}, "is corrupted"),
        ({"format_version": 1, "installations": {"a": "{"}}, "is corrupted"),
        ({"format_version": 1, "installations": {"a": "{}"}}, "is corrupted"),
    ],
    ids=json.dumps,
)
def test_a_document_that_is_none_of_ours_is_named(
    vault: VaultServer, store: VaultStore, path: str, document: dict[str, Any], says: str
) -> None:
    vault.put(f"{path}/shard-0001", **document)
    with pytest.raises(StateError, match=says) as caught:
        VaultState(store, path).load(["a"])
    assert path in caught.value.what

"""What a team does to its secrets, and what the message says."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import pytest
from lab.servers.vault import VaultServer

from reconciler.errors import (
    SecretError,
    VaultDenied,
    VaultKeyMissing,
    VaultLogin,
    VaultMountMissing,
    VaultPathMissing,
    VaultVersionMissing,
)
from reconciler.secrets.vault.errors import VaultConflict

QUESTIONS = pytest.mark.parametrize("question", ["version", "open"])


def ask(secrets, question: str, ref) -> object:
    return secrets.version(ref) if question == "version" else secrets.opener(None).open(ref)


@QUESTIONS
def test_missing_path_offers_the_nearest(vault: VaultServer, connect, ref, refused, area, question, canary) -> None:
    vault.put(f"{area}/submission", password=canary)
    with refused(VaultPathMissing) as caught:
        ask(connect(), question, ref(path=f"{area}/submision"))
    assert f"/{area}/submision does not exist" in caught.value.what
    assert caught.value.fix == f"did you mean {area}/submission?"


@QUESTIONS
@pytest.mark.parametrize("prefix", ["data/", "secret/data/", "secret/"])
def test_path_with_mount_or_data_is_explained(connect, ref, refused, question: str, prefix: str) -> None:
    """What the `vault` command prints as path begins with the mount and data/."""
    with refused(VaultPathMissing) as caught:
        ask(connect(), question, ref(path=f"{prefix}mail/relay"))
    why = "paths are relative to the mount, without data/"
    assert (caught.value.why, caught.value.fix) == (why, "write mail/relay")


@QUESTIONS
def test_missing_mount_is_named(connect, ref, refused, question: str) -> None:
    with refused(VaultMountMissing) as caught:
        ask(connect(mount="sceret"), question, ref())
    assert "nothing is mounted at sceret/" in caught.value.what


@QUESTIONS
def test_denied_names_path_and_capability(vault: VaultServer, connect, ref, refused, question: str) -> None:
    form = "metadata" if question == "version" else "data"
    with refused(VaultDenied) as caught:
        ask(connect(token=vault.token("default")), question, ref())
    assert f"needs read on secret/{form}/{ref().path}" in (caught.value.why or "")


@QUESTIONS
@pytest.mark.parametrize("life", ["unknown", "revoked", "expired"])
def test_dead_token_is_not_a_denied_path(vault: VaultServer, connect, ref, refused, question: str, life: str) -> None:
    token = "s.unknown" if life == "unknown" else vault.token("root", ttl="1s" if life == "expired" else "1h")
    if life == "revoked":
        vault.api("POST", "auth/token/revoke", {"token": token})
    if life == "expired":
        time.sleep(1.1)
    with refused(VaultLogin) as caught:
        ask(connect(token=token), question, ref())
    assert "does not accept the token" in caught.value.what


@QUESTIONS
@pytest.mark.parametrize("end", ["delete", "destroy"])
@pytest.mark.parametrize("pinned", [1, None], ids=["pinned", "latest"])
def test_version_that_is_gone_says_how(vault, connect, ref, refused, question, end, pinned) -> None:
    vault.put(ref().path, password="c4nary-V@lue+never/shown")
    vault.api("PUT", f"secret/{end}/{ref().path}", {"versions": [1]})
    with refused(VaultVersionMissing) as caught:
        ask(connect(), question, ref(version=pinned))
    assert caught.value.what.startswith(f"{ref().path}: version 1 was {end}")


@QUESTIONS
def test_version_that_never_was_there(vault, connect, ref, refused, question: str, canary: str) -> None:
    vault.put(ref().path, password=canary)
    with refused(VaultVersionMissing) as caught:
        ask(connect(), question, ref(version=99))
    assert caught.value.what == f"{ref().path}: version 99 never existed"
    assert caught.value.fix == "version: 1"


@QUESTIONS
def test_version_that_is_no_longer_kept(vault: VaultServer, connect, ref, refused, question: str, canary: str) -> None:
    vault.api("POST", f"secret/metadata/{ref().path}", {"max_versions": 2})
    for _ in range(4):
        vault.put(ref().path, password=canary)
    with refused(VaultVersionMissing) as caught:
        ask(connect(), question, ref(version=1))
    assert "version 1 is no longer kept" in caught.value.what


def test_secret_with_metadata_alone_has_no_version(vault: VaultServer, connect, ref, refused) -> None:
    vault.api("POST", f"secret/metadata/{ref().path}", {"max_versions": 2})
    with refused(VaultVersionMissing) as caught:
        connect().version(ref())
    assert "has no version" in caught.value.what


def test_missing_version_is_honest_when_metadata_is_denied(vault: VaultServer, connect, ref, refused) -> None:
    vault.policy("data-only", 'path "secret/data/*" { capabilities = ["read"] }')
    vault.put(ref().path, password="x")
    with refused(VaultVersionMissing) as caught:
        connect(token=vault.token("data-only")).opener(None).open(ref(version=9))
    assert "version 9, or the whole path, does not exist" in caught.value.what


def test_version_that_will_be_deleted_later_is_there(vault: VaultServer, connect, ref, canary: str) -> None:
    vault.api("POST", f"secret/metadata/{ref().path}", {"delete_version_after": "1h"})
    vault.put(ref().path, password=canary)
    secrets = connect()
    assert secrets.version(ref()).number == 1
    assert secrets.opener(None).open(ref()).reveal() == canary


@pytest.mark.parametrize("minutes", [-31, 31])
@QUESTIONS
def test_the_clock_of_vault_decides_what_was_deleted(
    vault, connect, ref, refused, monkeypatch, question, minutes
) -> None:
    there, gone = ref(path=f"{ref().path}/there"), ref(path=f"{ref().path}/gone")
    for one, life in ((there, "25m"), (gone, "1s")):
        vault.api("POST", f"secret/metadata/{one.path}", {"delete_version_after": life})
        vault.put(one.path, password="x")
    time.sleep(1.2)
    off = datetime.now(tz=UTC) + timedelta(minutes=minutes)
    monkeypatch.setattr("reconciler.secrets.vault.store._now", lambda: off)
    secrets = connect()
    assert ask(secrets, question, there)
    if (question, minutes) == ("version", -31):
        assert ask(secrets, question, gone)  # it will turn out when it is opened
        return
    with refused(VaultVersionMissing) as caught:
        ask(secrets, question, gone)
    assert "version 1 was deleted" in caught.value.what


def test_created_time_tells_a_secret_that_was_made_anew(vault: VaultServer, connect, ref) -> None:
    seen = []
    for _ in range(2):
        for _ in range(3):
            vault.put(ref().path, password="x")
        seen.append(connect().version(ref()))
        vault.api("DELETE", f"secret/metadata/{ref().path}")
    assert [version.number for version in seen] == [3, 3]
    assert seen[0].created_time != seen[1].created_time


def test_version_is_silent_when_subkeys_are_denied(vault: VaultServer, connect, ref) -> None:
    vault.policy("metadata-only", 'path "secret/metadata/*" { capabilities = ["read"] }')
    vault.put(ref().path, password="x")
    secrets = connect(token=vault.token("metadata-only"))
    assert secrets.version(ref("no-such-key")).number == 1
    assert secrets.vault("default").keys(ref().path) is None


@pytest.mark.parametrize("path", ["../../sys/mounts", "mail/../../metadata/x", "mail//x", "./x", ""])
def test_path_cannot_leave_the_mount(connect, ref, refused, path: str) -> None:
    with refused(SecretError) as caught:
        connect().vault("default").version(path)
    assert "is not a path in Vault" in caught.value.what


@pytest.mark.parametrize("name", ["ümlaut", "a b", "100%", "what?", "a#b", "c+d", "semi;colon"])
def test_path_may_hold_any_other_character(connect, area: str, name: str) -> None:
    store = connect().vault("default")
    store.write_json(f"{area}/{name}", {"found": name}, cas=0)
    assert store.read_json(f"{area}/{name}").data == {"found": name}
    assert store.list(area) == (name,)


def test_kv1_has_values_and_no_versions(vault: VaultServer, connect, ref, refused, canary: str) -> None:
    vault.api("POST", "sys/mounts/old", {"type": "kv", "options": {"version": "1"}})
    vault.api("POST", f"old/{ref().path}", {"password": canary})
    secrets = connect(mount="old", kv=1)
    assert secrets.opener(None).open(ref()).reveal() == canary
    assert secrets.opener(None).open(ref(version=7)).reveal() == canary
    assert (secrets.version(ref()).number, secrets.version(ref(version=7)).number) == (None, 7)
    with refused(VaultKeyMissing):
        secrets.opener(None).open(ref("user"))
    with refused(VaultPathMissing):
        secrets.opener(None).open(ref(path="nowhere"))


def test_kv1_declared_for_a_kv2_mount_is_explained(connect, ref, refused) -> None:
    with refused(VaultPathMissing) as caught:
        connect(kv=1).opener(None).open(ref())
    assert caught.value.fix == "set secret_stores.default.kv: 2"


def test_namespace_is_sent(vault: VaultServer, connect, ref, refused, canary: str) -> None:
    vault.api("PUT", "sys/namespaces/team-a", {})
    vault.api("POST", "sys/mounts/secret", {"type": "kv", "options": {"version": "2"}}, Namespace="team-a")
    vault.api("POST", f"secret/data/{ref().path}", {"data": {"password": canary}}, Namespace="team-a")
    assert connect(namespace="team-a").opener(None).open(ref()).reveal() == canary
    with refused(VaultPathMissing):
        connect().opener(None).open(ref())


def test_documents_are_written_with_check_and_set(connect, area: str) -> None:
    store = connect().vault("default")
    path = f"{area}/document"
    assert store.read_json(path).version == 0
    assert store.write_json(path, {"a": 1}, cas=0) == 1
    with pytest.raises(VaultConflict, match="another run wrote"):
        store.write_json(path, {"a": 2}, cas=0)
    assert store.read_json(path).data == {"a": 1}


def test_deleted_document_keeps_counting(vault: VaultServer, connect, area: str) -> None:
    store = connect().vault("default")
    path = f"{area}/document"
    store.write_json(path, {"a": 1}, cas=0)
    vault.api("DELETE", f"secret/data/{path}")
    assert (store.read_json(path).data, store.read_json(path).version) == (None, 1)
    assert store.write_json(path, {"a": 2}, cas=1) == 2
    vault.api("DELETE", f"secret/metadata/{path}")
    assert store.read_json(path).version == 0
    assert store.list(area) == ()


@pytest.fixture
def first_version(vault: VaultServer, area: str) -> str:
    """A mount of KV v1, as `vault secrets enable kv` makes it."""
    vault.api("POST", f"sys/mounts/{area}", {"type": "kv"})
    return area


@QUESTIONS
def test_a_mount_of_the_first_version_is_named_before_anybody_is_told_to_write(
    connect, ref, refused, question: str, first_version: str
) -> None:
    with refused(SecretError) as caught:
        ask(connect(mount=first_version), question, ref())
    assert caught.value.what == f"{first_version}/ is a KV v1 mount, and secret_stores.default says kv: 2"
    assert "kv put" not in (caught.value.fix or "")


def test_no_document_is_written_into_a_mount_of_the_first_version(
    vault: VaultServer, connect, refused, first_version: str
) -> None:
    store = connect(mount=first_version).vault("default")
    with refused(SecretError):
        store.read_json("state/a")
    with refused(SecretError):  # by a writer that did not look before
        store.write_json("state/a", {"lock": 1}, cas=0)


def test_a_mount_of_another_engine_is_named(vault: VaultServer, connect, ref, refused) -> None:
    with refused(VaultMountMissing) as caught:
        connect(mount="cubbyhole").vault("default").read_json("state/a")
    assert caught.value.what == "cubbyhole/ is a mount of cubbyhole"


@QUESTIONS
def test_a_namespace_that_is_not_there_is_named(connect, ref, refused, question: str) -> None:
    with refused(VaultMountMissing) as caught:
        ask(connect(namespace="mial"), question, ref())
    assert "has no such namespace" in caught.value.what


def test_the_engine_is_asked_for_once(connect, monkeypatch) -> None:
    store = connect().vault("default")
    asked: list[str] = []
    ask_vault = store.api.ask
    monkeypatch.setattr(store.api, "ask", lambda *told, **more: asked.append(told[1]) or ask_vault(*told, **more))
    for name in "abc":
        assert store.read_json(f"nowhere/{name}").version == 0
    assert [path for path in asked if path.startswith("sys/")] == ["sys/internal/ui/mounts/secret"]

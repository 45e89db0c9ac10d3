import pytest
from support.values import MAIN, REF, applied, desired, present, reading, v

from reconciler.model.change import Action, Cause, FieldKind
from reconciler.model.finding import Finding, Severity
from reconciler.model.secret import SecretVersion
from reconciler.model.settings import Absent, Adopt, Present, Stranger, Unreadable
from reconciler.pipeline.plan import compare

MAIN_KEY = "mail_servers[main]"


def one(wanted, readings, last=None, versions=None):
    (change,) = compare.changes([wanted], readings, last or {}, versions or {})
    return change


def test_equal_settings_are_no_change():
    change = one(desired(host="a", port=587), reading({MAIN_KEY: present({"host": "a", "port": 587})}))
    assert (change.action, change.unchanged) == (Action.NONE, 2)


def test_a_different_setting_is_an_update_with_before_and_after():
    change = one(desired(host="a", port=587), reading({MAIN_KEY: present({"host": "a", "port": 25})}))
    assert change.action is Action.UPDATE
    assert [(f.field, f.kind, f.before, f.after) for f in change.fields] == [("port", FieldKind.SET, 25, 587)]


def test_an_unmanaged_setting_is_left_alone():
    change = one(desired(host="a"), reading({MAIN_KEY: present({"host": "a", "smtp_debug": True})}))
    assert change.action is Action.NONE


def test_null_clears_what_is_set():
    change = one(desired(username=None), reading({MAIN_KEY: present({"username": "u"})}))
    assert change.fields[0].kind is FieldKind.UNSET


def test_true_is_not_one():
    assert one(desired(active=True), reading({MAIN_KEY: present({"active": 1})})).action is Action.UPDATE


def test_absent_is_created_with_all_its_settings():
    change = one(desired(host="a", username=None), reading({}))
    assert change.action is Action.CREATE
    assert [field.field for field in change.fields] == ["host"]


def test_unreadable_is_not_absent():
    lost = Finding(severity=Severity.ERROR, rule="platform-denied", what="403")
    change = one(desired(host="a"), reading({MAIN_KEY: Unreadable(finding=lost)}))
    assert (change.action, change.findings) == (Action.BLOCKED, (lost,))


def stranger(name: str, number: int) -> Stranger:
    live = present({"host": "a"}, mark=False, id=number)
    return Stranger(collection="mail_servers", name=name, id=number, live=live)


def test_one_unmarked_match_by_name_is_adopted():
    change = one(desired(host="b"), reading({}, stranger("main", 7), stranger("other", 8)))
    assert (change.action, change.id, change.fields[0].before) == (Action.ADOPT, 7, "a")


def test_several_unmarked_matches_are_blocked():
    change = one(desired(host="b"), reading({}, stranger("main", 7), stranger("main", 8)))
    assert change.action is Action.BLOCKED
    assert change.findings[0].fix == "adopt: {id: 7}"


def test_adopt_by_id_takes_that_one():
    change = one(desired(adopt=Adopt(id=8), host="b"), reading({}, stranger("main", 7), stranger("main", 8)))
    assert (change.action, change.id) == (Action.ADOPT, 8)


def test_adopt_of_something_that_is_not_there_never_creates():
    change = one(desired(adopt=Adopt(name="old"), host="b"), reading({}, stranger("main", 7)))
    assert change.action is Action.BLOCKED


def test_adopt_is_done_once():
    change = one(desired(adopt=Adopt(name="old"), host="a"), reading({MAIN_KEY: present({"host": "a"})}))
    assert change.action is Action.NONE


def test_moved_from_takes_the_old_object_along():
    wanted = desired("prod/crm:mail_servers[new]", moved_from="mail_servers[main]", host="a")
    changes = compare.changes([wanted], reading({MAIN_KEY: present({"host": "a"}, id=7)}), {}, {})
    assert [(c.action, c.id, str(c.moved_from)) for c in changes] == [(Action.UPDATE, 7, MAIN)]


def test_a_marked_resource_that_left_the_files_is_archived():
    changes = compare.changes([], reading({MAIN_KEY: present({"host": "a"}, id=7)}), {}, {})
    assert [(c.action, c.id) for c in changes] == [(Action.ARCHIVE, 7)]


def test_an_archived_resource_that_left_the_files_stays_quiet():
    assert compare.changes([], reading({MAIN_KEY: present({"host": "a"}, archived=True)}), {}, {}) == ()


def test_an_unmarked_resource_that_left_the_files_is_released():
    changes = compare.changes([], reading({MAIN_KEY: present({"host": "a"}, mark=False)}), applied({"host": "a"}), {})
    assert [c.action for c in changes] == [Action.RELEASED]


def test_nothing_is_released_while_its_platform_is_unreadable():
    lost = Finding(severity=Severity.ERROR, rule="platform-denied", what="403")
    readings = reading({})
    from dataclasses import replace

    readings = {"prod/crm": replace(readings["prod/crm"], unreadable=lost)}
    assert compare.changes([], readings, applied({"host": "a"}), {}) == ()


def test_what_another_target_declares_for_the_installation_has_not_left():
    elsewhere = desired("test/crm:mail_servers[main]", host="a")
    changes = compare.changes([elsewhere], reading({MAIN_KEY: present({"host": "a"})}), {}, {})
    assert changes == ()


# --- who moved


def cause(declared: int, live: int, last: int | None) -> Cause:
    known = applied({"port": last}) if last else {}
    return one(desired(port=declared), reading({MAIN_KEY: present({"port": live})}), known).fields[0].cause


def test_git_is_ahead_when_the_platform_has_what_was_applied():
    assert cause(declared=587, live=25, last=25) is Cause.GIT


def test_the_platform_was_changed_when_git_has_what_was_applied():
    assert cause(declared=587, live=25, last=587) is Cause.PLATFORM


def test_both_moved_when_neither_has_what_was_applied():
    assert cause(declared=587, live=25, last=465) is Cause.BOTH


def test_nobody_knows_when_nothing_was_applied():
    assert cause(declared=587, live=25, last=None) is Cause.UNKNOWN


# --- secrets


def secret(live: Present | Absent, last=None, version: SecretVersion | Finding = v(1), **settings):  # noqa: B008
    live_by_key = {MAIN_KEY: live} if isinstance(live, Present) else {}
    return one(desired(password=REF, **settings), reading(live_by_key), last, {REF: version})


def test_a_secret_as_applied_is_in_sync():
    assert secret(present({}), applied({}, secret=REF)).action is Action.NONE


def test_a_rotated_secret_shows_versions_and_no_value():
    field = secret(present({}), applied({}, secret=REF), v(2, "2026-11-20T08:44:00Z")).fields[0]
    assert (field.kind, field.before, field.version, field.after) == (FieldKind.ROTATE, "v1", "v2", REF)
    assert field.why == "rotated in Vault 2026-11-20 08:44 UTC"


def test_a_secret_deleted_and_made_again_with_the_same_number_is_rotated():
    field = secret(present({}), applied({}, secret=REF), v(1, "2026-11-19T00:00:00Z")).fields[0]
    assert field.why == "deleted and recreated in Vault"


def test_a_moved_mark_means_the_platform_may_have_another_password():
    field = secret(present({}, marker="m2"), applied({}, secret=REF)).fields[0]
    assert (field.cause, field.why) == (Cause.PLATFORM, "changed on the platform since run 8123")


def test_a_secret_that_is_visibly_not_set_is_written_again():
    field = secret(Present(settings={"password": None}, marker="m1"), applied({}, secret=REF)).fields[0]
    assert (field.kind, field.why) == (FieldKind.ROTATE, "not set on the platform")


def test_a_secret_never_applied_is_unknown_and_not_counted_as_drift():
    change = secret(present({}))
    assert change.fields[0].kind is FieldKind.UNKNOWN
    assert (change.action, change.differs) == (Action.UPDATE, False)


def test_a_secret_without_versions_says_so():
    change = secret(present({}), applied({}, secret=REF, version=v(None, None)), v(None, None))
    assert (change.action, change.findings[0].rule) == (Action.NONE, "rotation-undetectable")


def test_a_version_that_cannot_be_told_blocks_the_resource():
    lost = Finding(severity=Severity.ERROR, rule="vault-denied", what="denied")
    change = secret(present({"host": "a"}), version=lost, host="b")
    assert change.action is Action.BLOCKED
    assert change.findings[0].field == "password"


def test_a_cleared_secret_stays_cleared():
    live = reading({MAIN_KEY: present({})})
    assert one(desired(password=None), live, applied({"password": None})).action is Action.NONE
    assert one(desired(password=None), live).fields[0].kind is FieldKind.UNKNOWN


# --- risks


def test_an_unchanged_credential_to_a_changed_host_is_a_risk():
    change = secret(present({"host": "old"}), applied({"host": "old"}, secret=REF), host="evil.example.net")
    assert [risk.rule for risk in change.risks] == ["secret-to-new-host"]


def test_putting_back_the_host_that_was_applied_is_no_risk():
    change = secret(present({"host": "evil"}), applied({"host": "good"}, secret=REF), host="good")
    assert change.risks == ()


def test_an_installation_that_was_applied_as_another_environment_is_a_risk():
    was = applied({"host": "a"}, "test/crm:mail_servers[main]")
    change = one(desired(host="b"), reading({MAIN_KEY: present({"host": "a", "username": None})}), was)
    assert [risk.rule for risk in change.risks] == ["environment-changed"]
    assert change.risks[0].what == "crm was applied as test, and is declared in prod now"


@pytest.mark.parametrize("was", [{}, applied({"host": "a"})], ids=["never applied", "of this environment"])
def test_an_installation_that_stayed_in_its_environment_is_none(was):
    assert one(desired(host="b"), reading({MAIN_KEY: present({"host": "a", "username": None})}), was).risks == ()

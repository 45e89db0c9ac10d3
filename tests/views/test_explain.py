from dataclasses import replace

from support.values import REF, desired, place

from reconciler.model.landscape import DeclaredRelay
from reconciler.model.settings import Origin
from reconciler.smtp.catalogue.checks import CATALOGUE
from reconciler.views import explain as view
from reconciler.views.paper import Paper


def test_every_setting_with_its_place_and_what_nobody_manages():
    one = desired(port=587, host="smtp.example.com")
    assert view.text([one], {one.address: ["smtp_debug"]}, Paper()) == (
        "prod/crm:mail_servers[main]\n"
        "  host   smtp.example.com   here   environments/prod/crm.yaml:3:1\n"
        "  port   587                here   environments/prod/crm.yaml:2:1\n"
        "  not managed: smtp_debug\n"
    )


def test_what_only_the_handshake_uses_stands_apart():
    one = replace(desired(host="smtp.example.com"), handshake={"host": "smtp.example.com", "ehlo_name": "ci"})
    assert view.text([one], {}, Paper()).splitlines()[1:] == [
        "  host        smtp.example.com   here      environments/prod/crm.yaml:2:1",
        "  for the handshake only:",
        "  ehlo_name   ci                 default   environments/prod/crm.yaml:1:1",
    ]


def test_a_path_is_shown_from_where_the_files_begin():
    one = desired(ca_file="/srv/mail/certs/ca.pem")
    assert "  ca_file   certs/ca.pem   " in view.text([one], {}, Paper(), base="/srv/mail")
    assert "  ca_file   /srv/mail/certs/ca.pem   " in view.text([one], {}, Paper(), base="/srv/ma")


def relay(**settings):
    said = {field.replace("__", "."): value for field, value in settings.items()}
    return DeclaredRelay(
        address="prod/submission",
        name="submission",
        environment="prod",
        settings={**said, "verify.level": "auth"},
        origin={field: Origin(position=place(row + 2), through="here") for row, field in enumerate(said)},
        relay=None,
        position=place(),
    )


def test_a_relay_is_told_as_a_resource_is():
    told = view.text([], {}, Paper(), relays=[relay(password=replace(REF, version=4), host="smtp.example.com")])
    assert told == (
        "prod/submission\n"
        "  host           smtp.example.com                           here      environments/prod/crm.yaml:3:1\n"
        "  password       mail/prod/submission#password, version 4   here      environments/prod/crm.yaml:2:1\n"
        "  verify.level   auth                                       default   environments/prod/crm.yaml:1:1\n"
    )


def test_a_check_that_counts_as_something_else_says_what_it_usually_is():
    checks = {"verify__checks__SMTP206": "info", "verify__checks__SMTP403": "fail", "verify__checks__SMTP300": "fail"}
    severities = {name: str(check.severity) for name, check in CATALOGUE.items()}
    told = view.text([], {}, Paper(), relays=[relay(**checks)], severities=severities).splitlines()[1:4]
    assert [line.split("   ")[1].strip() for line in told] == ["info, usually fail", "fail, usually off", "fail"]


def test_relays_that_are_not_shown_are_counted_and_the_first_are_named():
    told = view.text([desired()], {}, Paper(), counted=["a/x", "b/x", "c/x", "d/x"])
    assert told.endswith("\n\nAnd 4 relays: a/x, b/x, c/x …\nSee one with: reconciler explain a/x\n")


def test_a_mail_client_is_told_whole_once():
    client = {"name": "rails", "versions": "Rails 8", "look_out": ["PLAIN alone."], "predicted": None, "at": None}
    foreseen = {**client, "predicted": {"outcome": ["fails"], "reason": "LOGIN alone"}, "at": "2026-11-29T10:00:00Z"}
    one = desired(host="smtp.example.com")
    other = replace(one, address=replace(one.address, environment="test"))
    told = view.text([one, other], {}, Paper(), clients={one.address: client, other.address: foreseen})
    lines = [line for line in told.splitlines() if line.startswith(("  sends", "    "))]
    assert lines == [
        "  sends with rails (Rails 8):",
        "    PLAIN alone.",
        "  sends with rails (Rails 8), as above",
        "    predicted 2026-11-29T10:00:00Z: fails: LOGIN alone",
    ]

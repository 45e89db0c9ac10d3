from dataclasses import replace

from lab.values import desired

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

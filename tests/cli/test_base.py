"""`--base`: what a pull request may cause. Its files decide nothing about where a credential goes."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
from pathlib import Path

import pytest
from lab.servers import fake
from lab.servers.smtp.relay import SmtpRelay
from support.commandline import inside
from support.site import Site

CENTRAL = "version: 1\npolicy: {relay_hosts: [smtp.example.com]}\nstate: {backend: file, path: .reconciler}\n"
CONNECTION = "connection: {name: crm, ca_file: certs/ca.pem, token: {env: PW}}"
TARGET = f"platform: fake\n{CONNECTION}\nmail_servers: {{main: {{priority: 25}}}}\n"


def git(folder: Path, *arguments: str) -> None:
    who = ("-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false")
    subprocess.run(["git", "-C", folder, *who, *arguments], check=True, capture_output=True)


@pytest.fixture
def reviewed(fake_site: Site) -> Site:
    """A repository whose branch `main` has been reviewed; the working tree is what a pull request makes of it."""
    fake_site.write("reconciler.yaml", CENTRAL)
    fake_site.stage("dev")
    fake_site.write("dev/crm.yaml", TARGET)
    (fake_site.folder / "certs").mkdir()
    (fake_site.folder / "certs/ca.pem").write_text("reviewed")
    git(fake_site.folder, "init", "-q", "-b", "main")
    git(fake_site.folder, "add", "environments", "certs")
    git(fake_site.folder, "commit", "-qm", "reviewed")
    return fake_site


def planned(*arguments: str) -> tuple[int, dict[str, list[str]]]:
    """The exit code, and the rules that each change is blocked by."""
    ran = inside("plan", "--base", "main", "--format", "json", *arguments)
    changes = json.loads(ran.out)["changes"]
    return ran.code, {change["address"]: [one["rule"] for one in change["findings"]] for change in changes}


def reads(world: fake.World) -> list[str]:
    """From now on, who was read."""
    asked: list[str] = []
    world.of("crm").on_read = lambda: asked.append("crm")
    return asked


def test_settings_of_a_pull_request_are_planned_against_the_platform(reviewed: Site, world: fake.World) -> None:
    asked = reads(world)
    reviewed.write("dev/crm.yaml", TARGET.replace("priority: 25", "priority: 30"))

    assert planned() == (0, {"dev/crm:mail_servers[main]": []})
    assert asked == ["crm"]


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        pytest.param("environments/dev/crm.yaml", "name: crm", "name: evil", id="connection"),
        pytest.param("environments/dev/crm.yaml", "ca_file: certs/ca.pem, ", "", id="ca file left out"),
        pytest.param("environments/dev/crm.yaml", "{env: PW}", "{env: OTHER}", id="another credential"),
        pytest.param("certs/ca.pem", "reviewed", "evil", id="content of the ca file"),
        pytest.param("environments/reconciler.yaml", "path: .reconciler", "path: elsewhere", id="state"),
    ],
)
def test_what_decides_where_a_credential_goes_is_not_taken_from_a_pull_request(
    reviewed: Site, world: fake.World, file: str, old: str, new: str
) -> None:
    asked = reads(world)
    path = reviewed.folder / file
    path.write_text(path.read_text().replace(old, new))

    assert planned("--detailed-exitcode") == (1, {"dev/crm:mail_servers[main]": ["trust-changed"]})
    assert asked == []


def test_old_and_new_address_are_told_with_the_line_that_moves_the_credential(
    reviewed: Site, world: fake.World
) -> None:
    block = "connection:\n  ca_file: certs/ca.pem\n  name: {name}\n  token: {{env: PW}}\n"
    resources = TARGET.partition("mail_servers")[1:]
    for name in ("crm", "evil"):
        reviewed.write("dev/crm.yaml", f"platform: fake\n{block.format(name=name)}{''.join(resources)}")
        if name == "crm":
            git(reviewed.folder, "commit", "-qam", "in lines")

    told = inside("plan", "--base", "main", "--format", "json").json

    (finding,) = [one for change in told["changes"] for one in change["findings"] if one["rule"] == "trust-changed"]
    assert "name: crm → evil" in finding["what"]
    assert (finding["where"]["file"], finding["where"]["line"]) == ("environments/dev/crm.yaml", 4)
    assert (told["complete"], told["applyable"]) == (False, False)


def test_a_page_map_is_not_taken_from_a_pull_request(reviewed: Site) -> None:
    shutil.copytree(Path(__file__).parents[2] / "examples/admin-page/maps", reviewed.folder / "maps")
    connection = "{url: 'http://127.0.0.1:9', page_map: maps/tickets.yaml, username: a, password: {env: PW}}"
    settings = "{host: smtp.example.com, port: 587, encryption: starttls, auth: none, sender: {address: a@example.com}}"
    reviewed.write("dev/crm.yaml", f"platform: admin-page\nconnection: {connection}\nsettings: {settings}\n")
    git(reviewed.folder, "add", "environments", "maps")
    git(reviewed.folder, "commit", "-qm", "a console")
    page_map = reviewed.folder / "maps/tickets.yaml"
    page_map.write_text(page_map.read_text().replace("SMTP server", "Comment"))

    assert planned()[1] == {"dev/crm:settings": ["trust-changed"]}


def test_another_secret_store_closes_every_target(reviewed: Site, world: fake.World) -> None:
    asked = reads(world)
    store = "secret_stores: {default: {type: vault, address: https://evil.example.com, auth: {method: token}}}\n"
    reviewed.write("reconciler.yaml", CENTRAL + store)

    assert planned() == (1, {"dev/crm:mail_servers[main]": ["trust-changed"]})
    assert asked == []


def test_a_new_target_shows_what_it_declares_and_is_not_contacted(reviewed: Site, world: fake.World) -> None:
    reviewed.write("dev/new.yaml", TARGET.replace("name: crm", "name: new"))

    ran = inside("plan", "--base", "main", "--select", "dev/new")

    assert ran.code == 1
    assert "! blocked dev/new:mail_servers[main]" in ran.out
    assert "priority   25" in ran.out
    assert "trust-changed: not contacted: main has no such target" in ran.out
    assert "new" not in world.installations


def test_a_file_that_git_does_not_know_is_not_of_the_change(reviewed: Site, world: fake.World) -> None:
    git(reviewed.folder, "rm", "-q", "--cached", "certs/ca.pem")
    git(reviewed.folder, "commit", "-qm", "the CA is put there by CI")
    (reviewed.folder / "certs/ca.pem").write_text("of today")

    assert planned() == (0, {"dev/crm:mail_servers[main]": []})


OAUTH = "provider: entra, tenant_id: t, client_id: me, client_secret: {env: PW}"
ODOO = "platform: openspp\nconnection: {url: http://127.0.0.1:1, database: d, username: u, password: {env: PW}}\n"


def exchange(site: Site, more: str) -> None:
    site.stage(
        "dev",
        text="relays:\n  exchange: {host: smtp.example.com, port: 587, encryption: starttls, auth: oauth2, "
        f"username: u@example.com, oauth2: {{{OAUTH}{more}}}}}\n",
    )


@pytest.fixture
def by_token(reviewed: Site) -> Site:
    """A platform that nobody can reach, and a relay whose token comes through a proxy."""
    (reviewed.folder / "environments/dev/crm.yaml").unlink()
    exchange(reviewed, ", ca_file: certs/ca.pem, proxy: 'http://proxy.example.com:3128'")
    reviewed.write("dev/odoo.yaml", f"{ODOO}mail_servers: {{main: {{relay: exchange, host: smtp.office365.com}}}}\n")
    reviewed.write("reconciler.yaml", CENTRAL.replace("smtp.example.com", "smtp.example.com, smtp.office365.com"))
    git(reviewed.folder, "add", "environments")
    git(reviewed.folder, "commit", "-qam", "a relay with a token")
    return reviewed


def of_targets(changes: dict[str, list[str]]) -> list[bool]:
    return ["trust-changed" in rules for _, rules in sorted(changes.items())]


def test_a_token_server_as_it_was_reviewed_changes_nothing(by_token: Site) -> None:
    # the second resource is new; its relay is not
    new = "  new: {relay: exchange, host: smtp.office365.com}\n"
    by_token.write(
        "dev/odoo.yaml", f"{ODOO}mail_servers:\n  main: {{relay: exchange, host: smtp.office365.com}}\n{new}"
    )
    assert of_targets(planned()[1]) == [False, False]


@pytest.mark.parametrize(
    ("more", "field"),
    [
        (", ca_file: certs/ca.pem, proxy: 'http://evil.example.com:3128'", "oauth2.proxy"),
        (", ca_file: certs/ca.pem", "oauth2.proxy"),
        (", ca_file: certs/evil.pem, proxy: 'http://proxy.example.com:3128'", "oauth2.ca_file"),
    ],
    ids=["another proxy", "no proxy", "another ca file"],
)
def test_the_way_to_a_token_server_is_not_taken_from_a_pull_request(by_token: Site, more: str, field: str) -> None:
    exchange(by_token, more)

    assert of_targets(planned()[1]) == [True]
    ran = inside("plan", "--base", "main")
    assert f"trust-changed: not contacted: {field} of mail_servers[main] differs from main: " in ran.out


def test_the_content_of_a_token_servers_ca_file_is_compared(by_token: Site) -> None:
    (by_token.folder / "certs/ca.pem").write_text("evil")
    assert of_targets(planned()[1]) == [True]


def test_without_files_in_the_base_nobody_is_contacted(reviewed: Site, world: fake.World) -> None:
    git(reviewed.folder, "checkout", "-q", "--orphan", "empty")
    git(reviewed.folder, "rm", "-rq", "--cached", ".")
    git(reviewed.folder, "commit", "-qm", "nothing", "--allow-empty")

    ran = inside("plan", "--base", "empty")

    assert "empty has no valid files to compare with" in ran.out
    assert "crm" not in world.installations


@pytest.mark.parametrize("ref", ["nowhere", "--upload-pack=evil", ":(", ""])
def test_a_revision_that_is_not_there_is_wrong_usage(reviewed: Site, ref: str) -> None:
    assert inside("plan", f"--base={ref}").code == 64


@pytest.mark.parametrize("command", ["plan", "verify"])
def test_outside_a_repository_there_is_nothing_to_fetch(fake_site: Site, command: str) -> None:
    fake_site.stage("dev")
    ran = inside(command, "--base", "main")
    assert ran.code == 64
    assert "--base main: environments is not in a git repository" in ran.err
    assert "fix: run it in a clone of their repository, or leave out --base\n" in ran.err


def test_a_repository_that_git_does_not_open_is_not_called_none(fake_site: Site) -> None:
    fake_site.stage("dev")
    (fake_site.folder / ".git").write_text("gitdir: gone")
    ran = inside("plan", "--base", "main")
    assert ran.code == 64
    assert "git cannot open the repository of environments" in ran.err


def test_a_revision_that_is_not_fetched_is_to_be_fetched(reviewed: Site) -> None:
    assert "fix: fetch it first" in inside("plan", "--base", "origin/main").err


@pytest.mark.parametrize("command", ["plan", "verify"])
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("GITHUB_EVENT_NAME", "pull_request"),
        ("GITHUB_EVENT_NAME", "pull_request_target"),
        ("GITHUB_EVENT_NAME", "merge_group"),
        ("GITHUB_EVENT_NAME", "issue_comment"),
        ("GITHUB_EVENT_NAME", "workflow_run"),
        ("CI_MERGE_REQUEST_IID", "7"),
        ("GITLAB_CI", "true"),
        ("TF_BUILD", "True"),
        ("CI", "true"),
        ("TEAMCITY_VERSION", "2025.11"),
        ("CODEBUILD_BUILD_ID", "mail:1"),
        ("gitlabMergeRequestIid", "7"),
        ("GERRIT_EVENT_TYPE", "patchset-created"),
    ],
)
def test_a_pull_request_needs_a_base(
    reviewed: Site, monkeypatch: pytest.MonkeyPatch, command: str, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    monkeypatch.setenv("GITHUB_BASE_REF", "release")

    ran = inside(command)

    assert (ran.code, f"reconciler {command} --base refs/remotes/origin/release" in ran.err) == (64, True)


@pytest.mark.parametrize(
    "variables",
    [
        {"GITHUB_EVENT_NAME": "push"},
        {"GITLAB_CI": "true", "CI_PIPELINE_SOURCE": "schedule"},
        {"JENKINS_URL": "https://ci.example.com"},
        {"JENKINS_URL": "https://ci.example.com", "GERRIT_EVENT_TYPE": "change-merged"},
        {"RECONCILER_TRUSTED": "1"},
        {},
    ],
    ids=["github", "gitlab", "jenkins", "gerrit", "said so", "no ci"],
)
def test_a_job_of_reviewed_files_needs_none(
    reviewed: Site, world: fake.World, monkeypatch: pytest.MonkeyPatch, variables: dict[str, str]
) -> None:
    for name, value in ({"CI": "true"} | variables if variables else {}).items():
        monkeypatch.setenv(name, value)
    assert inside("plan").code == 0


# --- what a change brings to make its own files look like those of the base


@pytest.mark.parametrize("kind", ["tag", "branch"])
def test_a_name_that_a_change_can_take_is_refused(reviewed: Site, world: fake.World, kind: str) -> None:
    asked = reads(world)
    git(reviewed.folder, "update-ref", "refs/remotes/origin/main", "main")
    reviewed.write("dev/crm.yaml", TARGET.replace("name: crm", "name: evil"))
    git(reviewed.folder, "commit", "-qam", "a change")
    git(reviewed.folder, kind, "origin/main", "HEAD")

    short = inside("plan", "--base", "origin/main")
    full = inside("plan", "--base", "refs/remotes/origin/main")

    assert (short.code, "ambiguous" in short.err) == (64, True)
    assert "fix: --base refs/remotes/origin/main" in short.err
    assert "trust-changed" in full.out
    assert asked == []


@pytest.mark.parametrize("ref", ["HEAD", "main~0", "@", "main^{tree}", "refs/heads", "refs/heads/*", "m?in"])
def test_only_one_reference_or_a_whole_commit_is_a_base(reviewed: Site, ref: str) -> None:
    assert inside("plan", "--base", ref).code == 64


def test_a_reference_to_something_else_than_a_commit_is_refused(reviewed: Site) -> None:
    git(reviewed.folder, "tag", "files", "HEAD^{tree}")
    assert inside("plan", "--base", "files").code == 64


def test_a_whole_commit_is_a_base(reviewed: Site, world: fake.World) -> None:
    commit = (reviewed.folder / ".git/refs/heads/main").read_text().strip()
    ran = inside("plan", "--base", commit)
    assert (ran.code, ran.out.splitlines()[0]) == (0, f"base           {commit}, commit {commit[:12]}")


@pytest.mark.parametrize(
    ("link", "code", "said"),
    [
        ("environments", 64, "environments is a link"),
        ("environments/dev", 3, "dev"),  # validate takes none
        ("environments/dev/crm.yaml", 3, "crm.yaml"),
    ],
)
def test_a_link_that_a_change_brings_is_not_followed(
    reviewed: Site, world: fake.World, link: str, code: int, said: str
) -> None:
    asked = reads(world)
    path = reviewed.folder / link
    other = reviewed.folder / "examples" / path.name
    other.parent.mkdir()
    path.rename(other)
    path.symlink_to(other)

    ran = inside("plan", "--base", "main")

    assert (ran.code, said in ran.err) == (code, True)
    assert asked == []


def test_a_link_that_was_reviewed_is_followed(reviewed: Site, world: fake.World) -> None:
    (reviewed.folder / "certs/ca.pem").rename(reviewed.folder / "certs/ca-2026.pem")
    (reviewed.folder / "certs/ca.pem").symlink_to("ca-2026.pem")
    git(reviewed.folder, "add", "certs")
    git(reviewed.folder, "commit", "-qm", "a link")
    assert planned() == (0, {"dev/crm:mail_servers[main]": []})

    (reviewed.folder / "certs/ca-2026.pem").write_text("evil")
    assert planned() == (1, {"dev/crm:mail_servers[main]": ["trust-changed"]})


@pytest.mark.parametrize("what", ["folder", "file", "submodule"])
def test_a_trust_file_is_not_read_by_a_way_that_a_change_brings(reviewed: Site, world: fake.World, what: str) -> None:
    asked, certs = reads(world), reviewed.folder / "certs"
    elsewhere = reviewed.folder / "other"
    elsewhere.mkdir()
    (elsewhere / "ca.pem").write_text("reviewed")  # its content is the same, and may change any time
    if what == "submodule":
        git(certs, "init", "-q")
    elif what == "file":
        (certs / "ca.pem").unlink()
        (certs / "ca.pem").symlink_to("../other/ca.pem")
    else:
        (certs / "ca.pem").unlink()
        certs.rmdir()
        certs.symlink_to("other")

    assert planned() == (1, {"dev/crm:mail_servers[main]": ["trust-changed"]})
    assert asked == []


ROUTE = "host: smtp.example.com, port: 587, encryption: starttls, auth: none"


@pytest.mark.parametrize("key", ["known_hosts", "identity_file"])
def test_what_ssh_trusts_is_compared_too(reviewed: Site, world: fake.World, key: str) -> None:
    connection = f"connection: {{ssh: u@crm.example.com, {key}: certs/ca.pem}}"
    (reviewed.folder / "environments/dev/crm.yaml").unlink()
    reviewed.write("dev/relay.yaml", f"platform: postfix\n{connection}\nsettings: {{{ROUTE}}}\n")
    git(reviewed.folder, "add", "environments")
    git(reviewed.folder, "commit", "-qam", key)
    (reviewed.folder / "certs/ca.pem").write_text("evil")
    assert planned()[1] == {"dev/relay:settings": ["trust-changed"]}


def test_the_file_of_an_application_is_not_read_through_a_link_of_a_change(reviewed: Site) -> None:
    file = reviewed.folder / "grafana.ini"
    file.write_text("[smtp]\nhost = smtp.example.com:25\n")
    target = "platform: file\nconnection: {path: grafana.ini, preset: grafana}\n"
    reviewed.write("dev/crm.yaml", f"{target}settings: {{{ROUTE}}}\n")
    git(reviewed.folder, "add", "grafana.ini")
    git(reviewed.folder, "commit", "-qam", "an application")
    assert planned() == (0, {"dev/crm:settings": []})
    (reviewed.folder / "secret.ini").write_text("[smtp]\nhost = of-the-runner:25\n")
    file.unlink()
    file.symlink_to("secret.ini")

    assert planned() == (1, {"dev/crm:settings": ["trust-changed"]})
    assert "of-the-runner" not in inside("plan", "--base", "main").text


def test_a_plan_says_first_what_it_was_compared_with_and_what_it_uses(reviewed: Site, world: fake.World) -> None:
    commit = (reviewed.folder / ".git/refs/heads/main").read_text().strip()
    reviewed.write("dev/crm.yaml", TARGET.replace("{env: PW}", "{env: OTHER}"))

    ran, told = inside("plan", "--base", "main"), inside("plan", "--base", "main", "--format", "json").json

    assert ran.out.splitlines()[:5] == [
        f"base           refs/heads/main, commit {commit[:12]}",
        "! credentials  not in the base: env OTHER",
        "! credentials  only in the base: env PW",
        "  trust files  certs/ca.pem",
        "",
    ]
    assert "connection differs from main: token: env PW → env OTHER" in ran.out
    assert (told["complete"], told["applyable"], told["review"]["commit"]) == (False, False, commit)
    assert f"Compared with `refs/heads/main`, commit `{commit[:12]}`." in inside(
        "plan", "--base", "main", "--format", "markdown"
    ).out.replace("<code>", "`").replace("</code>", "`")


def test_a_mail_secret_whose_version_is_asked_for_is_named_before_the_plan(reviewed: Site) -> None:
    route = "host: smtp.example.com, port: 25, encryption: starttls"
    login = "auth: basic, username: u, password: {env: PROBED, version: 1}"
    reviewed.write("dev/crm.yaml", TARGET.replace("priority: 25", f"{route}, {login}"))
    assert "! mail secrets not in the base: env PROBED" in inside("plan", "--base", "main").out


# --- verify


def relays(site: Site, **hosts: tuple[str, int]) -> None:
    lines = [
        f"  {name}: {{host: {host}, port: {port}, encryption: starttls, auth: basic, username: u,"
        " password: {env: PW}, ca_file: ca.pem}\n"
        for name, (host, port) in hosts.items()
    ]
    site.stage("dev", text="relays:\n" + "".join(lines))


def test_verify_stops_at_tls_and_goes_only_where_the_base_goes(reviewed: Site, relay: SmtpRelay, certificates) -> None:
    (reviewed.folder / "ca.pem").write_text(Path(certificates.ca_file).read_text())
    reviewed.write("reconciler.yaml", CENTRAL.replace("smtp.example.com", "localhost, 127.0.0.1"))
    relays(reviewed, known=("localhost", relay.port))
    git(reviewed.folder, "commit", "-qam", "a relay")
    reviewed.write("reconciler.yaml", CENTRAL.replace("smtp.example.com", "'*'"))
    relays(reviewed, known=("localhost", relay.port), new=("127.0.0.2", relay.port))
    logins = len(relay.logins)

    ran = inside("verify", "--base", "main", "--format", "json")

    found = {one["relay"]: one for one in json.loads(ran.out)["handshakes"]}
    assert (found["dev/known"]["status"], found["dev/known"]["level"]) == ("pass", "tls")
    assert (found["dev/new"]["status"], found["dev/new"]["steps"]) == ("inconclusive", [])
    assert len(relay.logins) == logins
    assert ran.code == 1


def test_verify_asks_no_token_server(reviewed: Site, relay: SmtpRelay, certificates) -> None:
    """So that CA and proxy of a pull request can do no harm there."""
    (reviewed.folder / "ca.pem").write_text(Path(certificates.ca_file).read_text())
    reviewed.write("reconciler.yaml", CENTRAL.replace("smtp.example.com", "localhost"))
    git(reviewed.folder, "commit", "-qam", "localhost is a relay's host")
    with socket.create_server(("127.0.0.1", 0)) as evil:
        port = evil.getsockname()[1]
        reviewed.stage(
            "dev",
            text=f"relays:\n  exchange: {{host: localhost, port: {relay.port}, encryption: starttls, auth: oauth2, "
            f"username: u@example.com, ca_file: ca.pem, oauth2: {{{OAUTH}, proxy: 'http://127.0.0.1:{port}'}}}}\n",
        )
        ran = inside("verify", "--base", "main", "--format", "json")
        evil.settimeout(0)
        with pytest.raises(BlockingIOError):
            evil.accept()
    assert [one["level"] for one in json.loads(ran.out)["handshakes"]] == ["tls"]


@pytest.mark.parametrize(
    "arguments", [("drift",), ("apply", "--auto-approve"), ("adopt", "dev/crm"), ("discover", "dev/crm")]
)
def test_what_cannot_keep_to_the_base_does_not_run_for_a_pull_request(
    reviewed: Site, world: fake.World, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]
) -> None:
    asked = reads(world)
    monkeypatch.setenv("GITHUB_EVENT_NAME", "pull_request")

    ran = inside(*arguments)

    assert (ran.code, f"{arguments[0]} does not run on pull requests" in ran.err) == (64, True)
    assert asked == []


# --- zones

ENGINE = """\
engine:
  type: celery
  broker: amqps://coordinator@rabbit.example.com/reconciler
  login: {env: BROKER}
  signing_key: {env: SIGNING}
  zones: {dmz: {key: keys/dmz.pub}, plant: {key: keys/plant.pub}}
"""
PUBLIC = """\
-----BEGIN PUBLIC KEY-----
MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=
-----END PUBLIC KEY-----
"""


@pytest.fixture
def zoned(reviewed: Site) -> Site:
    """With a target in a zone beside the one in our own network."""
    keys = reviewed.folder / "keys"
    keys.mkdir()
    for name, last in (("dmz", "E"), ("plant", "F"), ("other", "G")):
        (keys / f"{name}.pub").write_text(PUBLIC.replace("AyEAGb9E", f"AyEAGb9{last}"))
    reviewed.write("reconciler.yaml", CENTRAL + STORE + ENGINE)
    far = TARGET.replace("name: crm", "name: far").replace("{env: PW}", "{vault: far#token}")
    reviewed.write("dev/far.yaml", far.replace("platform: fake", "platform: fake\nzone: dmz"))
    git(reviewed.folder, "add", "environments", "keys")
    git(reviewed.folder, "commit", "-qm", "zones")
    return reviewed


STORE = "secret_stores: {default: {type: vault, address: https://vault.example.com, auth: {method: token}}}\n"
CHANGED_ZONES = [
    pytest.param("environments/dev/far.yaml", "zone: dmz", "zone: plant", "zone differs from main: dmz", id="zone"),
    pytest.param("environments/dev/far.yaml", "zone: dmz\n", "", "zone differs", id="no zone any more"),
    pytest.param("environments/reconciler.yaml", "rabbit.", "evil.", "engine differs", id="broker"),
    pytest.param("environments/reconciler.yaml", "{env: SIGNING}", "{env: OTHER}", "engine differs", id="signing key"),
    pytest.param("environments/reconciler.yaml", "dmz.pub", "other.pub", "the key of zone dmz differs", id="key"),
    pytest.param("keys/dmz.pub", "MCowBQYDK2VwAyEAGb9", "MCowBQYDK2VwAyEAGb8", "the key of zone dmz", id="its content"),
]


@pytest.mark.parametrize(("file", "old", "new", "what"), CHANGED_ZONES)
def test_how_a_zone_is_reached_is_not_taken_from_a_pull_request(
    zoned: Site, world: fake.World, file: str, old: str, new: str, what: str
) -> None:
    """Who is in no zone is planned as ever."""
    path = zoned.folder / file
    path.write_text(path.read_text().replace(old, new, 1))

    ran = inside("plan", "--base", "main", "--format", "json").json

    told = {one["address"]: one["findings"] for one in ran["changes"]}
    assert [one["rule"] for one in told["dev/far:mail_servers[main]"]] == ["trust-changed"]
    assert what in told["dev/far:mail_servers[main]"][0]["what"]
    assert told["dev/crm:mail_servers[main]"] == []
    assert "zones" not in ran or all(zone["connection"] == [] for zone in ran["zones"])


def test_what_reaches_a_zone_is_named_beside_the_base(zoned: Site) -> None:
    path = zoned.root / "reconciler.yaml"
    path.write_text(path.read_text().replace("rabbit.", "evil.").replace("dmz.pub", "other.pub"))

    uses = {one["kind"]: one for one in inside("plan", "--base", "main", "--format", "json").json["review"]["uses"]}

    assert uses["hosts"]["added"] == ["amqps://coordinator@evil.example.com/reconciler"]
    assert "dmz!far#token" in uses["credentials"]["same"]
    assert {"env BROKER", "env SIGNING"} <= set(uses["credentials"]["same"])
    assert uses["trust files"]["added"] == ["keys/other.pub"]

"""Feeds what was recorded from real Odoo servers to the stand-in, in the recorded order, and compares the answers.

Ids of records are compared as they are, so a refused create must use up an id here too. What the recordings do not
hold (records that came and went between two entries) is arranged in STEPS.

Left out of tests/recordings, because they are no request with an answer:

| entries                  | why                                                                              |
|--------------------------|----------------------------------------------------------------------------------|
| */behaviour/prio.*       | which server Odoo picks for a mail; the stand-in sends none                        |
| */behaviour/conc.*       | what parallel writes and loads did; there is no order to replay                    |
| */behaviour/auth.*       | how long failed logins took, and that they are not limited                         |
| 17/behaviour/overload    | what an overloaded server answers; see test_odoo_standin.py, `fail_next`           |
| 17/behaviour/neutralize  | rows after `odoo-bin neutralize`; see test_odoo_standin.py, `neutralized`          |
"""

import datetime as dt
import http.client
import json
import ssl
import xmlrpc.client
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from lab.servers.odoo import OdooStandIn
from lab.servers.odoo.network import loopback_only
from lab.servers.odoo.smtp_peers import CLOSED, Peers
from support.odoo_recordings import comparable

Entry = dict[str, Any]
Step = Callable[[OdooStandIn], object]

RECORDINGS = Path(__file__).parents[2] / "recordings"
FILES: dict[int, dict[str, Any]] = {
    version: json.loads((RECORDINGS / f"odoo-{version}.json").read_text(encoding="utf-8")) for version in (17, 19)
}
ENTRIES: dict[str, Entry] = {entry["id"]: entry for file in FILES.values() for entry in file["entries"]}

# the configuration file of the recorded mail_environment
SECTIONS = {
    "outgoing_mail": {"smtp_encryption": "none"},
    "outgoing_mail.main": {
        "smtp_host": "127.0.0.1",
        "smtp_port": 10026,
        "smtp_user": "relay",
        "smtp_pass": "right",
        "smtp_authentication": "login",
    },
}


def no_servers(odoo: OdooStandIn) -> None:
    for row in odoo.records("ir.mail_server"):
        odoo.remove("ir.mail_server", row["id"])


def server(record_id: int, **values: Any) -> Step:
    def step(odoo: OdooStandIn) -> None:
        odoo.set_next_id("ir.mail_server", record_id)
        odoo.add("ir.mail_server", name="arranged", **values)

    return step


def next_id(model: str, record_id: int) -> Step:
    return lambda odoo: odoo.set_next_id(model, record_id)


# what happened on the recorded server just before an entry, and is not recorded itself
STEPS: Mapping[str, tuple[Step, ...]] = {
    "17/xmlrpc/apikey.execute_kw": (no_servers,),
    "17/xmlrpc/apikey.wizard_create": (next_id("res.users.apikeys.description", 2),),
    "17/xmlrpc/lang.none.empty_host": (server(67),),
    "17/xmlrpc/test.slow.tarpit_60s": (server(97),),
    "17/xmlrpc/load.by_selection_value": (next_id("ir.mail_server", 103),),
    "19/xmlrpc/lang.none.empty_host": (server(36),),
    "19/json2/json2.search_read": (no_servers, next_id("ir.mail_server", 68)),
    "19/xmlrpc/test.slow.tarpit_60s": (server(72),),
    "19/xmlrpc/load.by_selection_value": (next_id("ir.mail_server", 79),),
}
# the recorded request names one field, its answer has seven
PARAMS = {
    entry["id"]: [*entry["params"][:5], [entry["params"][5][0], sorted(set(entry["result"][0]) - {"id"})], {}]
    for entry in ENTRIES.values()
    if entry["id"].endswith("mail_environment.read_editable_flags")
}


@pytest.fixture(scope="module")
def peers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Peers]:
    with Peers(self_signed(tmp_path_factory.mktemp("tls"))) as running:
        yield running


@pytest.fixture(scope="module")
def answers(peers: Peers) -> dict[str, Any]:
    """By id of the recorded entry, what the stand-in answered."""
    return {id_: answer for version in FILES for id_, answer in replay(version, peers)}


@pytest.mark.parametrize("id_", ENTRIES)
def test_the_stand_in_answers_as_the_real_server(id_: str, answers: dict[str, Any]) -> None:
    assert answers[id_] == comparable(ENTRIES[id_])


def replay(version: int, peers: Peers) -> Iterator[tuple[str, Any]]:
    file = FILES[version]
    database = file["servers"][str(version)]["db"]
    common = {
        "login": "admin",
        "password": "$PASSWORD",  # placeholders of the recordings are taken by their word
        "api_key": "$APIKEY",
        "email": None,
        "reach": lambda host, port: reach(peers, host, port),
        "smtp_timeout": 1.5,
        "conf_relay": (file["config"]["smtp_server"], file["config"]["smtp_port"]),
    }
    with (
        OdooStandIn(version, database=database, **common) as odoo,
        OdooStandIn(version, database="labenv", mail_environment=SECTIONS, **common | {"email": "a@b.c"}) as odoo_env,
    ):
        odoo.set_parameter("web.base.url", file["servers"][str(version)]["url"].replace("127.0.0.1", "localhost"))
        odoo.set_parameter("database.secret", "$SECRET")
        odoo.set_parameter("database.uuid", "$UUID")
        for entry in file["entries"]:
            target = odoo_env if "labenv" in entry.get("params", ()) else odoo
            yield entry["id"], exchange(entry, target)


def exchange(entry: Entry, odoo: OdooStandIn) -> Any:
    for step in STEPS.get(entry["id"], ()):
        step(odoo)
    if "record" in entry:
        odoo.edit("ir.mail_server", entry["params"][5][0][0], **entry["record"])
    connection = http.client.HTTPConnection("127.0.0.1", odoo.port, timeout=30)
    try:
        connection.request(entry.get("http_method", "POST"), entry["path"], *request(entry))
        response = connection.getresponse()
        return comparable(answer(entry, response.status, response.read()))
    finally:
        connection.close()


def request(entry: Entry) -> tuple[bytes | None, dict[str, str]]:
    """Body and headers as the recorded client sent them."""
    if entry["path"] == "/jsonrpc":
        body = {"jsonrpc": "2.0", "method": "call", "params": entry["params"], "id": 7}
        return json.dumps(body).encode(), {"Content-Type": "application/json"}
    if "request_headers" in entry:
        body = entry["request_body"]
        text = body if isinstance(body, str) else json.dumps(body)
        return text.encode() or None, {**entry["request_headers"], "Content-Type": "application/json"}
    if "method" in entry:
        params = tuple(PARAMS.get(entry["id"], entry["params"]))
        return xmlrpc.client.dumps(params, entry["method"], allow_none=True).encode(), {"Content-Type": "text/xml"}
    return entry.get("request_body", "{}").encode(), {"Content-Type": "application/json"}


def answer(entry: Entry, status: int, body: bytes) -> Entry:
    """The answer in the form of the recordings."""
    if "result" in entry or "fault" in entry:
        try:
            return {"http_status": status, "result": xmlrpc.client.loads(body)[0][0]}
        except xmlrpc.client.Fault as fault:
            return {"http_status": status, "fault": {"faultCode": fault.faultCode, "faultString": fault.faultString}}
    try:
        return {"http_status": status, "response": json.loads(body)}
    except ValueError:
        return {"http_status": status, "response": {"_text": body.decode()}}


def reach(peers: Peers, host: str, port: int) -> tuple[str, int]:
    """The recorded ports lead to the peers of this run; the default port, tried for port 0, was closed."""
    host, port = loopback_only(host, port)
    return host, peers.port(CLOSED if port == 25 else port)


def self_signed(directory: Path) -> ssl.SSLContext:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = dt.datetime.now(dt.UTC)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(1).not_valid_before(now).not_valid_after(now + dt.timedelta(days=1))
    certificate = builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
    no_encryption = serialization.NoEncryption()
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, no_encryption)
    (directory / "peer.pem").write_bytes(certificate + pem)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(directory / "peer.pem")
    return context

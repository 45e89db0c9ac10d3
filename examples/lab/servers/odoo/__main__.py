"""`python -m lab.servers.odoo`: the stand-in until it is interrupted."""

import argparse
import signal
import threading

from lab.servers.odoo.standin import OdooStandIn


def main() -> None:
    options = _options()
    done = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: done.set())
    with OdooStandIn(
        options.version,
        port=options.port,
        database=options.db,
        login=options.login,
        password=options.password,
        api_key=options.api_key,
        latency=options.latency,
        neutralized=options.neutralized,
        mail_environment=options.mail_environment,
        mailings=options.mailings,
        ca_file=options.ca_file,
    ) as odoo:
        print(f"Odoo {odoo.version} stand-in: {odoo.url}, database {odoo.database}", flush=True)
        done.wait()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m lab.servers.odoo", description="A stand-in for Odoo on loopback.")
    parser.add_argument("--port", type=int, default=8069)
    parser.add_argument("--version", default="19", help="17, 18, 19, 20, or one of Odoo Online: saas~19.2")
    parser.add_argument("--db", default="lab")
    parser.add_argument("--login", default="admin")
    parser.add_argument("--password", default="admin-password")
    parser.add_argument("--api-key", default="lab-api-key")
    parser.add_argument("--latency", type=float, default=0.0, help="seconds each call takes longer")
    parser.add_argument("--ca-file", help="a CA that the connection test trusts")
    parser.add_argument("--neutralized", action="store_true")
    parser.add_argument("--mail-environment", action="store_true")
    parser.add_argument("--mailings", action="store_true", help="with the module mass_mailing")
    return parser.parse_args()


if __name__ == "__main__":
    main()

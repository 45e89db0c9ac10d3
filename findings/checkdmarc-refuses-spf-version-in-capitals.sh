#!/bin/sh
# checkdmarc 6.0.4 takes an SPF record that begins with V=SPF1 for a syntax error, though its own mechanisms may be in capitals.
# RFC 7208, section 12, writes version = "v=spf1", and by RFC 5234 a quoted text of ABNF has no case. pyspf 2.0.14 uses the record.
# Seen on 2026-11-29. No report known.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m pip install --quiet --disable-pip-version-check --root-user-action=ignore \
    --target lib 'checkdmarc==6.0.4' 'pyspf==2.0.14' 'authres==1.2.0' >&2

cat >seen <<'END'
v=spf1 ip4:192.0.2.5 -all -> checkdmarc: -all, pyspf: pass
v=spf1 IP4:192.0.2.5 -ALL -> checkdmarc: -all, pyspf: pass
V=SPF1 ip4:192.0.2.5 -all -> checkdmarc: SPFSyntaxError, pyspf: pass
END

cat >run.py <<'END'
import sys

sys.path.insert(0, "lib")
import checkdmarc.spf
import spf


def parsed(record):
    try:
        return {"fail": "-all"}[checkdmarc.spf.parse_spf_record(record, "example.org")["parsed"]["all"]]
    except checkdmarc.spf.SPFError as error:
        return type(error).__name__


for record in ("v=spf1 ip4:192.0.2.5 -all", "v=spf1 IP4:192.0.2.5 -ALL", "V=SPF1 ip4:192.0.2.5 -all"):
    spf.DNSLookup = lambda name, kind, *_, **__: [((name, kind), (record.encode(),))] if kind == "TXT" else []
    answer, _ = spf.check2(i="192.0.2.5", s="a@example.org", h="mail.example.org")
    print(record, "->", f"checkdmarc: {parsed(record)}, pyspf: {answer}")
END
python3 run.py >now
echo seen:
cat seen
echo now:
cat now
cmp -s seen now

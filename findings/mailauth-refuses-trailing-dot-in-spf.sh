#!/bin/sh
# mailauth 4.13.3 (npm) ends with permerror when a mechanism of an SPF record names its domain with a trailing dot, as zone files do.
# RFC 7208, section 7.1, allows it (domain-end = "." toplabel [ "." ]). pyspf 2.0.14 answers pass to the same record and address.
# Seen on 2026-11-29. No report known.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m pip install --quiet --disable-pip-version-check --root-user-action=ignore \
    --target lib 'pyspf==2.0.14' 'authres==1.2.0' 'dnspython==2.9.2' >&2
npm install --silent --no-audit --no-fund --prefix . mailauth@4.13.3 >&2

cat >seen <<'END'
mailauth: v=spf1 a:mail.example.org -all -> pass
mailauth: v=spf1 a:mail.example.org. -all -> permerror
pyspf: v=spf1 a:mail.example.org -all -> pass
pyspf: v=spf1 a:mail.example.org. -all -> pass
END

cat >run.mjs <<'END'
import { spf } from "mailauth/lib/spf/index.js";
for (const record of ["v=spf1 a:mail.example.org -all", "v=spf1 a:mail.example.org. -all"]) {
  const zone = { "TXT example.org": [[record]], "A mail.example.org": ["192.0.2.5"] };
  const resolver = async (name, type) => {
    const found = zone[`${type} ${name.replace(/\.$/, "")}`];
    if (!found) throw Object.assign(new Error("no such name"), { code: "ENOTFOUND" });
    return found;
  };
  const asked = { sender: "a@example.org", ip: "192.0.2.5", helo: "mail.example.org", mta: "mx.example.net", resolver };
  console.log("mailauth:", record, "->", (await spf(asked)).status.result);
}
END
cat >run.py <<'END'
import sys

sys.path.insert(0, "lib")
import spf

for record in ("v=spf1 a:mail.example.org -all", "v=spf1 a:mail.example.org. -all"):
    zone = {("example.org", "TXT"): (record.encode(),), ("mail.example.org", "A"): "192.0.2.5"}
    spf.DNSLookup = lambda name, kind, *_, **__: [
        ((name, kind), value) for key, value in zone.items() if key == (name.rstrip("."), kind)
    ]
    answer, _ = spf.check2(i="192.0.2.5", s="a@example.org", h="mail.example.org")
    print("pyspf:", record, "->", answer)
END
{ node run.mjs; python3 run.py; } >now
echo seen:
cat seen
echo now:
cat now
cmp -s seen now

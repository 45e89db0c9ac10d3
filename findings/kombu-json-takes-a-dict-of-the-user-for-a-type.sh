#!/bin/sh
# kombu 5.7.0 (which serialises for Celery) writes Decimal, UUID, date, … as {"__type__": …, "__value__": …} and, when it reads, takes any
# object with exactly these two keys for one of its own: data of the user that looks like that comes back as something else, and with a
# name that kombu does not know the whole message cannot be read, although it is plain JSON at both ends. Nothing is escaped when it is written.
# Seen on 2026-11-29. No report known.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m pip install --quiet --disable-pip-version-check --root-user-action=ignore --target lib 'kombu==5.7.0' >&2

cat >seen <<'END'
{"__type__": "decimal", "__value__": "1.5"} -> Decimal('1.5')
{"__type__": "date", "__value__": "2026-11-29"} -> datetime.date(2026, 11, 29)
{"__type__": "road", "__value__": "A 100"} -> DecodeError
{"__type__": "road", "__value__": "A 100", "lanes": 6} -> the same
END

cat >run.py <<'END'
import json, sys

sys.path.insert(0, "lib")
from kombu.serialization import dumps, loads

ROWS = [
    {"__type__": "decimal", "__value__": "1.5"},
    {"__type__": "date", "__value__": "2026-11-29"},
    {"__type__": "road", "__value__": "A 100"},
    {"__type__": "road", "__value__": "A 100", "lanes": 6},
]
for row in ROWS:
    kind, encoding, body = dumps(row, serializer="json")
    try:
        back = loads(body, kind, encoding)
    except Exception as error:
        back = type(error).__name__
    else:
        back = "the same" if back == row else repr(back)
    print(json.dumps(row), "->", back)
END
python3 run.py >now
echo seen:
cat seen
echo now:
cat now
cmp -s seen now

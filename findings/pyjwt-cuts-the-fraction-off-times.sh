#!/bin/sh
# PyJWT 2.15.1 compares exp and nbf as whole seconds: it cuts their fraction off. So a token whose nbf lies up to a second ahead is accepted,
# and one whose exp lies up to a second ahead is refused as expired. RFC 7519, section 2: a NumericDate may have a fraction;
# section 4.1.5: before nbf a token MUST NOT be accepted. Services that make such times (time.time() + 0.5) and live for seconds meet it.
# Seen on 2026-11-29. No report known.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m pip install --quiet --disable-pip-version-check --root-user-action=ignore --target lib 'PyJWT==2.15.1' >&2

cat >seen <<'END'
exp in 0.6 s -> ExpiredSignatureError
exp in 1.6 s -> accepted
nbf in 0.6 s -> accepted
nbf in 1.6 s -> ImmatureSignatureError
END

cat >run.py <<'END'
import sys, time

sys.path.insert(0, "lib")
import jwt

KEY = "k" * 32
for name in ("exp", "nbf"):
    for ahead in (0.6, 1.6):
        while not 0.05 < time.time() % 1 < 0.25:  # so that now and then lie in known seconds
            time.sleep(0.01)
        token = jwt.encode({name: time.time() + ahead}, KEY, algorithm="HS256")
        try:
            jwt.decode(token, KEY, algorithms=["HS256"])
            said = "accepted"
        except jwt.InvalidTokenError as error:
            said = type(error).__name__
        print(f"{name} in {ahead} s -> {said}")
END
python3 run.py >now
echo seen:
cat seen
echo now:
cat now
cmp -s seen now

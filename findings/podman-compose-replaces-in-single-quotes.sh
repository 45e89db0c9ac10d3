#!/bin/sh
# podman-compose 1.6.0 (with python-dotenv 1.2.4) replaces ${...} in a single-quoted value of .env, by nothing where there is no such
# variable. Docker's documentation of .env files says that a value in single quotes is used literally, and has '${OTHER}' as an example.
# A password quoted for docker compose is another one under podman-compose, and nothing says so.
# https://docs.docker.com/compose/how-tos/environment-variables/variable-interpolation/ (podman itself is stood in for: it is only asked
# for its version). Seen on 2026-11-29. No report known; https://github.com/containers/podman-compose/issues/848 is about unquoted values.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m pip install --quiet --disable-pip-version-check --root-user-action=ignore \
    --target lib 'podman-compose==1.6.0' 'python-dotenv==1.2.4' >&2

cat >seen <<'END'
      PLAIN: password
      SINGLE: paword
END

cat >.env <<'END'
PLAIN=password
SINGLE='pa${ss}word'
END
cat >compose.yaml <<'END'
services:
  app:
    image: example.org/app
    environment:
      PLAIN: "${PLAIN}"
      SINGLE: "${SINGLE}"
END
printf '#!/bin/sh\necho podman version 5.4.2\n' >podman
chmod +x podman
PATH="$folder:$PATH" PYTHONPATH=lib python3 lib/podman_compose.py config 2>log | grep -E '^ +(PLAIN|SINGLE):' | sort >now
echo seen:
cat seen
echo now:
cat now
cmp -s seen now

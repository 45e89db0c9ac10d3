#!/bin/sh
# crudini 0.9.6 (PyPI, with iniparse 0.5.3) writes a value with " ;" in it as it is, and reads it back up to there: the rest is a comment
# for it. Written once more, the old rest stays behind the new value, so that the file grows with each run and a run that should change
# nothing does. It exits with 0, and --help does not say that such a value cannot be set. Python's configparser reads the whole line.
# Seen on 2026-11-29. The reading is reported in https://github.com/pixelb/crudini/issues/102 (closed); no report known of the growing.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m pip install --quiet --disable-pip-version-check --root-user-action=ignore --target lib 'crudini==0.9.6' 'iniparse==0.5.3' >&2

cat >seen <<'END'
first: password = pa ;ss
--get: pa
second: password = pa ;ss ;ss
third: password = pa ;ss ;ss ;ss
configparser: pa ;ss ;ss ;ss
END

printf '[smtp]\npassword = old\n' >app.ini
crudini() { PYTHONPATH=lib python3 lib/bin/crudini "$@"; }
{
    crudini --set app.ini smtp password 'pa ;ss'
    echo "first: $(grep password app.ini)"
    echo "--get: $(crudini --get app.ini smtp password)"
    crudini --set app.ini smtp password 'pa ;ss'
    echo "second: $(grep password app.ini)"
    crudini --set app.ini smtp password 'pa ;ss'
    echo "third: $(grep password app.ini)"
    python3 -c "import configparser as c; f = c.RawConfigParser(); f.read('app.ini'); print('configparser:', f['smtp']['password'])"
} >now
echo seen:
cat seen
echo now:
cat now
cmp -s seen now

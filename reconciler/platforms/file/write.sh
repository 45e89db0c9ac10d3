# "$1": a file; "$2": what it was when it was read, or nothing; "$3": its mode; "$4": whole or in-place;
# "$5": how many bytes come. The new text comes by standard input. Says what the file is then, as read.sh does.
PATH=$PATH:/usr/sbin:/sbin
umask 077
p=$(readlink -f -- "$1") || p=$1
d=${p%/*}
t=$d/.${p##*/}.$$.reconciler-tmp
identity() { stat -c '%y|%s|%i' -- "$p" 2>/dev/null; }
named() { getfacl -cp -- "$1" 2>/dev/null | grep -E '^(user|group):[^:]'; }
# the lock is on the folder: a file beside this one may be somebody else's. BusyBox has a flock that cannot wait, or none:
# then the lease of the run has to do
{ exec 9<"${d:-/}"; } 2>/dev/null || exit 6
if command -v flock >/dev/null; then
  n=0
  until flock -n 9; do
    n=$((n + 1))
    [ "$n" -le 50 ] || exit 9
    sleep 0.2 2>/dev/null || sleep 1
  done
fi
[ "$(identity)" = "$2" ] || exit 10
trap 'rm -f -- "$t"' EXIT
trap 'exit 13' HUP INT TERM
rm -f -- "$d/.${p##*/}".*.reconciler-tmp
if [ -e "$p" ]; then
  # owner, access list and labels, where this cp knows them; the owner at least
  cp -p --attributes-only --preserve=all -- "$p" "$t" 2>/dev/null || { : >"$t" && chown "$(stat -c %u:%g -- "$p")" "$t"; } || exit 6
  [ "$(stat -c %u:%g -- "$p")" = "$(stat -c %u:%g -- "$t")" ] || exit 6
  [ "$4" = in-place ] || [ "$(named "$p")" = "$(named "$t")" ] || exit 12
else
  : >"$t" || exit 6
fi
chmod "$3" "$t" || exit 6
cat >"$t" || exit 11
[ "$(wc -c <"$t")" -eq "$5" ] || exit 11
if [ "$4" = in-place ] && [ -e "$p" ]; then
  chmod "$3" "$p" && cat <"$t" >"$p" || exit 11
else
  sync "$t" 2>/dev/null
  mv -f -- "$t" "$p" || exit 14
fi
sync "${d:-/}" 2>/dev/null
identity
exit 0

# "$1": a file; "$2": what it was when it was read, or nothing; "$3": its mode; "$4": whole or in-place;
# "$5": how many bytes come; "$6": the mark to remember. The new text comes by standard input.
PATH=$PATH:/usr/sbin:/sbin
umask 077
p=$(readlink -f -- "$1") || p=$1
d=${p%/*}
t=$d/.${p##*/}.$$.reconciler-tmp
identity() { stat -c '%y|%s|%i' -- "$p" 2>/dev/null; }
# the lock is a file beside it; a link there may lead anywhere
[ ! -L "$p.lock" ] || exit 12
{ exec 9>>"$p.lock"; } 2>/dev/null || exit 6
flock -w 10 9 || exit 9
[ "$(identity)" = "$2" ] || exit 10
trap 'rm -f -- "$t"' EXIT
trap 'exit 13' HUP INT TERM
rm -f -- "$d/.${p##*/}".*.reconciler-tmp
if [ -e "$p" ]; then
  # owner, access list and labels, where this cp knows them; the owner at least
  cp -p --attributes-only --preserve=all -- "$p" "$t" 2>/dev/null || { : >"$t" && chown "$(stat -c %u:%g -- "$p")" "$t"; } || exit 6
  [ "$(stat -c %u:%g -- "$p")" = "$(stat -c %u:%g -- "$t")" ] || exit 6
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
sync "$d" 2>/dev/null
printf '%s\t%s\n' "$(identity)" "${6:-$(stat -c %y -- "$p")}" >"$p.lock"
exit 0

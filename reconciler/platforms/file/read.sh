# "$1": a file. Says what it is, and then what it holds, in base64. The exit code says what is wrong.
PATH=$PATH:/usr/sbin:/sbin
p=$(readlink -f -- "$1") || p=$1
d=${p%/*}
if [ ! -e "$p" ]; then
  [ -d "${d:-/}" ] && exit 3
  exit 4
fi
[ -f "$p" ] || exit 5
[ -r "$p" ] || exit 6
# by what it is known again, as write.sh says it too
i=$(stat -c '%y|%s|%i' -- "$p") && s=$(stat -c '%a|%U|%G|%h' -- "$p") || exit 7
[ "$(stat -c %s -- "$p")" -le 1048576 ] || exit 8
m=no
while read -r _ _ _ _ point _; do [ "$point" = "$p" ] && m=yes; done </proc/self/mountinfo 2>/dev/null
t=no
git -C "${d:-/}" ls-files --error-unmatch -- "$p" >/dev/null 2>&1 && t=yes
printf '%s\n' "$i" "$s" "$m" "$t"
getfacl -cp -- "$p" 2>/dev/null | tr '\n' ' '
echo
base64 <"$p"

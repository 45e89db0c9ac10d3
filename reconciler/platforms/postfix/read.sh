# Reads one Postfix, and writes nothing, not even a temporary file. Each line begins with what it is about.
# $1: config_directory. $2: parameters to read as they are set, $3: those whose effective value counts,
# $4: the same of single services. The lists are plain words and patterns. $5: another relayhost, or nothing: whether a
# map that is not ours knows a login for it.
# Nothing that stands behind the first ':' of a login is printed, wherever it is kept.
set -f
LC_ALL=C TZ=UTC0 PATH="$PATH:/usr/sbin:/sbin:/usr/local/sbin"
export LC_ALL TZ PATH
dir=$1
map=$dir/reconciler_sasl_passwd
checks=$dir/reconciler_header_checks
senders=$dir/reconciler_sender_canonical

command -v postconf >/dev/null || { echo 'reconciler: no postconf' >&2; exit 20; }

# as `postfix status` asks it, without the line that this leaves in the mail log
running() { ! MAIL_CONFIG=$dir "$(postconf -c "$dir" -h daemon_directory)/master" -t >/dev/null 2>&1; }
about() { sed "s|^|$1 |"; }
# tables whose content can be looked up here; static: and inline: hold theirs in main.cf itself
types=" $(postconf -c "$dir" -m | tr '\n' ' ')"
local_table() { case $1 in hash:* | btree:* | lmdb:* | cdb:* | dbm:* | sdbm:* | texthash:*) ;; *) return 1 ;; esac; }
# one table per line; what stands in braces is one
split() {
  rest=$1 word='' depth=0
  while [ -n "$rest" ]; do
    letter=${rest%"${rest#?}"} rest=${rest#?}
    case $letter in '{') depth=$((depth + 1)) ;; '}') depth=$((depth - 1)) ;; esac
    case $depth$letter in
      '0,' | '0 ' | "0	") if [ -n "$word" ]; then printf '%s\n' "$word"; fi; word='' ;;
      *) word=$word$letter ;;
    esac
  done
  if [ -n "$word" ]; then printf '%s\n' "$word"; fi
}
# a main.cf with which nothing runs says nothing of types
supported() { case $types in ' ' | *" ${1%%:*} "*) ;; *) return 1 ;; esac; }
# what can be asked without leaving this host
asked() { case $1 in ldap:* | mysql:* | pgsql:* | sqlite:* | tcp:* | socketmap:* | memcache:* | nis:* | proxy:* | pipemap:* | unionmap:*) return 1 ;; esac; supported "$1"; }
closed() { sed '/^smtp_sasl_password_maps = /s/\(static\|inline\):.*/\1:***/'; }
hidden() {
  for file in "${1#*:}" "${1#*:}.db" "${1#*:}.lmdb" "${1#*:}.cdb"; do
    if [ -e "$file" ] && [ ! -r "$file" ]; then return 0; fi
  done
  return 1
}

here=$(postconf -c "$dir" -n -x $2) || exit 21
written=$(postconf -c "$dir" -n smtp_header_checks smtp_sasl_password_maps) || exit 21
effective=$(postconf -c "$dir" -x $3) || exit 21
services=$(postconf -c "$dir" -P $4 2>/dev/null)
printf '%s\n' "$here" | closed | about set
printf '%s\n' "$written" | closed | about written
printf '%s\n' "$effective" | about effective
echo "types$types"
printf '%s\n' "$services" | sed '/smtp_sasl_password_maps = /s|= .*|= ***|' | about service

# postmap gives user:password, and only what stands before the ':' is let through
user_of() { postmap -c "$dir" -q "$1" "$2" 2>/dev/null | sed -n '1s/:.*//p'; }
relay=$(postconf -c "$dir" -x -h relayhost)
if [ -n "$relay" ]; then
  for table in $(postconf -c "$dir" -x -h smtp_sasl_password_maps | tr , ' '); do
    local_table "$table" || continue
    if ! supported "$table" || hidden "$table"; then echo 'user hidden'; break; fi
    user=$(user_of "$relay" "$table")
    if [ -n "$user" ]; then printf 'user is %s\n' "$user"; break; fi
    # no such login, or a main.cf with which nothing runs: then nobody can say who logs in
    said=$(postmap -c "$dir" -q x static:x 2>&1 >/dev/null) && continue
    printf '%s\n' "$said" | tr '\n' ' ' | about broken
    printf '\nuser hidden\n'
    break
  done
  split "$(postconf -c "$dir" -x -h smtp_tls_policy_maps)" | while IFS= read -r table; do
    if asked "$table"; then postmap -c "$dir" -q "$relay" "$table" 2>/dev/null | sed -n 1p | about policy; fi
  done
fi
# whether a transport is said for all mail
split "$(postconf -c "$dir" -x -h transport_maps)" | while IFS= read -r table; do
  if asked "$table"; then postmap -c "$dir" -q '*' "$table" 2>/dev/null | sed -n 1p | about all; fi
done

if [ -n "${5-}" ]; then
  for table in $(postconf -c "$dir" -x -h smtp_sasl_password_maps | tr , ' '); do
    if [ "${table#*:}" = "$map" ] || ! local_table "$table"; then continue; fi
    user=$(user_of "$5" "$table")
    if [ -n "$user" ]; then printf 'other %s\n' "$user"; break; fi
  done
fi
set +f
for file in "$map".*; do if [ -e "$file" ]; then echo "index ${file##*.}"; fi; done
set -f
if [ -f "$map" ]; then stat -c 'map %a %y %i' "$map" 2>/dev/null || stat -f 'map %Lp %Fm %i' "$map"; fi
if [ -r "$checks" ]; then about checks <"$checks"; fi
if [ -r "$senders" ]; then about senders <"$senders"; fi
if [ -e "$dir/.reconciler" ]; then echo 'left behind'; fi
if [ "$(id -u)" = 0 ]; then
  if running; then echo 'running yes'; else echo 'running no'; fi
fi
exit 0

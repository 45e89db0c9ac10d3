# Changes one Postfix as a whole or not at all: maps, parameters, postfix check, and only then one postfix reload.
# $1: config_directory. $2: relayhost as it will be. $3: user of the login. $4: the login's map: leave, set (the password is
# on standard input), keep (the password that is there, under another relayhost or user), remove. $5: rules for headers:
# leave, set (to $6), remove. $7: those for senders, to $8. $9: yes when the relay's certificate will be verified.
# $10: parameters to clear.
# All that follow: parameters to set, as name=value.
# Prints one line that begins with refused (nothing was touched), failed (with what became of the earlier files) or done.
umask 077
LC_ALL=C PATH="$PATH:/usr/sbin:/sbin:/usr/local/sbin"
export LC_ALL PATH
dir=$1 relay=$2 user=$3 login=$4 header=$5 header_text=$6 sender=$7 sender_text=$8 verified=$9
shift 9
clears=$1
shift
map=$dir/reconciler_sasl_passwd
checks=$dir/reconciler_header_checks
senders=$dir/reconciler_sender_canonical
kept=$dir/.reconciler

# as `postfix status` asks it, without the line that this leaves in the mail log
running() { ! MAIL_CONFIG=$dir "$(postconf -c "$dir" -h daemon_directory)/master" -t >/dev/null 2>&1; }
refused() { echo "refused $1"; exit 1; }
ours() {
  for file in "$dir/main.cf" "$map" "$map".* "$checks" "$checks".* "$senders" "$senders".*; do
    if [ -e "$file" ]; then echo "${file##*/}"; fi
  done
}

command -v postconf >/dev/null || refused no-postconf
[ "$(id -u)" = 0 ] || refused not-root
[ -f "$dir/main.cf" ] || refused no-main
if [ -L "$dir/main.cf" ]; then refused link; fi
running || refused not-running
type=$(postconf -c "$dir" -h default_database_type)
if [ "$login" = set ] || [ "$login" = keep ]; then
  postconf -A | grep -qx "$(postconf -c "$dir" -h smtp_sasl_type)" || refused no-sasl
fi
if [ "$login" = keep ] && [ ! -f "$map" ]; then refused nothing-to-keep; fi
if ! mkdir "$kept" 2>/dev/null; then
  if [ -e "$kept" ]; then refused busy; fi
  refused not-writable
fi

# links, so that what is put back is the very file, with its owner, mode and time; each of ours is replaced, none edited
for name in $(ours); do
  ln "$dir/$name" "$kept/$name" 2>/dev/null || cp -p "$dir/$name" "$kept/$name" || { rm -rf "$kept"; refused not-writable; }
done

step=start
failed() {
  trap '' HUP INT TERM
  state=restored
  for name in $(ours); do [ -e "$kept/$name" ] || rm -f "$dir/$name" || state=lost; done
  # mv does not take a file for its own link
  for file in "$kept"/*; do [ "$file" -ef "$dir/${file##*/}" ] || mv -f "$file" "$dir/" || state=lost; done
  if [ $state = restored ]; then rm -rf "$kept"; fi
  # what was reloaded, or died of it, goes back too
  if [ $step = reload ]; then postfix -c "$dir" reload >/dev/null 2>&1 || postfix -c "$dir" start >/dev/null 2>&1; fi
  printf 'failed %s %s %s\n' "$step" "$state" "$(printf %s "$1" | tr '\n' ' ')"
  exit 1
}
trap 'failed interrupted' HUP INT TERM

step=map
case $login in
  keep)
    while IFS= read -r line; do
      case $line in '#'* | '') ;; *) value=${line#* }; break ;; esac
    done <"$map"
    [ -n "${value-}" ] || failed 'no login in it'
    printf '%s %s:%s\n' "$relay" "$user" "${value#*:}" >"$map.new" || failed 'cannot be written'
    ;;
  set) { printf '%s %s:' "$relay" "$user" && cat && echo; } >"$map.new" || failed 'cannot be written' ;;
esac
if [ -f "$map.new" ]; then
  # a map has a login in each line, and drops the blanks at its end
  [ "$(wc -l <"$map.new")" -eq 1 ] || failed 'a password of several lines'
  case $(cat "$map.new") in "$relay $user:") failed 'an empty password' ;; *[[:space:]]) failed 'a blank at its end' ;; esac
  # what postmap says of a map could repeat a line of it; without one it tells what is wrong with main.cf
  if ! postmap -c "$dir" "$type:$map.new" 2>/dev/null; then
    said=$(postmap -c "$dir" -q x static:x 2>&1 >/dev/null) && failed "postmap does not make $type of it"
    step=check
    failed "$said"
  fi
  # what this postmap does not make would keep the password that was there before
  for file in "$map".*; do
    case $file in "$map.new"*) continue ;; esac
    if [ -e "$file" ] && [ ! -e "$map.new${file#"$map"}" ]; then rm -f "$file" || failed 'an earlier map cannot be removed'; fi
  done
  for file in "$map.new".*; do if [ -e "$file" ]; then mv -f "$file" "$map${file#"$map.new"}" || failed 'cannot be replaced'; fi; done
  mv -f "$map.new" "$map" || failed 'cannot be replaced'
fi

step=rules
rules() { # $1: what to do, $2: the file, $3: its text
  if [ "$1" != set ]; then return; fi
  { printf '%s\n' "$3" >"$2.new" && chmod 644 "$2.new" && mv -f "$2.new" "$2"; } || failed 'cannot be written'
}
rules "$header" "$checks" "$header_text"
rules "$sender" "$senders" "$sender_text"

step=postconf
if [ $# -gt 0 ]; then said=$(postconf -c "$dir" -e "$@" 2>&1) || failed "$said"; fi
if [ -n "$clears" ]; then said=$(postconf -c "$dir" -X $clears 2>&1) || failed "$said"; fi
if [ "$login" = remove ]; then rm -f "$map" "$map".* || failed 'the map cannot be removed'; fi
if [ "$header" = remove ]; then rm -f "$checks" || failed 'the rules cannot be removed'; fi
if [ "$sender" = remove ]; then rm -f "$senders" || failed 'the rules cannot be removed'; fi

step=ca
if [ "$verified" = yes ]; then
  file=$(postconf -c "$dir" -x -h smtp_tls_CAfile)
  path=$(postconf -c "$dir" -x -h smtp_tls_CApath)
  if [ -n "$file" ]; then
    grep -q 'BEGIN.* CERTIFICATE' "$file" 2>/dev/null || failed "$file"
  elif [ -z "$path" ] && [ "$(postconf -c "$dir" -h tls_append_default_CA)" != yes ]; then
    failed ''
  fi
fi

step=check
# without a terminal postfix tells the mail log only; postmap reads the same files, and says it here
postfix -c "$dir" check >/dev/null 2>&1 || failed "$(postmap -c "$dir" -q x static:x 2>&1 >/dev/null)"

step=reload
postfix -c "$dir" reload >/dev/null 2>&1 || failed ''
sleep 0.2 2>/dev/null || sleep 1
running || failed 'it ended'

trap '' HUP INT TERM
rm -rf "$kept"
echo done

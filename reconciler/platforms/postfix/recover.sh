# Takes back a write that was killed: the earlier files are in .reconciler, and what is not among them was not there.
# $1: config_directory.
# Prints one line that begins with none, untouched (the files are as they were), restored, refused or failed.
umask 077
LC_ALL=C PATH="$PATH:/usr/sbin:/sbin:/usr/local/sbin"
export LC_ALL PATH
dir=$1
map=$dir/reconciler_sasl_passwd
checks=$dir/reconciler_header_checks
senders=$dir/reconciler_sender_canonical
kept=$dir/.reconciler

rm -rf "$kept.done" || { echo 'refused not-writable'; exit 1; }
if [ ! -e "$kept" ]; then echo none; exit 0; fi
[ "$(id -u)" = 0 ] || { echo 'refused not-root'; exit 1; }
command -v postconf >/dev/null || { echo 'refused no-postconf'; exit 1; }

# it may outlive who started it: then it ends by itself, one way or the other
writes() {
  pid=$(cat "$kept/.pid" 2>/dev/null)
  [ -n "$pid" ] && kill -0 "$pid" 2>/dev/null || return 1
  [ ! -d /proc/self ] || tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null | grep -q 'write\.sh'
}
left=30
while writes; do
  if [ $left = 0 ]; then echo 'refused busy'; exit 1; fi
  left=$((left - 1))
  sleep 1
done
if [ ! -e "$kept" ]; then echo none; exit 0; fi

# at once: what is half removed would look like files that were not there before
forget() { mv "$kept" "$kept.done" && rm -rf "$kept.done"; }
if [ -e "$kept/.linking" ] || [ ! -f "$kept/main.cf" ]; then
  forget || { echo 'refused not-writable'; exit 1; }
  echo untouched
  exit 0
fi

state=restored
for file in "$dir/main.cf" "$map" "$map".* "$checks" "$checks".* "$senders" "$senders".*; do
  if [ -e "$file" ] && [ ! -e "$kept/${file##*/}" ]; then rm -f "$file" || state=lost; fi
done
# copies, so that being killed here loses nothing; a link is the very file, with its owner, mode and time
for file in "$kept"/*; do
  name=${file##*/}
  if [ "$file" -ef "$dir/$name" ]; then continue; fi
  { ln -f "$file" "$dir/.$name.new" 2>/dev/null || cp -p "$file" "$dir/.$name.new"; } && mv -f "$dir/.$name.new" "$dir/$name" || state=lost
done
if [ $state = lost ]; then echo 'failed start lost not everything could be put back'; exit 1; fi
forget || { echo 'refused not-writable'; exit 1; }
postfix -c "$dir" reload >/dev/null 2>&1
echo restored

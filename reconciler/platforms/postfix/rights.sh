# Says who runs this, and what that user may do with one Postfix. Writes nothing. $1: config_directory.
LC_ALL=C PATH="$PATH:/usr/sbin:/sbin:/usr/local/sbin"
export LC_ALL PATH
echo "user $(id -un 2>/dev/null || id -u)"
if [ "$(id -u)" = 0 ]; then echo 'root yes'; fi
command -v postconf >/dev/null || exit 0
echo 'postconf yes'
echo "version $(postconf -c "$1" -h mail_version 2>/dev/null)"
if [ -r "$1/main.cf" ]; then echo 'read yes'; fi
if [ -w "$1" ] && [ -w "$1/main.cf" ]; then echo 'write yes'; fi
exit 0

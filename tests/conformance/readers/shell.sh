# Sources each file in a process of its own; arguments are paths and keys in turn. `=value` or nothing, then NUL.
while [ "$#" -gt 1 ]; do
  (
    unset "$2"
    . "$1" >/dev/null 2>&1
    eval "[ -n \"\${$2+x}\" ] && printf '=%s' \"\$$2\""
  ) 2>/dev/null
  printf '\0'
  shift 2
done

# rename_act  renames $from to $to below one mount, proven first.
rename_act() {
  set -eu
  umask 077
  mkdir -p "$(dirname "$to")"
  # A rename is atomic below one mount only; anything else would be a copy.
  here=$(stat -c %m "$(dirname "$from")")
  there=$(stat -c %m "$(dirname "$to")")
  [ "$here" = "$there" ] || { echo "different mounts: $here and $there"; exit 1; }
  [ ! -e "$to" ] || { echo "already there: $to"; exit 1; }
  mv -nT "$from" "$to"
  sync "$(dirname "$from")" "$(dirname "$to")"
}
# rename_look SIGN  where SIGN is the path that says whether anything is at $from.
rename_look() {
  if [ -e "$1" ]; then echo from=present; else echo from=absent; fi
  # A rename that only memory knows is no witness: a power loss would take it back.
  [ ! -e "$to" ] || sync "$(dirname "$from")" "$(dirname "$to")" || exit 1
  if [ -e "$to" ]; then echo to=present; else echo to=absent; fi
}

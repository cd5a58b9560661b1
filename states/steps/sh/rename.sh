# rename_act  renames $from to $to, after checking that both are on one mount.
rename_act() {
  set -eu
  umask 077
  mkdir -p "$(dirname "$to")"
  # A rename is atomic only within one mount; anything else would be a copy.
  here=$(stat -c %m "$(dirname "$from")")
  there=$(stat -c %m "$(dirname "$to")")
  [ "$here" = "$there" ] || { echo "different mounts: $here and $there"; exit 1; }
  [ ! -e "$to" ] || { echo "already exists: $to"; exit 1; }
  mv -nT "$from" "$to"
  sync "$(dirname "$from")" "$(dirname "$to")"
}
# rename_look PATH  where the existence of PATH shows whether anything is at $from.
rename_look() {
  if [ -e "$1" ]; then echo from=present; else echo from=absent; fi
  # A rename that is not synced proves nothing: a power loss would undo it.
  [ ! -e "$to" ] || sync "$(dirname "$from")" "$(dirname "$to")" || exit 1
  if [ -e "$to" ]; then echo to=present; else echo to=absent; fi
}

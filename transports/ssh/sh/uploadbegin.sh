# shellcheck disable=SC2154  # directory, name, part, size and sha256 are assigned at the head
# Behind digest. A copy that lies on the host already, where an operator or a cluster-backup.sh has
# left it, spares the way; it counts only by its digest.
umask 077
mkdir -p "$directory" || exit 1
[ ! -e "$directory/$name" ] || { echo named; exit 0; }
found=$(find /home/ /root/ -xdev -maxdepth 6 -type f -name "$name" -size "${size}c" 2> /dev/null |
  head -n 8 | while read -r file; do
  case $(digest < "$file") in
    "$sha256"*) printf '%s' "$file"; break ;;
  esac
done)
if [ -n "$found" ]; then
  cp --reflink=auto -- "$found" "$part" || exit 1
  printf 'found %s\n' "$found"
elif [ "$(stat -c %s "$part" 2> /dev/null)" = "$size" ]; then
  echo kept
else
  if ! { rm -f "$part" && truncate -s "$size" "$part"; }; then exit 1; fi
  echo new
fi

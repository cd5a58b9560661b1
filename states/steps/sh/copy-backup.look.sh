# The SHA-256 of each backup file that exists; their names are the arguments.
for name in "$@"; do
  [ ! -e "$directory/$name" ] ||
    printf '%s=%s\n' "$name" "$(digest < "$directory/$name" | cut -c 1-64)"
done
# The restore script's `ls -v` could pick any other file there.
[ ! -d "$directory" ] ||
  printf 'files=%s\n' "$(find "$directory" -mindepth 1 -name '[!.]*' | wc -l)"

# The SHA-256 of each of the backup's files that is there; their names are the arguments.
for name in "$@"; do
  [ ! -e "$directory/$name" ] ||
    printf '%s=%s\n' "$name" "$(digest < "$directory/$name" | cut -c 1-64)"
done
# Anything else there would be a second choice for the script's `ls -v`.
[ ! -d "$directory" ] ||
  printf 'files=%s\n' "$(find "$directory" -mindepth 1 -name '[!.]*' | wc -l)"

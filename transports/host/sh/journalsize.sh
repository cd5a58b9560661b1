# shellcheck disable=SC2154  # file, dir and known are assigned at the head
# How long the host's copy of the journal is, and its digest unless that was known.
umask 077
if ! { mkdir -p "$dir" && : >> "$file"; }; then exit 1; fi
size=$(stat -c %s "$file") || exit 1
echo "$size"
# Of so many bytes, since another lane may be adding to the file right now.
[ "$size" = "$known" ] || head -c "$size" "$file" | sha256sum | cut -d ' ' -f 1

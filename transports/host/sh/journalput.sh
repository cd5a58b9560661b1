# shellcheck disable=SC2154  # file, dir and offset are assigned at the head
# By offset, so that a write that comes late or twice puts the same bytes in the same place.
dd of="$file" bs=65536 iflag=fullblock oflag=seek_bytes seek="$offset" conv=notrunc,fsync \
  status=none && sync "$dir"

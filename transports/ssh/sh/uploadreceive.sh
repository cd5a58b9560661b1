# shellcheck disable=SC2154  # part is assigned at the head
# Behind digest. dd's fullblock with a count takes exactly the chunk from stdin, and no byte of the
# next header; the answer is the digest of what the file has then.
umask 077
while read -r at size; do
  dd of="$part" bs=131072 iflag=fullblock,count_bytes oflag=seek_bytes conv=notrunc \
    seek="$at" count="$size" status=none || exit 1
  echo "$at $(dd if="$part" bs=131072 iflag=skip_bytes,count_bytes skip="$at" \
    count="$size" status=none | digest)"
done

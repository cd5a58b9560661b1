# shellcheck disable=SC2154  # directory, name and part are assigned at the head
sync "$part" && mv -nT "$part" "$directory/$name" && sync "$directory"

# Where the procedure writes: of each place its device, its mount, and the bytes and inodes there.
# shellcheck disable=SC2154  # etcd_data and etcd_backup are assigned at the head
room() {
  for place in /var/lib/restorectl "$etcd_data" "$etcd_backup" /etc/kubernetes; do
    path=$place
    while [ ! -e "$path" ]; do path=$(dirname "$path"); done
    printf 'room=%s %s %s\n' "$place" "$(stat -L -c '%d %m' "$path/.")" \
      "$(stat -f -c '%a %S %d %c' "$path")"
  done
  [ ! -d "$etcd_data/member" ] ||
    printf 'member_bytes=%s\n' "$(du -s -B1 "$etcd_data/member" 2>/dev/null | cut -f 1)"
  [ ! -L "$etcd_data" ] ||
    printf 'etcd_link=%s\n' "$(printf '%s' "$(readlink -f "$etcd_data")" | tr '[:cntrl:]' '?')"
}

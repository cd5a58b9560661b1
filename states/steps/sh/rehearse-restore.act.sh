# Restores the snapshot on trial, where there is an etcdctl and room, and removes what it restored.
umask 077
tell() {
  printf '%s\n' "$1" > "$result.new"
  sync "$result.new" && mv -T "$result.new" "$result" && sync "$(dirname "$result")"
}
# What the restore script itself would use, if an earlier one left it, else the host's own.
for tool in /etc/kubernetes/static-pod-resources/bin/etcdctl "$(command -v etcdctl)" ''; do
  [ ! -x "$tool" ] || break
done
[ -n "$tool" ] || { tell 'skipped=the host has no etcdctl outside of its containers'; exit $?; }
rm -rf "$trial"  # of this step's own, if the host went down within it
need=$(($(stat -c %s "$snapshot") * 11 / 10 + 209715200))
room=$(($(stat -f -c '%a * %S' "$(dirname "$trial")")))
if [ "$room" -lt "$need" ]; then
  tell "skipped=it needs $need bytes and $room are free below $(dirname "$trial")"
  exit $?
fi
if words=$(ETCDCTL_API=3 "$tool" snapshot restore "$snapshot" --data-dir "$trial" 2>&1) &&
    [ -s "$trial/member/snap/db" ]; then
  size=$(stat -c %s "$trial/member/snap/db")
  rm -rf "$trial"
  tell "restored=$size"
else
  rm -rf "$trial"
  printf '%s\n' "$words" | tail -n 3
  echo "$tool cannot restore this snapshot; nothing was stopped or moved"
  exit 1
fi

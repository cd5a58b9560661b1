# Runs a trial restore of the snapshot where there is an etcdctl and enough space.
umask 077
record() {
  printf '%s\n' "$1" > "$result.new"
  sync "$result.new" && mv -T "$result.new" "$result" && sync "$(dirname "$result")"
}
# The one that the restore script uses, if an earlier restore left it, else the host's own.
for tool in /etc/kubernetes/static-pod-resources/bin/etcdctl "$(command -v etcdctl)" ''; do
  [ ! -x "$tool" ] || break
done
[ -n "$tool" ] || { record 'skipped=the host has no etcdctl outside its containers'; exit $?; }
rm -rf "$trial"  # left by this step if the host went down during it
need=$(($(stat -c %s "$snapshot") * 11 / 10 + 209715200))
room=$(($(stat -f -c '%a * %S' "$(dirname "$trial")")))
if [ "$room" -lt "$need" ]; then
  record "skipped=it needs $need bytes, and $room are free in $(dirname "$trial")"
  exit $?
fi
if output=$(ETCDCTL_API=3 "$tool" snapshot restore "$snapshot" --data-dir "$trial" 2>&1) &&
    [ -s "$trial/member/snap/db" ]; then
  size=$(stat -c %s "$trial/member/snap/db")
  rm -rf "$trial"
  record "restored=$size"
else
  rm -rf "$trial"
  printf '%s\n' "$output" | tail -n 3
  echo "$tool cannot restore this snapshot; nothing was stopped or moved"
  exit 1
fi

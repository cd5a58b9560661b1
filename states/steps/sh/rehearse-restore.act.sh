# Runs a trial restore of the snapshot where there is a tool for it and enough space.
umask 077
record() {
  printf '%s\n' "$1" > "$result.new"
  sync "$result.new" && mv -T "$result.new" "$result" && sync "$(dirname "$result")"
}
rm -rf "$trial"  # left by this step if the host went down during it
need=$(($(stat -c %s "$snapshot") * 11 / 10 + 209715200))
room=$(($(stat -f -c '%a * %S' "$(dirname "$trial")")))
# Those that the restore script uses, if an earlier restore left them, else the host's own.
bin=/etc/kubernetes/static-pod-resources/bin
why='the host has no etcdctl outside its containers'
for tool in "$bin/etcdutl" "$bin/etcdctl" "$(command -v etcdutl)" "$(command -v etcdctl)"; do
  if [ ! -f "$tool" ] || [ ! -x "$tool" ]; then continue; fi
  if [ "$room" -lt "$need" ]; then
    why="it needs $need bytes, and $room are free in $(dirname "$trial")"
    break
  fi
  output=$(ETCDCTL_API=3 "$tool" snapshot restore "$snapshot" --data-dir "$trial" 2>&1)
  code=$?
  if [ "$code" -eq 0 ] && [ -s "$trial/member/snap/db" ]; then
    size=$(stat -c %s "$trial/member/snap/db")
    rm -rf "$trial"
    record "restored=$size"
    exit $?
  fi
  rm -rf "$trial"
  # A tool of another generation, or of another machine, says nothing about the backup: etcdctl 3.6
  # has no `snapshot restore`, and prints its usage.
  case $code:$output in
    0:* | 126:* | 127:* | *'unknown flag'* | *'unknown command'* | *[Uu]sage:* | *USAGE:*)
      why="$tool cannot restore snapshots (exit code $code): $(printf '%s\n' "$output" | head -n 1)"
      continue
      ;;
  esac
  printf '%s\n' "$output" | tail -n 3
  echo "$tool cannot restore this snapshot; nothing was stopped or moved"
  exit 1
done
record "skipped=$why"

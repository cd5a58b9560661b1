# shellcheck disable=SC2154  # dir and unit are assigned at the head
# Away from the SSH session: the job lives on when the link dies.
launch() {
  systemd-run --quiet --collect --unit="$unit" /bin/sh "$dir/wrapper" "$dir" > "$dir/launch" 2>&1
}

# shellcheck disable=SC2154  # dir and unit are assigned at the head
# Away from the SSH session: the job lives on when the link dies. With the PATH of the looks, which
# is sudo's, so that what a look found is what the job runs; and with a home, which a unit has not:
# podman of 2020 does nothing without.
launch() {
  systemd-run --quiet --collect --unit="$unit" --setenv=HOME=/root --setenv=PATH="$PATH" \
    /bin/sh "$dir/wrapper" "$dir" > "$dir/launch" 2>&1
}

# shellcheck disable=SC2154  # dir is assigned at the head
# The same on a workstation, which need not have systemd.
launch() { setsid /bin/sh "$dir/wrapper" "$dir" < /dev/null > "$dir/launch" 2>&1 & }

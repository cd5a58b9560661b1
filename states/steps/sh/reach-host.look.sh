# The host's owner, if it has one, the host's identity, and the user that runs this script.
owner_print
printf 'boot_id=%s\n' "$(cat /proc/sys/kernel/random/boot_id)"
printf 'booted_s=%s\n' "$(sed -n 's/^btime //p' /proc/stat)"
printf 'machine_id=%s\n' "$(cat /etc/machine-id)"
printf 'hostname=%s\n' "$(cat /proc/sys/kernel/hostname)"
printf 'user_id=%s\n' "$(id -u)"

# Behind owner_functions. Nothing on the host changes.
printf 'machine_id=%s\nboot_id=%s\n' "$(cat /etc/machine-id)" \
  "$(cat /proc/sys/kernel/random/boot_id)"
owner_print

# What the machine-config daemon logged when it had the host rebooted, at the end of the boot before
# this one. It logs to the host's own journal first, and then asks systemd. A long journal is read
# from its end, for so long.
timeout 5 journalctl -b -1 -r -q -o cat --no-pager 2> /dev/null |
  grep -m 1 -F 'initiating reboot: ' | sed 's/.*initiating reboot: //' | cut -c 1-300
exit 0

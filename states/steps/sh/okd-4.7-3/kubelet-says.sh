# kubelet_says NAME MANIFEST  once the manifest has been in place for a minute: "kubelet=" and the
# last errors and warnings of the kubelet about NAME, or "kubelet=none". They are sorted and without
# times, so that only another text is a change.
kubelet_says() {
  since=$(stat -c %Z "$2" 2> /dev/null) || return 0
  [ "$(($(date +%s) - since))" -ge 60 ] || return 0
  said=$(timeout 10 journalctl -u kubelet.service --since=-15min -n 3000 -o cat --no-pager 2> /dev/null |
    grep '^[EW][0-9]' | grep -F "$1" | tail -n 100 |
    sed 's/^[EW][0-9]* *[0-9:.]* *[0-9]* *//' | cut -c 1-240 | tac | awk '!seen[$0]++' |
    head -n 3 | sort | awk '{ printf "%s%s", (NR > 1 ? " | " : ""), $0 }')
  printf 'kubelet=%s\n' "${said:-none}"
}

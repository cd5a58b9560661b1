# Ids and times are left out of what is quoted, and lines are sorted, so that only another text is a
# change.
plain() { sed 's/[0-9a-f]\{64\}/<id>/g' | cut -c 1-240; }
on_one_line() { awk '{ printf "%s%s", (NR > 1 ? " | " : ""), $0 }'; }

# few_lines  the last three different lines of its input.
few_lines() {
  tail -n 100 | plain | tac | awk '!seen[$0]++' | head -n 3 | sort | on_one_line
}

# log_of UNIT  what it logged in the last quarter of an hour, without the journal's own words.
log_of() {
  timeout 10 journalctl -u "$1" --since=-15min -n 3000 -o cat --no-pager 2> /dev/null
}

# ended_since NAME TIME  the id and exit code of the last container NAME that was made after this time
# and has ended. Those that ended before, of the pod before, are still listed for minutes.
ended_since() {
  id=$(timeout 5 crictl ps -a --label "io.kubernetes.container.name=$1" -o json 2> /dev/null |
    jq -r --argjson since "$2" '[.containers[]? | select(.state == "CONTAINER_EXITED" and
      (.createdAt | tonumber) / 1000000000 >= $since)] | max_by(.createdAt | tonumber) | .id // empty' \
      2> /dev/null)
  [ -n "$id" ] || return 0
  code=$(timeout 5 crictl inspect "$id" 2> /dev/null | jq -r '.status.exitCode | numbers' 2> /dev/null)
  printf '%s %s\n' "$id" "${code:-unknown}"
}

# of_pod NAME MANIFEST  the lines of its input about this host's static pod NAME, which the kubelet
# calls NAME-NODE in its namespace ("openshift-etcd/etcd-NODE", "etcd-NODE_openshift-etcd(UID)") and
# the runtime k8s_CONTAINER_NAME-NODE_…, or about its manifest. The name alone is also in the lines of
# guards and installers in its namespace, and in those of whoever cannot reach it.
# shellcheck disable=SC2154  # node_name is assigned at the head
of_pod() {
  pod=$(printf '%s' "$1-$node_name" | sed 's/[.]/[.]/g')
  grep -E -e "(^|[^A-Za-z0-9.-])$pod([^A-Za-z0-9.-]|[.-]?$|[.-][^A-Za-z0-9])" -e "$2"
}

# kubelet_says NAME MANIFEST  once the manifest has been in place for a minute, while no container NAME
# runs: what is said of it,
#   kubelet=TEXT   the last errors and warnings of the kubelet, or "none"
#   runtime=TEXT   those of the container runtime, or "none"
#   ended=TEXT     the last words of the last container NAME, if it ended since then: "code 1: TEXT"
kubelet_says() {
  since=$(stat -c %Z "$2" 2> /dev/null) || return 0
  [ "$(($(date +%s) - since))" -ge 60 ] || return 0
  said=$(log_of kubelet.service | grep '^[EW][0-9]' | of_pod "$1" "$2" |
    sed 's/^[EW][0-9]* *[0-9:.]* *[0-9]* *//' | few_lines)
  printf 'kubelet=%s\n' "${said:-none}"
  said=$(log_of crio.service | of_pod "$1" "$2" | grep -E 'level=(warn|error|fatal)|is reserved' |
    sed 's/time="[^"]*" *//' | few_lines)
  printf 'runtime=%s\n' "${said:-none}"
  ended=$(ended_since "$1" "$since")
  [ -n "$ended" ] || return 0
  said=$(timeout 5 crictl logs --tail 3 "${ended%% *}" 2>&1 | tail -n 3 | plain | on_one_line)
  printf 'ended=code %s: %s\n' "${ended#* }" "${said:-no output}"
}

# The health of etcd's members, and what the host has for a restore that needs no backup.
id=$(crictl ps -q --label io.kubernetes.container.name=etcdctl 2>/dev/null | head -n 1)
# By the endpoints of its environment: the member list needs a quorum.
[ -z "$id" ] || timeout 30 crictl exec "$id" etcdctl endpoint health -w json 2>/dev/null |
  jq -r '"healthy=\([.[] | select(.health)] | length)", "members=\(length)"' 2>/dev/null
[ ! -e "$etcd_data/member/snap/db" ] || echo data=present
[ ! -x /usr/local/bin/quorum-restore.sh ] || echo quorum_restore=present
exit 0

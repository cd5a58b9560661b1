if mountpoint -q /var/lib/etcd; then
  from=/var/lib/etcd/member to=@member_aside@
else
  from=/var/lib/etcd to=@etcd_aside@
fi
sign=/var/lib/etcd/member
[ -e "${sign:-$from}" ] && echo from=present || echo from=absent
# A rename that only memory knows is no witness: a power loss would take it back.
[ ! -e "$to" ] || sync "$(dirname "$from")" "$(dirname "$to")" || exit 1
[ -e "$to" ] && echo to=present || echo to=absent
printf 'kept=%s\n' "$to"

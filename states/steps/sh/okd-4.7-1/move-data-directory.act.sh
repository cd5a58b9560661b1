if mountpoint -q /var/lib/etcd; then
  from=/var/lib/etcd/member to=@member_aside@
else
  from=/var/lib/etcd to=@etcd_aside@
fi
set -eu
umask 077
mkdir -p "$(dirname "$to")"
# A rename is atomic below one mount only; anything else would be a copy.
here=$(stat -c %m "$(dirname "$from")")
there=$(stat -c %m "$(dirname "$to")")
[ "$here" = "$there" ] || { echo "different mounts: $here and $there"; exit 1; }
[ ! -e "$to" ] || { echo "already there: $to"; exit 1; }
mv -nT "$from" "$to"
sync "$(dirname "$from")" "$(dirname "$to")"

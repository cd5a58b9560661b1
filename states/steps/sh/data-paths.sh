# A data directory that is a mount of its own cannot be renamed; its `member` is, within the mount.
if mountpoint -q "$etcd_data"; then
  from=$etcd_data/member to=$member_aside
else
  from=$etcd_data to=$etcd_aside
fi

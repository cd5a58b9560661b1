# Makes the restored etcd writable. Each part may be repeated: a compaction that was done is refused
# and that is all, a defragmentation starts anew, an alarm that is gone stays gone.
id=$(crictl ps -q --label io.kubernetes.container.name=etcd | head -n 1)
[ -n "$id" ] || { echo 'no etcd container is running'; exit 1; }
own_etcdctl() {
  crictl exec "$id" env "ETCDCTL_ENDPOINTS=$endpoint" etcdctl --command-timeout=1200s "$@"
}
if [ "$make_room" = yes ]; then
  revision=$(own_etcdctl endpoint status -w json | jq -r '.[0].Status.header.revision') || exit 1
  own_etcdctl compact --physical "$revision" ||
    echo "the history up to revision $revision was not compacted; going on"
  own_etcdctl defrag || exit 1
fi
own_etcdctl alarm disarm

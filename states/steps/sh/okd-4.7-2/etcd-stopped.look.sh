# By label and never by grep: hosts and clusters can have "etcd" in their names. If crictl fails, it
# prints nothing, which must not count as "stopped": exit with an error.
[ ! -e "$manifests/etcd-pod.yaml" ] || echo manifest=back
for name in etcd etcdctl etcd-metrics; do
  ids=$(crictl ps -q --label "io.kubernetes.container.name=$name") || exit 1
  [ -z "$ids" ] || { echo "running=$name"; exit 0; }
done

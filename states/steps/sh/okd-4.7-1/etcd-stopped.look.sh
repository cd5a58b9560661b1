[ ! -e /etc/kubernetes/manifests/etcd-pod.yaml ] || echo manifest=back
ids=$(crictl ps -q --label io.kubernetes.container.name=etcd) || exit 1
[ -z "$ids" ] || { echo running=etcd; exit 0; }
ids=$(crictl ps -q --label io.kubernetes.container.name=etcdctl) || exit 1
[ -z "$ids" ] || { echo running=etcdctl; exit 0; }
ids=$(crictl ps -q --label io.kubernetes.container.name=etcd-metrics) || exit 1
[ -z "$ids" ] || { echo running=etcd-metrics; exit 0; }

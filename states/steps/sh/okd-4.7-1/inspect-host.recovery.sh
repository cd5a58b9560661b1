for name in $(ls -A /var/lib/etcd 2>/dev/null); do
  [ "$name" = member ] || printf 'stray=%s\n' "$name"
done
[ ! -r /usr/local/bin/cluster-restore.sh ] || printf 'script=%s\n' "$(sha256sum < /usr/local/bin/cluster-restore.sh | cut -c 1-16)"
[ -e /usr/local/bin/cluster-restore.sh ] || echo lack=/usr/local/bin/cluster-restore.sh
[ -e /etc/kubernetes/static-pod-resources/etcd-certs/configmaps/restore-etcd-pod/pod.yaml ] || echo lack=/etc/kubernetes/static-pod-resources/etcd-certs/configmaps/restore-etcd-pod/pod.yaml
[ -r /etc/kubernetes/static-pod-resources/etcd-certs/configmaps/etcd-scripts/etcd.env ] || echo lack=/etc/kubernetes/static-pod-resources/etcd-certs/configmaps/etcd-scripts/etcd.env
@api@sed -n 's/^export NODE_.*_ETCD_NAME="\{0,1\}\([^"]*\)"\{0,1\}$/node=\1/p' /etc/kubernetes/static-pod-resources/etcd-certs/configmaps/etcd-scripts/etcd.env 2>/dev/null

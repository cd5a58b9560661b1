[ -x /usr/local/bin/cluster-restore.sh ] && echo script=present || echo script=absent
printf 'member=%s\n' "$(stat -c %i /var/lib/etcd/member 2>/dev/null)"
[ -s /var/lib/etcd/member/snap/db ] && echo database=present || echo database=absent
[ -e /var/lib/etcd-backup/snapshot.db ] && echo snapshot=waiting || echo snapshot=gone
missing=
for pod in etcd kube-apiserver kube-controller-manager kube-scheduler; do
  [ -e /etc/kubernetes/manifests/$pod-pod.yaml ] || missing="$missing $pod-pod.yaml"
done
echo "missing=$missing"
ids=$(crictl ps -q --label io.kubernetes.container.name=etcd) || exit 1
printf 'etcd=%s\n' "$(printf '%s' "$ids" | grep -c .)"
exit 0

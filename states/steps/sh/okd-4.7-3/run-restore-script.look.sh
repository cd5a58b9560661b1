# The old member keeps its inode when the script renames it away; a new inode at the old place
# proves that the data was written again, and not merely left alone.
if [ -x "$restore_script" ]; then echo script=present; else echo script=absent; fi
printf 'member=%s\n' "$(stat -c %i "$etcd_data/member" 2>/dev/null)"
if [ -s "$etcd_data/member/snap/db" ]; then echo database=present; else echo database=absent; fi
if [ -e "$etcd_backup/snapshot.db" ]; then echo snapshot=waiting; else echo snapshot=gone; fi
missing=
for pod in etcd kube-apiserver kube-controller-manager kube-scheduler; do
  [ -e "$manifests/$pod-pod.yaml" ] || missing="$missing $pod-pod.yaml"
done
echo "missing=$missing"
ids=$(crictl ps -q --label io.kubernetes.container.name=etcd) || exit 1
printf 'etcd=%s\n' "$(printf '%s' "$ids" | grep -c .)"
[ -n "$ids" ] || kubelet_says etcd "$manifests/etcd-pod.yaml"
# The script waits without an end for what stays listed, and takes what is not listed for stopped.
witness etcd "$ids" 2379 2380
ids=$(crictl ps -q --label io.kubernetes.container.name=kube-apiserver) || exit 1
witness kube-apiserver "$ids" 6443
exit 0

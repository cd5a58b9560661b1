ids=$(crictl ps -q --label io.kubernetes.container.name=etcd) || exit 1
printf 'running=%s\n' "$(printf '%s' "$ids" | grep -c .)"
[ -n "$ids" ] || kubelet_says etcd "$manifests/etcd-pod.yaml"
exit 0

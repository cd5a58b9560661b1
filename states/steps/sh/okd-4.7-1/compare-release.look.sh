for pod in etcd kube-apiserver kube-controller-manager kube-scheduler; do
  newest=$(ls -vd /etc/kubernetes/static-pod-resources/$pod-pod-[0-9]* 2>/dev/null | tail -n 1)
  [ -n "$newest" ] || continue
  printf '%s.version=%s\n' $pod "$(head -c 200 "$newest/configmaps/$pod-pod/version" 2>/dev/null)"
  grep -o '"\{0,1\}image"\{0,1\}: *"\{0,1\}[^", ]*' "$newest/$pod-pod.yaml" 2>/dev/null | sed 's/.*[" ]//' | sort -u | sed "s/^/$pod.image=/"
  [ $pod != etcd ] || [ ! -r "$newest/configmaps/etcd-serving-ca/ca-bundle.crt" ] ||
    printf 'etcd.ca=%s\n' "$(sha256sum < "$newest/configmaps/etcd-serving-ca/ca-bundle.crt" | cut -d ' ' -f 1)"
done
exit 0

# The release of the static pods on this host, from its own files: works while the API is down.
for pod in etcd kube-apiserver kube-controller-manager kube-scheduler; do
  # shellcheck disable=SC2012  # ls sorts the revisions as numbers, and no name has a blank
  newest=$(ls -vd /etc/kubernetes/static-pod-resources/"$pod"-pod-[0-9]* 2>/dev/null | tail -n 1)
  [ -n "$newest" ] || continue
  printf '%s.version=%s\n' "$pod" "$(head -c 200 "$newest/configmaps/$pod-pod/version" 2>/dev/null)"
  grep -o '"\{0,1\}image"\{0,1\}: *"\{0,1\}[^", ]*' "$newest/$pod-pod.yaml" 2>/dev/null |
    sed 's/.*[" ]//' | sort -u | sed "s/^/$pod.image=/"
  ca=$newest/configmaps/etcd-serving-ca/ca-bundle.crt
  [ "$pod" != etcd ] || [ ! -r "$ca" ] ||
    printf 'etcd.ca=%s\n' "$(sha256sum < "$ca" | cut -d ' ' -f 1)"
done
exit 0

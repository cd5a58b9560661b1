# The release of the static pods on this host, from its own files: works while the API is down.
for pod in etcd kube-apiserver kube-controller-manager kube-scheduler; do
  # The live revision, by the manifest: after an earlier restore the highest number on the disk is
  # from the future. Without a manifest the newest by time, as cluster-backup.sh has it.
  resources=/etc/kubernetes/static-pod-resources/$pod-pod
  manifest=$manifests/$pod-pod.yaml
  live=$(grep -o "$resources-[0-9][0-9]*" "$manifest" 2>/dev/null | head -n 1)
  [ -n "$live" ] ||
    live=$resources-$(grep -o '"\{0,1\}revision"\{0,1\}: *"[0-9]*"' "$manifest" 2>/dev/null |
      tr -dc '0-9\n' | head -n 1)
  # shellcheck disable=SC2012  # ls sorts by time, and no name has a blank
  [ -d "$live" ] || live=$(ls -td "$resources"-[0-9]* 2>/dev/null | head -n 1)
  [ -n "$live" ] || continue
  printf '%s.revision=%s\n' "$pod" "${live##*-}"
  printf '%s.version=%s\n' "$pod" "$(head -c 200 "$live/configmaps/$pod-pod/version" 2>/dev/null)"
  grep -o '"\{0,1\}image"\{0,1\}: *"\{0,1\}[^", ]*' "$live/$pod-pod.yaml" 2>/dev/null |
    sed 's/.*[" ]//' | sort -u | sed "s/^/$pod.image=/"
  ca=$live/configmaps/etcd-serving-ca/ca-bundle.crt
  [ "$pod" != etcd ] || [ ! -r "$ca" ] ||
    printf 'etcd.ca=%s\n' "$(sha256sum < "$ca" | cut -d ' ' -f 1)"
done
etcd_version
exit 0

for file in etcd-pod.yaml kube-apiserver-pod.yaml; do
  [ ! -e /etc/kubernetes/manifests/$file ] || echo "alive=manifest $file"
done
for name in etcd kube-apiserver; do
  ids=$(crictl ps -q --label io.kubernetes.container.name=$name) || exit 1
  [ -z "$ids" ] || echo "alive=container $name"
done
[ ! -e /var/lib/etcd/member ] || echo alive=data

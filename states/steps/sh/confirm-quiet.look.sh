# What could still run etcd or kube-apiserver on this host, and what does.
for file in etcd-pod.yaml kube-apiserver-pod.yaml; do
  [ ! -e "$manifests/$file" ] || echo "alive=manifest $file"
done
for name in etcd kube-apiserver; do
  ids=$(crictl ps -q --label "io.kubernetes.container.name=$name") || exit 1
  [ -z "$ids" ] || echo "alive=container $name"
  case $name in
    etcd) witness etcd "$ids" 2379 2380 ;;
    *) witness kube-apiserver "$ids" 6443 ;;
  esac
done
[ ! -e "$etcd_data/member" ] || echo alive=data
absent_answers

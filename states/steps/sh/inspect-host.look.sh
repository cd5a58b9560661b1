# What prevents a restore on this host, one line each; what is missing as lack=….
for tool in crictl systemctl systemd-run sha256sum stat tail mv flock; do
  command -v "$tool" > /dev/null 2>&1 || echo "lack=$tool"
done
printf 'path=%s\n' "$PATH"
[ -d "$manifests" ] || echo "lack=$manifests"
printf 'clock_ms=%s\n' "$(date +%s%3N)"
printf 'free_bytes=%s\n' "$(($(stat -f -c '%a * %S' /var/lib)))"
room
awk '/^MemAvailable:/ { printf "memory_bytes=%.0f\n", $2 * 1024 }' /proc/meminfo
for unit in kubelet crio; do
  case $(systemctl is-active "$unit.service") in
    active | activating | reloading) ;;
    *) echo "down=$unit" ;;
  esac
done
[ ! -e /run/systemd/shutdown/scheduled ] || echo 'reboot=scheduled in systemd'
# What the machine-config daemon asks systemd for before it reboots the host.
[ "$(systemctl is-active machine-config-daemon-reboot.service)" != active ] ||
  echo 'reboot=requested by the machine-config daemon'
manifest_pods
[ ! -e "$manifests/keepalived.yaml" ] || echo keepalived=yes
for path in /tmp/etcd /tmp/etcd-pod.yaml /tmp/kube-apiserver-pod.yaml \
  "$etcd_backup" "$stopped_manifests"; do
  [ ! -e "$path" ] || echo "left=$path"
done
pem=/var/lib/kubelet/pki/kubelet-client-current.pem
[ ! -e "$pem" ] || printf 'kubelet_pki_s=%s\n' "$(stat -L -c %Y "$pem")"
node_names
[ -z "$backup_time" ] || printf 'backup_s=%s\n' "$(date -d "$backup_time" +%s)"
absent_answers
[ "$recovers" = yes ] || exit 0
find "$etcd_data/" -mindepth 1 -maxdepth 1 ! -name member -printf 'stray=%f\n' 2>/dev/null | sort |
  awk 'NR <= 20 { print } END { if (NR > 20) print "stray_left_out=" NR - 20 }'
[ ! -r "$restore_script" ] ||
  printf 'script=%s\n' "$(sha256sum < "$restore_script" | cut -c 1-16)"
for path in "$restore_script" "$restore_pod"; do
  [ -e "$path" ] || echo "lack=$path"
done
[ -r "$etcd_scripts/etcd.env" ] || echo "lack=$etcd_scripts/etcd.env"
if [ "$api_via" = recovery_host ]; then
  for tool in jq "$api_command"; do
    command -v "$tool" > /dev/null 2>&1 || echo "lack=$tool"
  done
  [ -r "$node_kubeconfigs/localhost.kubeconfig" ] ||
    [ -r "$node_kubeconfigs/localhost-recovery.kubeconfig" ] ||
    echo "lack=$node_kubeconfigs/localhost.kubeconfig"
fi
# etcd's own list of nodes, readable while the API is down.
sed -n 's/^export NODE_.*_ETCD_NAME="\{0,1\}\([^"]*\)"\{0,1\}$/node=\1/p' \
  "$etcd_scripts/etcd.env" 2>/dev/null
podman_works
exit 0

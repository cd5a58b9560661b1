for tool in crictl systemctl systemd-run sha256sum stat tail mv flock; do
  command -v $tool >/dev/null 2>&1 || echo "lack=$tool"
done
[ -d /etc/kubernetes/manifests ] || echo lack=/etc/kubernetes/manifests
printf 'clock_ms=%s\n' "$(date +%s%3N)"
printf 'free_bytes=%s\n' "$(($(stat -f -c '%a * %S' /var/lib)))"
awk '/^MemAvailable:/ { printf "memory_bytes=%.0f\n", $2 * 1024 }' /proc/meminfo
for unit in kubelet crio; do
  case $(systemctl is-active $unit.service) in active|activating|reloading) ;; *) echo down=$unit ;; esac
done
[ ! -e /run/systemd/shutdown/scheduled ] || echo 'reboot=systemd has one scheduled'
# What the machine-config daemon asks systemd for before it reboots the host.
[ "$(systemctl is-active machine-config-daemon-reboot.service)" != active ] ||
  echo 'reboot=the machine-config daemon is about to'
for path in /etc/kubernetes/manifests/*; do
  case ${path##*/} in *.yaml|'*') ;; *) printf 'extra=%s\n' "${path##*/}" ;; esac
done
[ ! -e /etc/kubernetes/manifests/keepalived.yaml ] || echo keepalived=yes
for path in /tmp/etcd /tmp/etcd-pod.yaml /tmp/kube-apiserver-pod.yaml /var/lib/etcd-backup /home/core/assets/manifests-stopped; do
  [ ! -e $path ] || echo left=$path
done
for pem in /var/lib/kubelet/pki/kubelet-client-current.pem; do
  [ ! -e $pem ] || printf 'kubelet_pki_s=%s\n' "$(stat -L -c %Y $pem)"
done
@backup_time@@recovery@exit 0

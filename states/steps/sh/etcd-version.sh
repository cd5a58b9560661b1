# etcd_version  prints etcd.server= and the version of the host's etcd by its own word, where its
# container lives; nothing else on the host names it.
etcd_version() {
  id=$(timeout 10 crictl ps -q --label io.kubernetes.container.name=etcd 2> /dev/null | head -n 1)
  [ -n "$id" ] || return 0
  timeout 10 crictl exec "$id" etcd --version 2> /dev/null |
    sed -n 's/^etcd Version: *\([0-9][0-9.]*\).*/etcd.server=\1/p' | head -n 1
}

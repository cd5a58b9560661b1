# etcd_version  prints etcd.server= and the version of the host's etcd by its own word, where its
# container lives; nothing else on the host names it. "none" where it does not, and "unknown" where
# it cannot be asked.
etcd_version() {
  ids=$(timeout 10 crictl ps -q --label io.kubernetes.container.name=etcd 2> /dev/null) ||
    { echo etcd.server=unknown; return 0; }
  [ -n "$ids" ] || { echo etcd.server=none; return 0; }
  server=$(timeout 10 crictl exec "$(printf '%s\n' "$ids" | head -n 1)" etcd --version 2> /dev/null |
    sed -n 's/^etcd Version: *\([0-9][0-9.]*\).*/\1/p' | head -n 1)
  printf 'etcd.server=%s\n' "${server:-unknown}"
}

# podman_works  tries podman as the restore script calls it first of all, when the other hosts are
# stopped: as a job, which has no environment but this (transports/host/sh/systemdrun.sh). It prints
# podman= and podman's words where that fails, and podman_image=missing where it will have to pull
# etcd's image. A host without podman has etcdctl from elsewhere.
podman_works() {
  command -v podman > /dev/null 2>&1 || return 0
  image=$(sed -n 's/^export ETCD_IMAGE="\{0,1\}\([^"]*\)"\{0,1\}$/\1/p' \
    "$etcd_scripts/etcd.env" 2> /dev/null | head -n 1)
  words=$(env -i HOME=/root PATH="$PATH" timeout 30 podman image exists "${image:-none}" 2>&1 < /dev/null)
  code=$?
  case $code in
    0) ;;
    1) [ -z "$image" ] || echo podman_image=missing ;;
    124) echo 'podman=it does not answer within 30 s' ;;
    *) printf 'podman=exit code %s: %s\n' "$code" "$(printf '%s\n' "$words" | tail -n 1 | cut -c 1-300)" ;;
  esac
}

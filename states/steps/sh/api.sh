# api ARGUMENTS…  calls the API server: with the operator's kubeconfig on the workstation, with
# the host's own on the recovery host. Exits as the command does.
api() {
  if [ "$api_via" = workstation ]; then
    "$api_command" --kubeconfig="$api_kubeconfig" --request-timeout=20s "$@"
    return
  fi
  # localhost-recovery has a serving name of its own and still works if the restore brought back
  # an older ordinary certificate.
  for name in localhost localhost-recovery; do
    config=$node_kubeconfigs/$name.kubeconfig
    [ -r "$config" ] || continue
    "$api_command" --kubeconfig="$config" --request-timeout=20s "$@" && return 0
  done
  return 1
}

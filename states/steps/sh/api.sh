# api ARGUMENTS…  asks the API server: with the operator's kubeconfig on the workstation, with this
# host's own on the recovery host. Ends as the command does.
api() {
  if [ "$api_via" = workstation ]; then
    "$api_command" --kubeconfig="$api_kubeconfig" --request-timeout=20s "$@"
    return
  fi
  # localhost-recovery has a serving name of its own and still works where the ordinary
  # certificate has been rotated away by the time travel.
  for name in localhost localhost-recovery; do
    config=$node_kubeconfigs/$name.kubeconfig
    [ -r "$config" ] || continue
    "$api_command" --kubeconfig="$config" --request-timeout=20s "$@" && return 0
  done
  return 1
}

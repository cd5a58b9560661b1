# The Node objects of the hosts that this run is without, in $nodes, as far as the API still has
# them: each with the status of its condition Ready.
for node in $nodes; do
  document=$(api get node "$node" --ignore-not-found -o json) || exit 1
  [ -n "$document" ] || continue
  printf '%s' "$document" | jq -r '"node=\(.metadata.name) \(
    [.status.conditions[]? | select(.type == "Ready") | .status] | .[0] // "Unknown")"' || exit 1
done
exit 0

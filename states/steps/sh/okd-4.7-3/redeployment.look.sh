# The operator's resource: the redeployment reason, the revision of each node, and what the operator
# says of itself. While it is not done, also which control-plane nodes are not Ready and why: past
# one of these no operator goes on.
document=$(api get "$resource" cluster -o json) || exit 1
nodes='{"items":[]}'
case $document in
  *AllNodesAtLatestRevision*) ;;
  *)
    nodes=$(api get nodes -l node-role.kubernetes.io/master -o json 2> /dev/null) ||
      nodes='{"items":[]}'
    ;;
esac
printf '%s\n%s\n' "$document" "$nodes" | jq -cs '
  def short: if type == "string" then .[:300] else "" end;
  def few: sort_by(.type, .name) | .[:6];
  (.[1].items // []) as $nodes | .[0] |
  {reason: (.spec.forceRedeploymentReason // ""),
   latest: (.status.latestAvailableRevision // 0),
   nodes: [.status.nodeStatuses[]? | {name: .nodeName, now: (.currentRevision // 0),
     target: (.targetRevision // 0), failed: (.lastFailedRevision // 0)}],
   progress: [.status.conditions[]? | select(.type == "NodeInstallerProgressing")
     | {status, reason, message}],
   degraded: ([.status.conditions[]? | select((.type | endswith("Degraded")) and .status == "True") |
     {type, reason: (.reason | short), message: (.message | short)}] | few),
   not_ready: ([$nodes[] | .metadata.name as $name |
     ([.status.conditions[]? | select(.type == "Ready")] | .[0] // {}) |
     select(.status != "True") |
     {name: $name, reason: (.reason | short), message: (.message | short)}] | few)}'

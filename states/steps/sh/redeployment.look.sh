# The operator's resource: the redeployment reason, the revision of each node, what the operator says
# of itself, and on which nodes it has failed to install a revision. While it is not done, also which
# control-plane nodes are not Ready and why: past one of these no operator goes on.
# shellcheck disable=SC2154  # operator_words is assigned by operator-words.sh
document=$(api get "$resource" cluster -o json) || exit 1
nodes='{"items":[]}'
case $document in
  *AllNodesAtLatestRevision*) ;;
  *)
    nodes=$(api get nodes -l node-role.kubernetes.io/master -o json 2> /dev/null) ||
      nodes='{"items":[]}'
    ;;
esac
printf '%s\n%s\n' "$document" "$nodes" | jq -cs "$operator_words"'
  (.[1].items // []) as $nodes | .[0] |
  {reason: (.spec.forceRedeploymentReason // ""),
   latest: (.status.latestAvailableRevision // 0),
   nodes: [.status.nodeStatuses[]? | {name: .nodeName, now: (.currentRevision // 0),
     target: (.targetRevision // 0), failed: (.lastFailedRevision // 0)}],
   progress: [.status.conditions[]? | select(.type == "NodeInstallerProgressing")
     | {status, reason, message: (.message | short)}]} +
  progressing +
  ([.status.nodeStatuses[]? | select((.lastFailedRevision // 0) > (.currentRevision // 0)) |
     {name: .nodeName, revision: .lastFailedRevision, reason: (.lastFailedReason | short),
      message: ([.lastFailedRevisionErrors[]? | strings] | join(" ") | short)}] | sort_by(.name) | six("failures")) +
  degraded +
  ([$nodes[] | .metadata.name as $name |
     ([.status.conditions[]? | select(.type == "Ready")] | .[0] // {}) |
     select(.status != "True") |
     {name: $name, reason: (.reason | short), message: (.message | short)}] | sort_by(.name) | six("not_ready"))'

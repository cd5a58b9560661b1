# The operator's resource: the redeployment reason, and the revision of each node.
document=$(api get "$resource" cluster -o json) || exit 1
printf '%s' "$document" | jq -c '
  {reason: (.spec.forceRedeploymentReason // ""),
   latest: (.status.latestAvailableRevision // 0),
   nodes: [.status.nodeStatuses[]? | {name: .nodeName, now: (.currentRevision // 0),
     target: (.targetRevision // 0), failed: (.lastFailedRevision // 0)}],
   progress: [.status.conditions[]? | select(.type == "NodeInstallerProgressing")
     | {status, reason, message}]}'

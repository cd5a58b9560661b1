# machine_configs  prints machine_configs= and, as JSON, the control-plane nodes of which the
# machine-config operator wants another configuration than they have, or cannot tell: it drains and
# reboots each of them when their turn comes. Nothing where there are none, or no answer.
machine_configs() {
  nodes=$(api get nodes -l node-role.kubernetes.io/master -o json 2> /dev/null) || return 0
  printf '%s' "$nodes" | jq -r '
    def short: if type == "string" then .[:200] else "" end;
    [.items[] | .metadata.name as $name | (.metadata.annotations // {}) |
      {name: $name,
       current: (."machineconfiguration.openshift.io/currentConfig" | short),
       desired: (."machineconfiguration.openshift.io/desiredConfig" | short),
       state: (."machineconfiguration.openshift.io/state" | short),
       reason: (."machineconfiguration.openshift.io/reason" | short)} |
      select(.current != .desired or (.state != "Done" and .state != ""))] |
    if length == 0 then empty
    else "machine_configs=\(sort_by(.name) | .[:6] | tojson)" end,
    if length > 6 then "machine_configs_left_out=\(length - 6)" else empty end' 2> /dev/null
  return 0
}

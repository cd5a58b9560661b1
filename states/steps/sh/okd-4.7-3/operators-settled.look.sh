# How many cluster operators there are, which have not settled, and what the first of these say of
# themselves.
document=$(api get clusteroperators -o json) || exit 1
printf '%s' "$document" | jq -c '
  def short: if type == "string" then .[:200] else "" end;
  (.items | length) as $count | [.items[] | {name: .metadata.name, conditions: [.status.conditions[]?]} |
    .is = ([.conditions[] | {(.type): .status}] | add // {}) |
    select(.is.Available != "True" or .is.Progressing != "False" or .is.Degraded != "False")] |
  sort_by(.name) as $unsettled |
  {$count, unsettled: [$unsettled[:60][] | .name], left_out: ($unsettled[60:] | length),
   why: [$unsettled[:8][] | .name as $name |
     [.conditions[] | select((.type == "Available" and .status != "True") or
       ((.type == "Degraded" or .type == "Progressing") and .status != "False"))] |
     sort_by(.type == "Progressing") | .[0] // {} |
     {name: $name, type: (.type | short), reason: (.reason | short), message: (.message | short)}]}'

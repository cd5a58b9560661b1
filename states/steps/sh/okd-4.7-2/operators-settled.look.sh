# How many cluster operators there are, and which have not settled.
document=$(api get clusteroperators -o json) || exit 1
printf '%s' "$document" | jq -c '
  {count: (.items | length), unsettled: [.items[] |
    {name: .metadata.name, is: ([.status.conditions[]? | {(.type): .status}] | add // {})} |
    select(.is.Available != "True" or .is.Progressing != "False" or .is.Degraded != "False") |
    .name] | sort}'

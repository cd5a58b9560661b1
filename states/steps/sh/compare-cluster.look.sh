# The cluster's id and version, if the API still answers, and which cluster operators are degraded or
# not available already: these are not waited for at the end. A condition that is missing is off, as
# operators-settled has it.
# Without the programs the API would count as silent, and only the steps behind the restore would
# tell.
# shellcheck disable=SC2154  # api_command is assigned at the head
for tool in jq "$api_command"; do
  command -v "$tool" > /dev/null 2>&1 || { echo "there is no $tool here" >&2; exit 1; }
done
document=$(api get clusterversion version -o json 2>/dev/null) || { echo api=silent; exit 0; }
printf '%s' "$document" | jq -r '"cluster_id=\(.spec.clusterID // "")",
  "version=\(.status.desired.version // "")"' || exit 1
if document=$(api get infrastructure cluster -o json 2>/dev/null); then
  printf '%s' "$document" | jq -r '"infrastructure=\(.status.infrastructureName // "")"' || exit 1
fi
document=$(api get clusteroperators -o json 2>/dev/null) || exit 0
printf '%s' "$document" | jq -r '
  def short: if type == "string" then .[:200] else "" end;
  [.items[]? | .metadata.name as $name | [.status.conditions[]?] as $all |
    ([$all[] | {(.type): .status}] | add // {}) as $is |
    select($is.Available != "True" or $is.Degraded != "False") |
    {name: ($name | short), off: [
      (if $is.Available != "True" then "Available" else empty end),
      (if $is.Degraded != "False" then "Degraded" else empty end),
      (if $is.Progressing != "False" then "Progressing" else empty end) |
      . as $type | {type: $type, reason: ([$all[] | select(.type == $type)] | .[0].reason | short)}]}] |
  sort_by(.name) | if length == 0 then empty else "unsettled=\(.[:60] | tojson)" end,
    if length > 60 then "unsettled_left_out=\(length - 60)" else empty end' 2>/dev/null
exit 0

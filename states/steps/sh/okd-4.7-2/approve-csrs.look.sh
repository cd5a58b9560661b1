# The pending CSRs.
document=$(api get csr -o json) || exit 1
printf '%s' "$document" | jq -c '
  [.items[] | select((.status.conditions // []) | length == 0) |
    {name: .metadata.name, signer: .spec.signerName, username: .spec.username,
     groups: .spec.groups, usages: .spec.usages, request: .spec.request}] | sort_by(.name)'

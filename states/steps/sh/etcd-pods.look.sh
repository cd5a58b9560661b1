# etcd's pods as the API knows them. The label leaves out guards, installers and pruners, which
# share the namespace. Beside them, which nodes may reboot soon, and what the operator that is
# waited for says of itself.
document=$(api get pods -n openshift-etcd -l k8s-app=etcd -o json) || exit 1
printf '%s' "$document" | jq -c '
  [.items[] | {name: .metadata.name, phase: .status.phase,
    ready: ((.status.containerStatuses // []) | length > 0 and all(.ready))}] | sort_by(.name)' ||
  exit 1
machine_configs
[ "$awaits_operator" != yes ] || etcd_operator
exit 0

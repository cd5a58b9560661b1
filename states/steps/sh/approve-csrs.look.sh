# The pending CSRs of the two kubelet signers, at most so many as always fit into an answer: those of
# the inventory's $nodes before others, and the newest of each node and signer before older ones,
# since that is the one a kubelet waits for. A kubelet's first request names its node only within
# the PKCS#10 document, which is base64 of PEM, which is base64 of DER: the longest name ends within
# the first 900 characters.
document=$(api get csr -o json) || {
  # The restored API does not answer: on its own host it can be told whether it runs at all.
  if [ "$api_via" != workstation ] && [ -z "$(crictl ps -q --label \
    io.kubernetes.container.name=kube-apiserver 2> /dev/null || echo unknown)" ]; then
    kubelet_says kube-apiserver "$manifests/kube-apiserver-pod.yaml"
  fi
  exit 1
}
printf '%s' "$document" | jq -c --arg nodes "$nodes" '
  ($nodes | split(" ")) as $nodes |
  (reduce ("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/" | explode | to_entries[])
    as $digit ([]; .[$digit.value] = $digit.key)) as $digits |
  def from_base64: [explode[] | $digits[.] // empty] as $d |
    [range(0; $d | length; 4) as $i |
      ($d[$i] * 262144 + ($d[$i + 1] // 0) * 4096 + ($d[$i + 2] // 0) * 64 + ($d[$i + 3] // 0)) |
      (. / 65536 | floor), (. / 256 | floor) % 256, . % 256 |
      if . < 32 or . > 126 then 32 else . end] | implode;
  def short($most): if type == "string" and length <= $most then . else "" end;
  def few: if type == "array" and length <= 8 then map(short(200)) else ["more than 8"] end;
  def words: if .username | startswith("system:node:") then .username
    else .request[:900] | from_base64 | split("-----") | .[2] // "" | from_base64 end;
  [.items[] | select((.status.conditions // []) | length == 0)] as $all |
  [$all[] | select(.spec.signerName == "kubernetes.io/kube-apiserver-client-kubelet"
                   or .spec.signerName == "kubernetes.io/kubelet-serving") |
    {name: .metadata.name | short(253), signer: .spec.signerName,
     username: .spec.username | short(300), groups: .spec.groups | few,
     usages: .spec.usages | few, request: .spec.request | short(4000)} as $csr |
    ($csr | words) as $words |
    {$csr, made: (.metadata.creationTimestamp // ""),
     node: ([$nodes[] | . as $node | select($words | contains("system:node:" + $node))] |
       sort_by(length) | last // "")}] |
  [group_by([.csr.signer, .node])[] | sort_by([.made, .csr.name]) | reverse | to_entries[] |
    .value + {rank: .key}] |
  sort_by([.node == "", .rank, .csr.name]) | map(.csr) as $asked |
  {pending: $asked[:50], left_out: ($asked[50:] | length),
   of_other_signers: (($all | length) - ($asked | length))}'

# Which pod each file of the kubelet's folder is, by content: the kubelet reads every regular file
# there whose name begins with no dot, whatever its ending, JSON and YAML alike. Those that are one
# of the pods come first, so that no number of others hides them; of each kind it is said how many
# were left out. A file that is not understood and names a namespace of theirs is `unclear`: YAML can
# be written in ways that only a parser reads.
# shellcheck disable=SC2154  # manifests is assigned at the head
manifest_pods() {
  for path in "$manifests"/*; do
    [ -f "$path" ] || continue
    name=$(printf '%s' "${path##*/}" | tr '[:cntrl:]' '?')
    pod=$(head -c 262144 "$path" | pod_of)
    case $pod in
      openshift-etcd/* | openshift-kube-apiserver/* | openshift-kube-controller-manager/* | \
        openshift-kube-scheduler/*) printf 'pod=%s %s\n' "$pod" "$name" ;;
      '')
        if grep -q -e openshift-etcd -e openshift-kube- "$path"; then
          printf 'pod=unclear %s\n' "$name"
        else
          printf 'no_pod=%s\n' "$name"
        fi
        ;;
    esac
  done | awk '
    /^pod=/ { if (++pods <= 100) print; next }
    { if (++others <= 20) other = other $0 "\n" }
    END {
      printf "%s", other
      if (pods > 100) print "pod_left_out=" pods - 100
      if (others > 20) print "no_pod_left_out=" others - 20
    }'
}
# NAMESPACE/NAME of the pod that is read, or nothing.
pod_of() {
  LC_ALL=C awk '
    NR == 1 { sub(/^\357\273\277/, "") }
    { line[NR] = $0; text = text $0 "\n" }
    function json(   i, c, depth, start, word, key) {
      for (i = 1; i <= length(text); i++) {
        c = substr(text, i, 1)
        if (start) {
          if (c == "\\") i++
          if (c != "\"") continue
          word = substr(text, start, i - start); start = 0
          if (depth == 1 && key[1] == "kind") kind = word
          if (depth == 2 && key[1] == "metadata" && key[2] == "name") name = word
          if (depth == 2 && key[1] == "metadata" && key[2] == "namespace") space = word
        } else if (c == "\"") start = i + 1
        else if (c == ":") key[depth] = word
        else if (c == ",") key[depth] = ""
        else if (c == "{" || c == "[") key[++depth] = ""
        else if (c == "}" || c == "]") depth--
      }
    }
    function yaml(   i, key, value, top, indent) {
      for (i = 1; i <= NR; i++) {
        sub(/\r$/, "", line[i])
        if (line[i] ~ /^ *(#.*)?$/ || line[i] !~ /:/) continue
        key = value = line[i]
        sub(/:.*/, "", key); gsub(/[ "\047]/, "", key)
        sub(/^[^:]*: */, "", value); sub(/ +#.*$/, "", value); gsub(/["\047 ]/, "", value)
        match(line[i], /^ */)
        if (RLENGTH == 0) { top = key; indent = 0; if (key == "kind") kind = value; continue }
        if (top != "metadata") continue
        if (!indent) indent = RLENGTH
        if (RLENGTH != indent) continue
        if (key == "name") name = value
        if (key == "namespace") space = value
      }
    }
    END {
      if (text ~ /^[ \t\r\n]*\{/) json(); else yaml()
      if (kind == "Pod" && name != "") print space "/" name
    }' | tr '[:cntrl:]' '\n' | head -n 1
}

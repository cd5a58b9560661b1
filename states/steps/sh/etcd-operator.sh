# etcd_operator  prints operator= and, as JSON, in what the etcd operator says that it is degraded or
# at work. Nothing where it says neither, or where the API does not answer.
# shellcheck disable=SC2154  # operator_words is assigned by operator-words.sh
etcd_operator() {
  own=$(api get etcd cluster -o json 2> /dev/null) || return 0
  printf '%s' "$own" | jq -r "$operator_words"'
    degraded + progressing | if .degraded == [] and .progressing == [] then empty
    else "operator=\(tojson)" end' 2> /dev/null
  return 0
}

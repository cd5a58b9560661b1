# shellcheck disable=SC2154  # dir is assigned at the head
# Takes the claim: a directory that is made ready under a name of its own becomes `began` by
# rename(2), which fails where a `began` that is not empty exists. So it is there whole or not at
# all, and belongs to one process only. Without -f or -n: those would not tell a failure.
mine="$dir/claim.$$"
prepare() { rm -rf "$mine" && mkdir "$mine"; }
claim() {
  sync "$mine"/* "$mine" && mv -T "$mine" "$dir/began" 2>/dev/null && sync "$dir" && return 0
  rm -rf "$mine"
  return 1
}
claim_for_nobody() { prepare && : > "$mine/settled" && claim; }

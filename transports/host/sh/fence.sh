# shellcheck disable=SC2154  # dir is assigned at the head
# Behind owner_functions: nothing is begun or judged here for a driver that the host refuses.
fence() {
  owner_is_other || return 0
  echo restorectl-job fenced "$(owner_print | tr '\n' ' ')" >&2
  exit 0
}
admit() { owner_become driven "${dir##*/}"; }
claim_as_owner() { ! owner_is_other && claim; }

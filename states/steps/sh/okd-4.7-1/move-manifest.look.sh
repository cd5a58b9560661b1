from=@from@ to=@to@
[ -e "${sign:-$from}" ] && echo from=present || echo from=absent
# A rename that only memory knows is no witness: a power loss would take it back.
[ ! -e "$to" ] || sync "$(dirname "$from")" "$(dirname "$to")" || exit 1
[ -e "$to" ] && echo to=present || echo to=absent

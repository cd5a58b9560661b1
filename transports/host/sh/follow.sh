# shellcheck disable=SC2154  # dir, from and launch_wait are assigned at the head
# Behind the claim, the fence and the verdict.
umask 077
show() { :; }
fence
n=0
while [ ! -e "$dir/began" ] && [ "$n" -lt "$launch_wait" ]; do sleep 0.05; n=$((n + 1)); done
pid=$(cat "$dir/began/pid" 2>/dev/null)
if [ -n "$pid" ]; then
  : >> "$dir/output"
  tail -q -c "+$from" -f -s 0.05 --pid="$pid" "$dir/output"
fi
judge

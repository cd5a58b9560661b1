# shellcheck disable=SC2154  # dir is assigned at the head, mine by the claim
# Runs on the host, away from the SSH session, behind the claim and the fence. It checks
# the owner again, and claims under the same lock: a launch may be minutes late.
# The exit code appears by rename, so that it is there whole or not at all: also where the disk is
# full, and the witness decides then.
if ! { prepare && cat /proc/sys/kernel/random/boot_id > "$mine/boot_id" && echo $$ > "$mine/pid" &&
  owner_locked claim_as_owner; }; then
  rm -rf "$mine"
  exit 0
fi
cd / || exit 0
/bin/sh "$dir/script" < /dev/null > "$dir/output" 2>&1
code=$?
echo $code > "$dir/rc.new" && sync "$dir/output" "$dir/rc.new" && mv "$dir/rc.new" "$dir/rc" &&
  sync "$dir"

# shellcheck disable=SC2154  # dir is assigned at the head
# What follow and settle print at their end, on stderr: a line that no output of the job can
# imitate, since that goes to stdout. Judging a job that has not begun takes its claim, so
# that the verdict stays true. Of an end, settle prints the output's last bytes too (show): even
# where the job ends during the judging.
verdict() { echo "restorectl-job $*" >&2; exit 0; }
ended() {
  show
  verdict ended "$(cat "$dir/rc")" "$(stat -c %s "$dir/output" 2>/dev/null || echo 0)" \
    "$(sha256sum < "$dir/output" 2>/dev/null | cut -d ' ' -f 1)"
}
alive() {
  pid=$(cat "$dir/began/pid" 2>/dev/null) && grep -qF -- "$dir" "/proc/$pid/cmdline" 2>/dev/null
}
judge() {
  [ ! -e "$dir/rc" ] || ended
  [ -e "$dir/began" ] || claim_for_nobody
  [ -e "$dir/began" ] || { echo "$dir cannot be written" >&2; exit 1; }
  [ ! -e "$dir/began/settled" ] || verdict never_began
  if alive; then verdict running; fi
  [ ! -e "$dir/rc" ] || ended
  [ "$(cat "$dir/began/boot_id" 2>/dev/null)" = "$(cat /proc/sys/kernel/random/boot_id)" ] ||
    verdict rebooted
  verdict killed
}

// Restore (S9); see the header.
#include "states/steps/restore.hpp"

#include "core/shell_quote.hpp"
#include "states/steps/host_paths.hpp"
#include "states/engine/phase_lane.hpp"
#include "states/steps/reading.hpp"
#include "states/steps/scripts.hpp"

namespace states {

using core::shell_quote;
using core::StepContext;
using core::Verdict;

// The old member keeps its inode when the script renames it away; a new inode at the old place is
// the proof that data was written anew, and not merely left alone.
std::string look_restored(const StepContext&) {
  const std::string data(kEtcdData);
  const std::string backup(kEtcdBackup);
  return "[ -x " + std::string(kRestoreScript) +
         " ] && echo script=present || echo script=absent\n"
         "printf 'member=%s\\n' \"$(stat -c %i " +
         data +
         "/member 2>/dev/null)\"\n"
         "[ -s " +
         data +
         "/member/snap/db ] && echo database=present || echo database=absent\n"
         "[ -e " +
         backup +
         "/snapshot.db ] && echo snapshot=waiting || echo snapshot=gone\n"
         "missing=\nfor pod in etcd kube-apiserver kube-controller-manager kube-scheduler; do\n"
         "  [ -e " +
         std::string(kManifests) +
         "/$pod-pod.yaml ] || missing=\"$missing $pod-pod.yaml\"\n"
         "done\n"
         "echo \"missing=$missing\"\n"
         "ids=$(crictl ps -q --label io.kubernetes.container.name=etcd) || exit 1\n"
         "printf 'etcd=%s\\n' \"$(printf '%s' \"$ids\" | grep -c .)\"\n"
         "exit 0\n";
}

// What an earlier restore left would be deleted or overwritten by the script: it is renamed first.
std::string act_restore(const StepContext& context) {
  const std::string& run = context.start().run_id;
  const core::StepState* known = context.run.find(context.host.name, "run-restore-script");
  const int attempt = known == nullptr ? 1 : known->attempts + 1;
  const std::string mark = "-before-" + run + "-" + std::to_string(attempt);
  std::string script = "set -u\n";
  for (const std::string_view path : {kEtcdBackup, kStoppedManifests}) {
    const std::string from(path);
    script += "if [ -e " + from + " ]; then mv -nT " + from + " " + shell_quote(from + mark) +
              " && [ ! -e " + from + " ] || { echo 'cannot keep " + from + "'; exit 1; }; fi\n";
  }
  const std::string proxy = shell_quote(proxy_file(run));
  // Values of a proxy may hold any byte but a newline: they are read line by line, never evaluated.
  return script +
         "while IFS= read -r line; do\n"
         "  case $line in HTTP_PROXY=?*|HTTPS_PROXY=?*|NO_PROXY=?*) export "
         "\"${line%%=*}=${line#*=}\";;\n"
         "  esac\n"
         "done < " +
         proxy +
         "\n"
         "exec " +
         std::string(kRestoreScript) + " " + shell_quote(backup_copy(run)) + "\n";
}

Verdict judge_restored(const StepContext& context, const core::Observed& seen) {
  if (seen.exit_code != 0) return host_refuses(seen, "what the restore has done");
  const Lines now = read_lines(seen.out);
  const core::StepState& known = *context.run.find(context.host.name, "run-restore-script");
  if (known.attempts == 0) {
    if (value_of(now, "script") != "present") {
      return Verdict::wrong(std::string(kRestoreScript) + " is missing",
                            "put the etcd operator's script back, then resume");
    }
    return Verdict::needs_act("the backup is staged and every other host is quiet");
  }
  const Lines before = read_lines(known.before_acting ? known.before_acting->out : std::string());
  const std::string_view member = value_of(now, "member");
  const bool written_anew = !member.empty() && member != value_of(before, "member");
  if (!written_anew) return Verdict::needs_act("the data directory is not a new one");
  // The script starts the other static pods last: killed before that, it leaves etcd without an
  // API.
  const std::string_view missing = value_of(now, "missing");
  if (!missing.empty()) {
    return Verdict::needs_act("not back in the manifest folder:" + brief(missing, 200));
  }
  if (value_of(now, "snapshot") == "waiting")
    return Verdict::not_yet("the snapshot is not consumed yet");
  if (value_of(now, "database") != "present") return Verdict::not_yet("no database is there yet");
  if (value_of(now, "etcd") != "1") return Verdict::not_yet("no etcd container runs yet");
  return Verdict::holds(
      "the snapshot is consumed, the data directory is new, the static pods are back, etcd runs");
}

Phase Restore::machine() { return machine_of<Restore>(); }

}  // namespace states

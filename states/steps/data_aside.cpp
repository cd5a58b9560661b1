// Data aside (S7); see the header.
#include "states/steps/data_aside.hpp"

#include "states/steps/host_paths.hpp"
#include "states/engine/phase_lane.hpp"
#include "states/steps/reading.hpp"
#include "states/steps/scripts.hpp"

namespace states {

using core::StepContext;
using core::Verdict;

namespace {

// A data directory that is a mount of its own cannot be renamed; its `member` is, within the mount.
std::string paths_of(const StepContext& context) {
  const std::string& run = context.start().run_id;
  const std::string data(kEtcdData);
  return "if mountpoint -q " + data + "; then\n  " +
         rename_paths(data + "/member", data_aside_in_mount(run) + "/member") + "else\n  " +
         rename_paths(data, data_aside(run) + "/etcd") + "fi\n";
}

}  // namespace

// An empty data directory is as good as none: etcd makes it by itself.
std::string look_data(const StepContext& context) {
  return paths_of(context) + "sign=" + std::string(kEtcdData) + "/member\n" + rename_look() +
         "printf 'kept=%s\\n' \"$to\"\n";
}

std::string act_data(const StepContext& context) { return paths_of(context) + rename_script(); }

Verdict judge_data(const StepContext&, const core::Observed& seen) {
  Verdict verdict = judge_rename(seen, "etcd's data directory");
  const Lines lines = read_lines(seen.out);
  if (verdict.kind == Verdict::Kind::holds && value_of(lines, "to") == "present") {
    verdict.words += ", kept at " + brief(value_of(lines, "kept"), 200);
  }
  return verdict;
}

std::string look_quiet(const StepContext&) {
  const std::string folder(kManifests);
  return "for file in etcd-pod.yaml kube-apiserver-pod.yaml; do\n"
         "  [ ! -e " +
         folder +
         "/$file ] || echo \"alive=manifest $file\"\n"
         "done\n"
         "for name in etcd kube-apiserver; do\n"
         "  ids=$(crictl ps -q --label io.kubernetes.container.name=$name) || exit 1\n"
         "  [ -z \"$ids\" ] || echo \"alive=container $name\"\n"
         "done\n"
         "[ ! -e " +
         std::string(kEtcdData) + "/member ] || echo alive=data\n";
}

Verdict judge_quiet(const StepContext&, const core::Observed& seen) {
  if (seen.exit_code != 0) return host_refuses(seen, "whether the host is quiet");
  const Lines lines = read_lines(seen.out);
  const std::string_view alive = value_of(lines, "alive");
  if (alive.empty())
    return Verdict::holds("no manifest, no container, no data: it cannot run etcd");
  return Verdict::wrong("still there: " + brief(alive, 120),
                        "something on this host works against the restore; find it, stop it and "
                        "resume");
}

Phase DataAside::machine() { return machine_of<DataAside>(); }

}  // namespace states

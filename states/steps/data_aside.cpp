// Data aside (S7); see the header.
#include "states/steps/data_aside.hpp"

#include "states/engine/phase_lane.hpp"
#include "states/steps/absent_hosts.hpp"
#include "states/steps/host_paths.hpp"
#include "states/steps/reading.hpp"
#include "states/steps/scripts.hpp"
#include "states/steps/witness.hpp"

namespace states {

using core::StepContext;
using core::Verdict;

namespace {

std::string move(const StepContext& context, std::string_view name) {
  const std::string& run = context.start().run_id;
  return script(context, {.name = name,
                          .values = {{"etcd_data", kEtcdData},
                                     {"etcd_aside", data_aside(run) + "/etcd"},
                                     {"member_aside", data_aside_in_mount(run) + "/member"}},
                          .functions = {"rename", "data-paths"}});
}

}  // namespace

std::string look_data(const StepContext& context) {
  return move(context, "move-data-directory.look");
}

std::string act_data(const StepContext& context) {
  return move(context, "move-data-directory.act");
}

Verdict judge_data(const StepContext&, const core::Observed& seen) {
  Verdict verdict = judge_rename(seen, "the etcd data directory");
  const Lines lines = read_lines(seen.out);
  if (verdict.kind == Verdict::Kind::holds && value_of(lines, "to") == "present") {
    verdict.detail += ", kept at " + brief(value_of(lines, "kept"), 200);
  }
  return verdict;
}

std::string look_quiet(const StepContext& context) {
  Texts since = absent_values(context);
  since.emplace_back("etcd_scripts", kEtcdScripts);
  return script(context, {.name = "confirm-quiet.look",
                          .values = {{"manifests", kManifests}, {"etcd_data", kEtcdData}},
                          .since = {{"okd-4.7/2", witness_values(context), {"witness"}},
                                    {"okd-4.7/3", std::move(since), {"absent"}}}});
}

Verdict judge_quiet(const StepContext& context, const core::Observed& seen) {
  if (seen.exit_code != 0) return check_failed(seen, "whether the host is quiet");
  const Lines lines = read_lines(seen.out);
  const std::string_view alive = value_of(lines, "alive");
  // A container whose process is gone was put back by nobody.
  const auto disagreement = judge_witness(seen.out);
  if (disagreement && (alive.empty() || alive.starts_with("container "))) return *disagreement;
  if (alive.empty()) {
    if (auto answering = judge_absent(context, seen.out)) return *answering;
    return Verdict::holds("no manifest, container or data left: etcd cannot run here");
  }
  return Verdict::wrong("still present: " + brief(alive, 120),
                        "something on this host puts it back: find out what, stop it, then resume");
}

Phase DataAside::machine() { return machine_of<DataAside>(); }

}  // namespace states

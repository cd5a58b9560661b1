// What crictl, oc, etcdctl and the host's own tools print, as every step's look reads it: the first
// byte chooses the step, the second the exit code, the host and the stream. Nothing makes a judge
// throw; a failed look proves nothing; whatever is decided comes with words that can be printed.
#include <algorithm>
#include <string>

#include "core/text.hpp"
#include "states/csr_judge.hpp"
#include "states/procedure.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace {

core::RunState a_run() {
  core::RunStarted start;
  start.run_id = "run1";
  start.inventory.cluster = "lab";
  start.inventory.recovery_host = "master-0";
  start.inventory.hosts = {{"master-0", "192.0.2.11", "master-0", {}},
                           {"master-1", "192.0.2.12", "master-1", {}},
                           {"master-2", "192.0.2.13", "master-2", {}}};
  start.backup = {"/backup", {{"snapshot.db", std::string(64, 'a'), 100}}};
  core::RunState run;
  run.note(core::Fact{1, 1'000, 1, start});
  return run;
}

const core::StepSpec& step_number(std::size_t number) {
  std::size_t count = 0;
  for (const core::PhaseSpec& phase : states::phase_specs()) count += phase.steps.size();
  number %= count;
  for (const core::PhaseSpec& phase : states::phase_specs()) {
    if (number < phase.steps.size()) return *phase.steps[number];
    number -= phase.steps.size();
  }
  std::abort();
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  static const core::RunState fresh = a_run();
  const core::StepSpec& step = step_number(data[0]);
  const int code = data[1] % 3;
  const std::string out = core::clean_utf8({reinterpret_cast<const char*>(data) + 2, size - 2});
  const core::Host& host = fresh.start->inventory.hosts[data[1] / 3 % 3];
  const int streams = data[1] / 9 % 3;
  const core::Observed seen{host.name,
                            std::string(step.name),
                            code,
                            streams == 2 ? "" : out,
                            streams == 1 ? "" : out.substr(0, core::kErrorTailBytesMax),
                            false};
  core::RunState run = fresh;
  run.note(core::Fact{2, 2'000, 1, seen});
  const core::StepContext context{run, host, 3'000};
  const core::Verdict verdict = step.judge(context, seen);
  using Kind = core::Verdict::Kind;
  if (code != 0) {
    fuzz::require(verdict.kind != Kind::holds, "a failed look is no witness");
    fuzz::require(verdict.kind != Kind::needs_act, "a failed look asks for no command");
  }
  fuzz::require(!verdict.words.empty(), "a verdict has words");
  fuzz::require(verdict.words.size() < 20'000, "not all that the host printed");
  fuzz::require(verdict.kind != Kind::wrong || !verdict.remedy.empty(), "and says what to do");
  fuzz::require(fuzz::is_harmless(core::printable(verdict.words)), "the words can be printed");
  if (verdict.kind == Kind::needs_act) {
    fuzz::require(step.action != core::Action::none, "a step asks only for a command that it has");
    fuzz::require(!step.act(context).empty(), "the command can be written");
  }
  bool readable = false;
  for (const auto& csr : states::judge_csrs(run.start->inventory, out, &readable)) {
    const auto is_its = [&](const core::Host& known) { return known.node_name == csr.node; };
    const auto& hosts = run.start->inventory.hosts;
    fuzz::require(!csr.valid() || std::any_of(hosts.begin(), hosts.end(), is_its),
                  "a valid request is a known node's");
    fuzz::require(readable, "nothing is judged of what cannot be read");
  }
  return 0;
}

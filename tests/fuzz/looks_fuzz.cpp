// What crictl, oc, etcdctl and the host's own tools print, as every step's look reads it: the first
// byte chooses the step, the second the host, the stream, how the look failed, and whether the
// step's command ran before. Each is judged as ended well and as failed: nothing makes a judge
// throw, a failed look proves nothing, and whatever is decided comes with words that can be
// printed.
#include <algorithm>
#include <memory>
#include <string>

#include "core/text.hpp"
#include "states/profiles/profiles.hpp"
#include "states/steps/csr_judge.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace {

core::RunState a_run() {
  core::RunStarted start;
  start.run_id = "run1";
  start.profile = states::newest_profile().name;
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

// The same run with each command run once, upon a look that a later one can be compared with.
core::RunState a_run_that_acted() {
  core::RunState run = a_run();
  for (const core::Host& host : run.start->inventory.hosts) {
    for (const core::PhaseSpec& phase : states::newest_profile().phases) {
      for (const core::StepSpec* step : phase.steps) {
        core::StepState& known = run.hosts[host.name].steps[std::string(step->name)];
        known.attempts = 1;
        const std::string before = step->name.starts_with("force-")
                                       ? R"({"reason":"","latest":6,"nodes":[]})"
                                       : "InvocationID=a\nmember=1\n";
        known.before_acting = std::make_shared<const core::Observed>(
            core::Observed{host.name, std::string(step->name), 0, before, "", false});
      }
    }
  }
  return run;
}

const core::StepSpec& step_number(std::size_t number) {
  std::size_t count = 0;
  for (const core::PhaseSpec& phase : states::newest_profile().phases) count += phase.steps.size();
  number %= count;
  for (const core::PhaseSpec& phase : states::newest_profile().phases) {
    if (number < phase.steps.size()) return *phase.steps[number];
    number -= phase.steps.size();
  }
  std::abort();
}

// Judges one observation and requires what is true of every verdict.
void judge(core::RunState run, const core::StepSpec& step, const core::Host& host,
           const core::Observed& seen) {
  run.note(core::Fact{2, 2'000, 1, seen});
  const core::StepContext context{run, host, 3'000};
  const core::Verdict verdict = step.judge(context, seen);
  using Kind = core::Verdict::Kind;
  if (seen.exit_code != 0) {
    fuzz::require(verdict.kind != Kind::holds, "a failed look is no witness");
    fuzz::require(verdict.kind != Kind::needs_act, "a failed look asks for no command");
  }
  fuzz::require(!verdict.detail.empty(), "a verdict has words");
  fuzz::require(verdict.detail.size() < 20'000, "not all that the host printed");
  fuzz::require(verdict.kind != Kind::wrong || !verdict.remedy.empty(), "and says what to do");
  fuzz::require(fuzz::is_harmless(core::printable(verdict.detail)), "the words can be printed");
  if (verdict.kind == Kind::needs_act) {
    fuzz::require(step.action != core::Action::none, "a step asks only for a command that it has");
    fuzz::require(!step.act(context).empty(), "the command can be written");
  }
}

void judge_requests(const core::Inventory& inventory, const std::string& out) {
  bool readable = false;
  for (const auto& csr : states::judge_csrs(inventory, out, &readable)) {
    const auto is_its = [&](const core::Host& known) { return known.node_name == csr.node; };
    fuzz::require(
        !csr.valid() || std::any_of(inventory.hosts.begin(), inventory.hosts.end(), is_its),
        "a valid request is a known node's");
    fuzz::require(readable, "nothing is judged of what cannot be read");
  }
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  static const core::RunState fresh = a_run();
  static const core::RunState acted = a_run_that_acted();
  const core::RunState& run = data[1] / 27 % 2 == 0 ? fresh : acted;
  const core::Inventory& inventory = run.start->inventory;
  const core::StepSpec& step = step_number(data[0]);
  const core::Host& host = inventory.hosts[data[1] / 3 % 3];
  const std::string out = core::clean_utf8({reinterpret_cast<const char*>(data) + 2, size - 2});
  const int streams = data[1] / 9 % 3;
  core::Observed seen{host.name,
                      std::string(step.name),
                      0,
                      streams == 2 ? "" : out,
                      streams == 1 ? "" : out.substr(0, core::kErrorTailBytesMax),
                      false};
  judge(run, step, host, seen);
  seen.exit_code = 1 + data[1] % 3;  // the same words of a look that failed
  judge(run, step, host, seen);
  judge_requests(inventory, out);
  return 0;
}

// Comparing stages; see the header.
#include "tests/sim/stages.hpp"

namespace sim {

void Stages::take_up(const std::vector<core::Record>& records) {
  for (std::size_t i = told_.facts; i < records.size(); ++i) note(records[i]);
}

void Stages::take(const core::Record& record, const core::Machine& machine) {
  note(record);
  compare_folds(record.fact, machine.state());
  compare_with_owner(machine);
}

void Stages::note(const core::Record& record) {
  told_.note(record);
  for (const core::Effect& intent : record.intents) {
    const std::string host(core::lane_of(intent).host);
    if (std::holds_alternative<core::Wait>(intent)) {
      before_link_.insert(host);
    } else {
      before_link_.erase(host);
    }
  }
}

// No other step can have changed: the fact's own, and where each host is now.
void Stages::compare_folds(const core::Fact& fact, const core::RunState& shown) {
  const core::Lane lane = core::lane_of(fact.body);
  if (!lane.host.empty()) compare(lane.host, lane.step, shown);
  for (const auto& [name, host] : told_.hosts) {
    const auto seen = shown.hosts.find(name);
    if (seen == shown.hosts.end() || seen->second.step != host.step) {
      differ(name, "the step that it is at, by the machine's fold and the journal's");
    } else if (!host.step.empty()) {
      compare(name, host.step, shown);
    }
  }
}

void Stages::compare(std::string_view host, std::string_view step, const core::RunState& shown) {
  const core::StepState* told = told_.find(host, step);
  const core::StepState* seen = shown.find(host, step);
  if (told == nullptr || seen == nullptr || told->stage != seen->stage)
    differ(host, std::string(step) + ", by the machine's fold and the journal's");
}

void Stages::compare_with_owner(const core::Machine& machine) {
  // A step that has come to its end is concluded by the next record, and compared then.
  const std::optional<core::FactBody> next = machine.conclusion();
  if (next && !core::lane_of(*next).host.empty()) return;
  for (const auto& [name, host] : told_.hosts) {
    const std::optional<core::Machine::At> at = machine.at(name);
    if (!at) continue;  // no lane in this phase
    const core::StepState* told = told_.find(name, at->step);
    if (at->step != host.step || told == nullptr) {
      differ(name, "the step that it is at, by the machine and its fold");
    } else if (!agree(name, at->stage, told->stage)) {
      differ(name, std::string(at->step) + ": " + std::string(core::name_of(at->stage)) +
                       " by the machine, " + std::string(core::name_of(told->stage)) +
                       " by its fold");
    }
  }
}

// The fold tells what was last asked of the host, which is another thing in two cases only.
bool Stages::agree(const std::string& host, core::StepStage owned, core::StepStage shown) const {
  using core::StepStage;
  if (owned == shown) return true;
  // A stop leaves no lane at work, and what was under way stays known.
  if (told_.stage == core::RunStage::stopped) {
    return owned == StepStage::held && shown != StepStage::verified;
  }
  // A command lost its link: what comes next, to settle it or to look, is not asked for yet.
  return before_link_.contains(host) && shown == StepStage::acting &&
         (owned == StepStage::settling || owned == StepStage::looking);
}

void Stages::differ(std::string_view host, std::string_view what) {
  broken_.push_back("fact " + std::to_string(told_.facts) + ": the stages differ on " +
                    std::string(host) + " in " + std::string(what));
}

}  // namespace sim

// Comparing stages; see the header.
#include "tests/sim/stages.hpp"

namespace sim {

void Stages::take_up(const std::vector<core::Record>& records) {
  for (std::size_t i = told_.facts; i < records.size(); ++i) told_.note(records[i]);
}

void Stages::take(const core::Record& record, const core::RunState& shown) {
  told_.note(record);
  // No other step can have changed: the fact's own, and where each host is now.
  const core::Lane lane = core::lane_of(record.fact.body);
  if (!lane.host.empty()) compare(lane.host, lane.step, shown);
  for (const auto& [name, host] : told_.hosts) {
    const auto seen = shown.hosts.find(name);
    if (seen == shown.hosts.end() || seen->second.step != host.step) {
      differ(name, "the step that it is at");
    } else if (!host.step.empty()) {
      compare(name, host.step, shown);
    }
  }
}

void Stages::compare(std::string_view host, std::string_view step, const core::RunState& shown) {
  const core::StepState* told = told_.find(host, step);
  const core::StepState* seen = shown.find(host, step);
  if (told == nullptr || seen == nullptr || told->stage != seen->stage)
    differ(host, "the stage of " + std::string(step));
}

void Stages::differ(std::string_view host, std::string_view what) {
  broken_.push_back("fact " + std::to_string(told_.facts) +
                    ": the machine's fold and the journal's differ on " + std::string(host) +
                    " in " + std::string(what));
}

}  // namespace sim

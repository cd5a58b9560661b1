// Stages: what stage each step is in, as whoever shows it says. Invariant: a stage has one owner,
// the machine; after every fact what it shows is what the journal alone tells of the same facts.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/run_state.hpp"

namespace sim {

class Stages {
 public:
  // Each difference is added to `broken`, in words; it must outlive this.
  explicit Stages(std::vector<std::string>& broken) : broken_(broken) {}

  // A driver takes the run up: its machine has been fed all of `records`, a journal that begins
  // with what was taken here before.
  void take_up(const std::vector<core::Record>& records);

  // Takes a record that has just become durable, and compares with the fold of the machine that
  // decided it.
  void take(const core::Record& record, const core::RunState& shown);

 private:
  void compare(std::string_view host, std::string_view step, const core::RunState& shown);
  void differ(std::string_view host, std::string_view what);

  std::vector<std::string>& broken_;
  core::RunState told_;  // by the records
};

}  // namespace sim

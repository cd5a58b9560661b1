// Stages: what stage each step is in, as whoever shows it says. Invariant: a stage has one owner,
// the machine; after every fact its fold, and one that is fed from the journal alone, show the
// same.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/decision.hpp"

namespace sim {

class Stages {
 public:
  // Each difference is added to `broken`, in words; it must outlive this.
  explicit Stages(std::vector<std::string>& broken) : broken_(broken) {}

  // A driver takes the run up: its machine has been fed all of `records`, a journal that begins
  // with what was taken here before.
  void take_up(const std::vector<core::Record>& records);

  // Takes a record that has just become durable, and compares with the machine that decided it.
  void take(const core::Record& record, const core::Machine& machine);

 private:
  void note(const core::Record& record);
  void compare_folds(const core::Fact& fact, const core::RunState& shown);
  void compare_with_owner(const core::Machine& machine);
  bool agree(const std::string& host, core::StepStage owned, core::StepStage shown) const;
  void compare(std::string_view host, std::string_view step, const core::RunState& shown);
  void differ(std::string_view host, std::string_view what);

  std::vector<std::string>& broken_;
  core::RunState told_;                // by the records
  std::set<std::string> before_link_;  // hosts whose last effect is a wait for their link
};

}  // namespace sim

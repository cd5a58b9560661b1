// Against: a journal's decisions beside those of today's machine. Invariant: every fact is asked
// about; where the two part, both sides are named, and the machine is fed on with what was
// journaled, so that what follows from one difference is told apart from further ones.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/replay.hpp"

namespace postmortem {

struct Divergence {
  std::uint64_t seq = 0;
  std::string fact;       // its type and lane
  std::string journaled;  // what was decided then
  std::string today;      // what would be decided now
};

class Against {
 public:
  explicit Against(std::unique_ptr<core::Machine> machine) : replayer_(std::move(machine)) {}

  // Takes the next record, in order. Returns where it parts from today's machine, if it does: the
  // effects upon the fact differ, the fact is refused, or the conclusion that comes or is missing.
  std::optional<Divergence> take(const core::Record& record);

 private:
  core::Replayer replayer_;
};

}  // namespace postmortem

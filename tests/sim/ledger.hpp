// Ledger: the simulated journal. Lines are encoded, chained and read back by the real codec; only
// the disk below is modelled. Invariant: what append() returned from is there for ever; what it
// threw upon may be there or not.
#pragma once

#include <string>
#include <vector>

#include "core/ports.hpp"
#include "journal/format/chain.hpp"

namespace sim {

// The workstation's end: thrown through the driver, caught by nobody but the simulation.
struct Crash {};

enum class AppendFault { none, crash_before, crash_after, full, full_but_written };

class Ledger final : public core::Journal {
 public:
  void append(const core::Record& record) override;

  // Opens the journal anew, as a resume does: every line decoded, the chain verified. Lines never
  // change here, so each is read once in all. Valid until the next call.
  // Throws std::runtime_error where a line does not verify.
  const std::vector<core::Record>& open();

  // The fault of the append of line `at_line` (0 is the first); each happens once.
  void plan_fault(std::size_t at_line, AppendFault fault) { faults_.emplace_back(at_line, fault); }

  // The lines, as a host's copy has them; and a journal that begins with such a copy.
  const std::vector<std::string>& lines() const { return lines_; }
  Ledger() = default;
  explicit Ledger(std::vector<std::string> lines)
      : lines_(std::move(lines)),
        head_(lines_.empty() ? std::string(journal::kNoPrevious)
                             : journal::sha256_hex(lines_.back())) {}

  const std::string& head() const { return head_; }

 private:
  std::vector<std::string> lines_;
  journal::ChainVerifier verifier_;  // has taken the lines that read_ has
  std::vector<core::Record> read_;
  std::vector<std::pair<std::size_t, AppendFault>> faults_;
  std::string head_{journal::kNoPrevious};
  bool failed_ = false;
};

}  // namespace sim

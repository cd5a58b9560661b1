// The simulated journal; see the header.
#include "tests/sim/ledger.hpp"

#include <algorithm>
#include <stdexcept>

namespace sim {

void Ledger::append(const core::Record& record) {
  if (failed_) throw core::JournalError("an append failed before");
  const auto planned = std::find_if(faults_.begin(), faults_.end(), [&](const auto& fault) {
    return fault.first == lines_.size();
  });
  AppendFault fault = AppendFault::none;
  if (planned != faults_.end()) {
    fault = planned->second;
    faults_.erase(planned);
  }
  if (fault == AppendFault::crash_before) throw Crash{};
  if (fault != AppendFault::full) {
    lines_.push_back(journal::encode(record, head_));
    head_ = journal::sha256_hex(lines_.back());
  }
  if (fault == AppendFault::crash_after) throw Crash{};
  if (fault == AppendFault::none) return;
  failed_ = true;
  throw core::JournalError("No space left on device");
}

const std::vector<core::Record>& Ledger::open() {
  failed_ = false;
  for (std::size_t i = read_.size(); i < lines_.size(); ++i) {
    core::Record record;
    if (verifier_.take(lines_[i], &record)) throw std::runtime_error("the journal does not verify");
    read_.push_back(std::move(record));
  }
  return read_;
}

}  // namespace sim

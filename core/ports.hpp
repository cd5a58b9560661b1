// What the core needs from outside, as interfaces.
// Invariant: nothing in core or states does IO; what implements these stands in journal,
// transports and tools, or in a test.
#pragma once

#include <cstdint>
#include <functional>
#include <stdexcept>
#include <string>

#include "core/effect.hpp"

namespace core {

// A journal that cannot be written: nothing has been
// done since the last record, and nothing may be.
struct JournalError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

class Journal {
 public:
  virtual ~Journal() = default;
  // Makes one record durable before it returns: after a power loss it is there, whole.
  // REQUIRES: record.fact.seq is one more than the last. Throws JournalError; then nothing of the
  // record counts, and every later append throws too.
  virtual void append(const Record& record) = 0;
};

class EffectRunner {
 public:
  using Sink = std::function<void(FactBody)>;
  virtual ~EffectRunner() = default;
  // Begins to perform an effect and returns at once. The outcome reaches the sink later, never from
  // within this call: any number of JobProgressed, ChunkConfirmed and HostReached, then
  // exactly one other fact.
  virtual void start(const Effect& effect) = 0;
  // Cancels what is under way, without outcomes. Remote jobs keep running on their hosts.
  virtual void cancel_all() = 0;
};

class Clock {
 public:
  virtual ~Clock() = default;
  virtual std::int64_t now_ms() const = 0;  // UTC
  // How far the workstation's wall clock is ahead of now_ms(); negative: behind it.
  virtual std::int64_t wall_ahead_ms() const { return 0; }
};

}  // namespace core

// Interpreter: performs effects on real hosts. One coroutine an effect, one outcome each.
// Invariant: an effect is performed as it is, and every way it can end, a broken link included, is
// reported as one fact. What comes from a host is bounded and made valid UTF-8 first. What the sink
// throws is not an outcome: it leaves through io_context::run().
#pragma once

#include <boost/asio/io_context.hpp>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "core/ports.hpp"
#include "core/redact.hpp"
#include "core/run_state.hpp"
#include "transports/host/remote_job.hpp"
#include "transports/host_gate.hpp"

namespace transports {

// Progress for the screen; optional.
struct InterpreterHooks {
  // Of a copy: how much of all its files is in transit or has arrived.
  std::function<void(const core::Lane& lane, std::uint64_t bytes, std::uint64_t of_bytes)>
      on_copied;
  // Shows that two removed secrets were equal (core/redact.hpp).
  core::Fingerprint fingerprint;
};

// What the journal says about this driver and the hosts.
struct Driving {
  std::optional<core::Ownership> owner;       // none: the hosts' owner is not checked
  std::map<std::string, HostIdentity> known;  // which machine answered last, by host
  std::string journal_lines;  // journal.jsonl, copied to a host before its jobs; empty: not
};

class Interpreter final : public core::EffectRunner {
 public:
  // Answers AskOperator later, through the function it is given.
  using Ask = std::function<void(const core::AskOperator&, std::function<void(core::FactBody)>)>;

  // REQUIRES: io and clock outlive the interpreter. `start` is the run's first fact: it has the
  // inventory and the backup. `local_jobs` is a directory on the workstation.
  Interpreter(boost::asio::io_context& io, const core::Clock& clock, core::RunStarted start,
              std::string local_jobs, Driving driving, Sink sink, Ask ask, InterpreterHooks hooks);
  ~Interpreter() override;

  void start(const core::Effect& effect) override;
  void cancel_all() override;

  // Completes the journal's copies on the hosts with an open link, at the end of a run, when no
  // further job does it. `done` is called once, with the names of the hosts that have all of it; a
  // host that fails is left out, without further effect.
  // REQUIRES: no effect is being performed.
  void leave_journal(std::function<void(std::vector<std::string>)> done);

 private:
  struct World;
  std::shared_ptr<World> world_;
};

}  // namespace transports

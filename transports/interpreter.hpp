// Interpreter: performs effects on real hosts. One coroutine an effect, one outcome each.
// Invariant: an effect is performed as it stands, and each end of it, also a broken link, is told
// as one fact. What comes from a host is bounded and made valid UTF-8 on the way in. What the sink
// throws is nobody's outcome: it leaves through io_context::run().
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

// What a person may want to see while it happens; optional.
struct InterpreterHooks {
  // Of a copy: how much of all its files is on the way or there.
  std::function<void(const core::Lane& lane, std::uint64_t bytes, std::uint64_t of_bytes)>
      on_copied;
  // Makes equal secrets recognisable as equal where they were taken out (core/redact.hpp).
  core::Fingerprint fingerprint;
};

// What the interpreter knows of its own driver and of the hosts, from the journal.
struct Driving {
  std::optional<core::Ownership> owner;       // none: hosts are not asked whom they obey
  std::map<std::string, HostIdentity> known;  // who answered last, by host
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

  // Gives the hosts that can be reached over links that stand what their copies of the journal
  // lack, at the end of a run: no job follows that would. `done` is called once, with the names of
  // those that have all of it; a host that fails is not among them, and nothing else comes of it.
  // REQUIRES: no effect is being performed.
  void leave_journal(std::function<void(std::vector<std::string>)> done);

 private:
  struct World;
  std::shared_ptr<World> world_;
};

}  // namespace transports

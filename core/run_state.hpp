// RunState: the fold of a journal. What is known of a run, its hosts and its steps after N facts.
// Invariant: it depends on the records alone, so that the fold of a replayed journal equals the
// live one. Steps judge by it, `status` and `replay --at N` print it.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/effect.hpp"
#include "core/ownership.hpp"

namespace core {

enum class StepStage { idle, looking, acting, settling, verified, held };
std::string_view name_of(StepStage stage);

// How the last job of a step ended, as far as is known.
enum class JobFate { none, in_doubt, ended, never_began, killed, rebooted };
std::string_view name_of(JobFate fate);

// One step on one host. Observations are shared, not copied: machines are cloned for every fact.
struct StepState {
  StepStage stage = StepStage::idle;
  std::int64_t since_ms = 0;          // when this stage began
  std::int64_t begun_ms = 0;          // when the step began
  int attempts = 0;                   // commands intended so far
  std::string job;                    // id of the last one
  JobFate fate = JobFate::none;       // of the last one
  int exit_code = 0;                  // of the last one, where fate is ended
  std::int64_t acted_ms = 0;          // when the last one was known to have ended
  std::uint64_t output_offset = 0;    // bytes of its output that were journaled as lines
  std::string last_line;              // the last such line
  std::int64_t answers_since_ms = 0;  // since when looks exit with 0, without a gap; 0: they do not
  std::vector<FileChunks> confirmed;  // of a copy, since the host's last boot
  bool run_again_allowed = false;     // allowed by the operator since the last attempt
  std::shared_ptr<const Observed> before_acting;  // the last look before the first attempt
  std::shared_ptr<const Observed> last;
  std::string end_with_findings;  // the operator's reason; empty: the step waits for all it awaits
  std::string evidence;           // of verified
  std::vector<std::string> findings;  // of verified
  std::string reason;                 // of held
  std::string remedy;                 // of held
  HoldKind hold = HoldKind::unrecorded;

  bool job_in_doubt() const { return fate == JobFate::in_doubt; }
};

// What one host's lane does now. `link_down_since_ms` is 0 while the link is not known to be down.
struct HostState {
  std::string step;  // the current or last one
  std::int64_t link_down_since_ms = 0;
  bool link_is_slow = false;  // while it is down: the host was there, and slow to answer
  std::string link_message;
  std::string machine_id;  // of the machine at its address, as of the last HostReached
  std::string boot_id;
  std::string host_key;
  std::map<std::string, StepState, std::less<>> steps;
};

enum class RunStage { unstarted, running, awaiting_confirmation, stopped, finished, abandoned };
std::string_view name_of(RunStage stage);

struct RunState {
  std::shared_ptr<const RunStarted> start;  // with what a later Adopted changed of it
  Ownership owner;                          // the current driver, as recorded on hosts
  RunStage stage = RunStage::unstarted;
  std::vector<std::string> phases_finished;
  bool confirmed = false;
  std::uint64_t facts = 0;
  std::int64_t first_ms = 0;
  std::int64_t last_ms = 0;
  std::int64_t wall_ahead_ms = 0;  // the workstation's wall clock, as of the last ClockStepped
  int resumes = 0;
  std::set<std::string, std::less<>> notes;  // their ids
  std::map<std::string, HostState, std::less<>> hosts;

  // Takes a fact in, and then the intents that were decided on it. Total: any record may come.
  void note(const Fact& fact);
  void note(const Effect& intent, std::int64_t time_ms);
  void note(const Record& record);

  // Returns the step's state, or nullptr where nothing is known of it yet.
  const StepState* find(std::string_view host, std::string_view step) const;
};

// Returns the findings of all steps that are verified, in the order of hosts and steps.
std::vector<std::string> findings_of(const RunState& run);

// Returns the host and step that a fact or an effect belongs to; empty views where it has none.
struct Lane {
  std::string_view host;
  std::string_view step;
};
Lane lane_of(const FactBody& body);
Lane lane_of(const Effect& effect);

// The tags of facts and effects as written in journals, e.g. "job_ended".
std::string_view tag_of(const FactBody& body);
std::string_view tag_of(const Effect& effect);
std::string_view name_of(Finding finding);
std::string_view name_of(HoldKind kind);

}  // namespace core

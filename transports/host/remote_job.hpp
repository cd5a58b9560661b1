// RemoteJob: a command that changes a host, started at most once and never lost sight of.
// Invariant: a job begins when, and only when, its wrapper has taken the claim, the directory
// `began`, which one process can take once. Whoever judges a job that has not begun takes the claim
// itself: from then on a start that is still on its way does nothing. docs/remote-job.md has the
// protocol and its cut points.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "core/fact.hpp"
#include "core/ownership.hpp"
#include "transports/shell.hpp"

namespace transports {

enum class Launcher { systemd, setsid };

struct JobPlace {
  std::string base = "/var/lib/restorectl/jobs";  // on a persistent file system
  Launcher launcher = Launcher::systemd;
  // Who the host must obey for the job to begin or be settled there (its file stands beside
  // `base`); none on the workstation, where the journal's own lock does the same.
  std::optional<core::Ownership> owner;
};

// What became of a job.
struct JobOutcome {
  bool ended = false;
  int exit_code = 0;  // where ended
  std::uint64_t output_bytes = 0;
  std::string output_sha256;
  std::string tail;                                // the last bytes of output, from settle_job only
  core::Finding finding = core::Finding::running;  // where not ended
};

// Takes output bytes as they come; the offset is that of the first of them.
using OutputSink = std::function<void(std::uint64_t offset, std::string_view bytes)>;

// Starts the job unless it has begun before, and follows it to its end. Throws LinkFailure (the
// job's end is in doubt then; permanent where the host obeys another driver) or ExecTimeout (it
// goes on).
awaitable<JobOutcome> run_job(Shell& shell, JobPlace place, std::string job, std::string script,
                              std::int64_t timeout_ms, OutputSink sink);

// Follows a job that has begun, from a byte of its output on.
awaitable<JobOutcome> follow_job(Shell& shell, JobPlace place, std::string job,
                                 std::uint64_t offset, std::int64_t timeout_ms, OutputSink sink);

// Finds out what became of a job. never_began is final: the job can no longer begin.
awaitable<JobOutcome> settle_job(Shell& shell, JobPlace place, std::string job);

// Reads what follow or settle said at its end, the last line of stderr. Throws LinkFailure where it
// is no verdict: what became of the job is not known then; permanent where it is a refusal.
JobOutcome read_verdict(const ExecResult& result, const std::string& job);

// The scripts, for tests that cut between their lines.
std::string start_script(const JobPlace& place, const std::string& job, const std::string& script);
std::string follow_script(const JobPlace& place, const std::string& job, std::uint64_t offset);
std::string settle_script(const JobPlace& place, const std::string& job);

}  // namespace transports

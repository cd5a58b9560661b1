// RemoteJob: a command that changes a host, started at most once and always accounted for.
// Invariant: a job begins if, and only if, its wrapper has taken the claim, the directory `began`,
// which one process can take once. Settling a job that has not begun takes the claim itself: after
// that, a start still in flight does nothing. docs/remote-job.md has the protocol and its cut
// points.
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

// A job's directory in `base` and its unit have its id for a name; core::job_name() of it, where
// that is too long for one of them, as of a host with a name of more than some 170 characters.
struct JobPlace {
  std::string base = "/var/lib/restorectl/jobs";  // on a persistent file system
  Launcher launcher = Launcher::systemd;
  // The owner that the host must have for the job to begin or be settled there (its file is beside
  // `base`); none on the workstation, where the journal's own lock does the same.
  std::optional<core::Ownership> owner;
};

// The result of a job.
struct JobOutcome {
  bool ended = false;
  int exit_code = 0;  // where ended
  std::uint64_t output_bytes = 0;
  std::string output_sha256;
  std::string tail;                                // the last bytes of output, from settle_job only
  core::Finding finding = core::Finding::running;  // where not ended
};

// Takes output bytes as they come; the offset is that of the first byte.
using OutputSink = std::function<void(std::uint64_t offset, std::string_view bytes)>;

// Starts the job unless it has begun before, and follows it to its end. Throws LinkFailure (the
// job's end is in doubt then; permanent where another driver owns the host) or ExecTimeout (the job
// goes on).
awaitable<JobOutcome> run_job(Shell& shell, JobPlace place, std::string job, std::string script,
                              std::int64_t timeout_ms, OutputSink sink);

// Follows a job that has begun, from an offset of its output.
awaitable<JobOutcome> follow_job(Shell& shell, JobPlace place, std::string job,
                                 std::uint64_t offset, std::int64_t timeout_ms, OutputSink sink);

// Finds out a job's result. never_began is final: the job can no longer begin.
awaitable<JobOutcome> settle_job(Shell& shell, JobPlace place, std::string job);

// Reads the verdict of follow or settle, the last line of stderr. Throws LinkFailure where there is
// none: the job's result is unknown then; permanent where the host refuses this driver.
JobOutcome read_verdict(const ExecResult& result, const std::string& job);

// The scripts, for tests that cut between their lines.
std::string start_script(const JobPlace& place, const std::string& job, const std::string& script);
std::string follow_script(const JobPlace& place, const std::string& job, std::uint64_t offset);
std::string settle_script(const JobPlace& place, const std::string& job);

}  // namespace transports

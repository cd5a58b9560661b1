// The job protocol's scripts, assembled from transports/host/sh, and the parser of their verdicts;
// see the header.
#include "transports/host/remote_job.hpp"

#include <charconv>
#include <vector>

#include "core/job_name.hpp"
#include "core/run_state.hpp"
#include "core/shell_quote.hpp"
#include "transports/limits.hpp"
#include "transports/scripts.hpp"

namespace transports {

namespace {

// The host's owner is checked before a job is started or settled there.
std::string fence(const JobPlace& place) {
  if (!place.owner) return sh::kNofencesh;
  const std::string beside = place.base.substr(0, place.base.rfind('/'));
  return core::owner_functions(*place.owner, beside) + sh::kFencesh;
}

constexpr std::string_view kUnitPrefix = "restorectl-";
constexpr std::string_view kUnitSuffix = ".service";

// What a job is called on its host. An id that is short enough names it as it always did, so that
// a job that began under its id is found there by every version.
std::string name_of(const JobPlace& place, const std::string& job) {
  std::size_t whole_max = limits::kNameBytesMax;
  if (place.launcher == Launcher::systemd) whole_max -= kUnitPrefix.size() + kUnitSuffix.size();
  return core::job_name(job, whole_max, limits::kCutJobNameBytes);
}

std::string directory_of(const JobPlace& place, const std::string& job) {
  return place.base + "/" + name_of(place, job);
}

awaitable<JobOutcome> stream(Shell& shell, std::string script, std::string job,
                             std::uint64_t offset, std::int64_t timeout_ms, OutputSink sink) {
  ExecOptions options;
  options.timeout_ms = timeout_ms;
  options.on_out = [&](std::string_view bytes) {
    if (sink) sink(offset, bytes);
    offset += bytes.size();
  };
  const ExecResult result = co_await shell.exec(shell.as_root(script), std::move(options));
  co_return read_verdict(result, job);
}

// The first line's words. Nothing between two blanks is an empty word: the host had no value
// there, and the next word must not take its place. A line that was cut short has none.
std::vector<std::string> words_of_line(std::string_view text) {
  std::vector<std::string> words;
  const std::size_t end = text.find('\n');
  if (end == std::string_view::npos) return words;
  words.emplace_back();
  for (const char c : text.substr(0, end)) {
    if (c == ' ') {
      words.emplace_back();
    } else {
      words.back() += c;
    }
  }
  return words;
}

// True where the word is the number, whole and as sh writes it.
template <class Number>
bool read_number(const std::string& word, Number* number) {
  std::from_chars(word.data(), word.data() + word.size(), *number);
  return word == std::to_string(*number);
}

// A digest, or nothing where the host could not make one.
bool may_be_sha256(std::string_view word) {
  return word.empty() ||
         (word.size() == 64 && word.find_first_not_of("0123456789abcdef") == std::string::npos);
}

}  // namespace

JobOutcome read_verdict(const ExecResult& result, const std::string& job) {
  const std::size_t at = result.err.rfind("restorectl-job ");
  if (at == std::string::npos || !result.exit_code) {
    throw LinkFailure(false,
                      "the result of job " + job + " is unknown: " +
                          (result.err.empty() ? "the channel closed without output" : result.err));
  }
  const std::vector<std::string> words = words_of_line(result.err.substr(at));
  const std::string kind = words.size() > 1 ? words[1] : "";
  JobOutcome outcome;
  if (words.size() == 5 && kind == "ended" && read_number(words[2], &outcome.exit_code) &&
      outcome.exit_code >= 0 && outcome.exit_code <= 255 &&
      read_number(words[3], &outcome.output_bytes) && may_be_sha256(words[4])) {
    outcome.ended = true;
    outcome.output_sha256 = words[4];
    return outcome;
  }
  if (kind == "fenced") {
    const std::optional<core::SeenOwner> owner = core::read_owner(result.err.substr(at));
    throw LinkFailure(true, "the host refuses this driver: it is owned by " +
                                (owner ? core::words_of(*owner) : std::string("another driver")));
  }
  using core::Finding;
  for (const Finding finding :
       {Finding::never_began, Finding::running, Finding::killed, Finding::rebooted}) {
    if (words.size() != 2 || kind != core::name_of(finding)) continue;
    outcome.finding = finding;
    return outcome;
  }
  throw LinkFailure(false, "cannot parse the host's report on job " + job);
}

std::string start_script(const JobPlace& place, const std::string& job, const std::string& script) {
  const std::string dir = core::assignments({{"dir", directory_of(place, job)}});
  const std::string wrapper = dir + sh::kClaimsh + fence(place) + sh::kWrappersh;
  return dir +
         core::assignments({{"base", place.base},
                            {"unit", std::string(kUnitPrefix) + name_of(place, job)},
                            {"script", script},
                            {"wrapper", wrapper}}) +
         sh::kClaimsh + fence(place) +
         (place.launcher == Launcher::setsid ? sh::kSetsidsh : sh::kSystemdrunsh) + sh::kStartsh;
}

std::string follow_script(const JobPlace& place, const std::string& job, std::uint64_t offset) {
  return core::assignments({{"dir", directory_of(place, job)},
                            {"from", std::to_string(offset + 1)},
                            {"launch_wait", std::to_string(limits::kLaunchWaitTicks)}}) +
         sh::kClaimsh + fence(place) + sh::kVerdictsh + sh::kFollowsh;
}

std::string settle_script(const JobPlace& place, const std::string& job) {
  return core::assignments({{"dir", directory_of(place, job)},
                            {"tail_bytes", std::to_string(limits::kJobTailBytesMax)}}) +
         sh::kClaimsh + fence(place) + sh::kVerdictsh + sh::kSettlesh;
}

awaitable<JobOutcome> run_job(Shell& shell, JobPlace place, std::string job, std::string script,
                              std::int64_t timeout_ms, OutputSink sink) {
  std::string both = start_script(place, job, script) + follow_script(place, job, 0);
  co_return co_await stream(shell, std::move(both), std::move(job), 0, timeout_ms, std::move(sink));
}

awaitable<JobOutcome> follow_job(Shell& shell, JobPlace place, std::string job,
                                 std::uint64_t offset, std::int64_t timeout_ms, OutputSink sink) {
  std::string script = follow_script(place, job, offset);
  co_return co_await stream(shell, std::move(script), std::move(job), offset, timeout_ms,
                            std::move(sink));
}

awaitable<JobOutcome> settle_job(Shell& shell, JobPlace place, std::string job) {
  ExecOptions options;
  options.out_bytes_max = limits::kSettleBytesMax;
  const ExecResult result =
      co_await shell.exec(shell.as_root(settle_script(place, job)), std::move(options));
  JobOutcome outcome = read_verdict(result, job);
  outcome.tail = result.out;
  co_return outcome;
}

}  // namespace transports

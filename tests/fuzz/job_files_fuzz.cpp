// What a host says of a job's files and of its owner's: a verdict, a refusal, or a failure with
// words, and never an end that nobody wrote.
#include "core/ownership.hpp"
#include "core/run_state.hpp"
#include "core/text.hpp"
#include "tests/fuzz/fuzz.hpp"
#include "transports/host/remote_job.hpp"

namespace {

// The line by which a host tells this outcome.
std::string as_it_is_said(const transports::JobOutcome& outcome) {
  std::string line = "restorectl-job ";
  if (!outcome.ended) return line.append(core::name_of(outcome.finding)) + "\n";
  return line + "ended " + std::to_string(outcome.exit_code) + " " +
         std::to_string(outcome.output_bytes) + " " + outcome.output_sha256 + "\n";
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1) return 0;
  transports::ExecResult result;
  if (data[0] % 4 != 0) result.exit_code = data[0] % 4 - 1;
  result.err.assign(reinterpret_cast<const char*>(data) + 1, size - 1);
  try {
    const transports::JobOutcome outcome = transports::read_verdict(result, "job-1");
    fuzz::require(result.exit_code.has_value(), "no verdict without an exit status");
    fuzz::require(result.err.find(as_it_is_said(outcome)) != std::string::npos,
                  "what became of a job is said there, whole, and not guessed");
  } catch (const transports::LinkFailure& failure) {
    fuzz::require(fuzz::is_harmless(core::printable(failure.what())), "the words can be printed");
  }
  if (const auto owner = core::read_owner(result.err)) {
    fuzz::require(fuzz::is_harmless(core::words_of(*owner)), "an owner's words are plain");
    fuzz::require(core::words_of(*owner).size() < 2'000, "and short");
    fuzz::require(owner->age_s >= 0, "and its age is one");
  }
  return 0;
}

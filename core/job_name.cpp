// How a long id is cut; see the header.
#include "core/job_name.hpp"

#include "core/digest.hpp"

namespace core {

// Sixteen digits are 64 bits, and they need only tell apart the jobs of one run whose ids begin
// alike: a few thousand at the most, of which two get the same digits in one of 10^12 runs. An id
// that is its own name is none of these names: it ends with an attempt, which is an int and has
// ten digits at the most.
std::string job_name(const std::string& job, std::size_t whole_max, std::size_t cut_to) {
  constexpr std::size_t kDigits = 16;
  if (job.size() <= whole_max) return job;
  return job.substr(0, cut_to - kDigits - 1) + "." + sha256_hex(job).substr(0, kDigits);
}

}  // namespace core

// Moments and durations on the command line. Invariant: what is not understood is refused with what
// is; nothing is guessed.
#pragma once

#include <cstdint>
#include <string>

namespace restorectl {

// "2026-11-23T10:15:00Z" or with milliseconds, "10:15:00" (of the day of `first_ms`, or the next
// one where that would be before it), "+12m30s" after `first_ms`. Returns UTC milliseconds; throws
// Failure for anything else.
std::int64_t read_moment(const std::string& text, std::int64_t first_ms);

// "90", "90s", "3m", "1h30m", "250ms" in milliseconds; throws Failure for anything else.
std::int64_t read_duration(const std::string& text);

}  // namespace restorectl

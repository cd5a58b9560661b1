// See the header.
#include "tools/restorectl/input/moment.hpp"

#include <fmt/format.h>

#include "core/text.hpp"
#include "tools/restorectl/errors.hpp"

namespace restorectl {

namespace {

constexpr std::int64_t kDayMs = 86'400'000;

[[noreturn]] void refuse_moment(const std::string& text) {
  throw Failure(Code::no_moment,
                fmt::format("invalid time '{}': expected a fact number, 2026-11-23T10:15:00Z, "
                            "10:15:00 (UTC), or +12m30s after the start",
                            core::printable(text)));
}

}  // namespace

std::int64_t read_duration(const std::string& text) {
  std::int64_t duration_ms = 0;
  if (core::parse_duration(text, &duration_ms) || core::parse_duration(text + "s", &duration_ms))
    return duration_ms;
  throw Failure(Code::no_moment,
                fmt::format("invalid duration '{}': expected for example 90s or 1h30m",
                            core::printable(text)));
}

std::int64_t read_moment(const std::string& text, std::int64_t first_ms) {
  std::int64_t at_ms = 0;
  if (text.starts_with("+")) return first_ms + read_duration(text.substr(1));
  if (text.size() == 20 && text.back() == 'Z') {
    if (core::parse_iso_time(text.substr(0, 19) + ".000Z", &at_ms)) return at_ms;
  } else if (text.size() == 8 && text[2] == ':') {
    if (core::parse_iso_time(core::iso_time(first_ms).substr(0, 11) + text + ".000Z", &at_ms)) {
      return at_ms < first_ms - first_ms % 1'000 ? at_ms + kDayMs : at_ms;
    }
  } else if (core::parse_iso_time(text, &at_ms)) {
    return at_ms;
  }
  refuse_moment(text);
}

}  // namespace restorectl

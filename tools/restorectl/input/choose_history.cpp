// See the header.
#include "tools/restorectl/input/choose_history.hpp"

#include <fmt/format.h>

#include <charconv>
#include <filesystem>

#include "core/text.hpp"
#include "journal/disk/store.hpp"
#include "tools/restorectl/errors.hpp"
#include "tools/restorectl/state/runs.hpp"

namespace restorectl {

namespace fs = std::filesystem;
using postmortem::Source;

namespace {

constexpr std::int64_t kDayMs = 86'400'000;

[[noreturn]] void refuse_moment(const std::string& text) {
  throw Failure(Code::no_moment,
                fmt::format("'{}' is no moment of a run: a fact's number, 2026-11-23T10:15:00Z, "
                            "10:15:00 (UTC), or +12m30s after its start",
                            core::printable(text)));
}

}  // namespace

Source choose_history(const std::string& argument) {
  std::error_code error;
  const fs::path path = argument;
  if (!argument.empty() && fs::is_directory(path, error) && fs::exists(path / "journal.jsonl"))
    return {Source::Kind::jsonl, argument, (path / "journal.jsonl").string()};
  if (!argument.empty() && fs::is_regular_file(path, error)) {
    const bool bundle = path.extension() == ".tar";
    return {bundle ? Source::Kind::bundle : Source::Kind::jsonl, argument, argument};
  }
  const bool looks_like_a_path = argument.find('/') != std::string::npos;
  if (looks_like_a_path)
    throw Failure(Code::file_not_read,
                  fmt::format("there is no file {}", core::printable(argument)));
  const std::string run_id = choose_run(argument);
  return {Source::Kind::run, run_id, journal::mirror_path(run_directory(run_id)).string()};
}

Code code_of(const postmortem::ChainVerdict& verdict) {
  return verdict.state == postmortem::ChainState::nothing ? Code::history_empty
                                                          : Code::history_not_intact;
}

void refuse_untrusted(const postmortem::ChainVerdict& verdict) {
  if (verdict.state == postmortem::ChainState::nothing ||
      verdict.state == postmortem::ChainState::altered)
    throw Failure(code_of(verdict), verdict.words);
}

std::int64_t read_duration(const std::string& text) {
  std::int64_t total = 0;
  const char* at = text.data();
  const char* const end = at + text.size();
  while (at != end) {
    std::int64_t number = 0;
    const auto [next, error] = std::from_chars(at, end, number);
    if (error != std::errc() || number < 0 || number > 10'000'000) break;
    const std::string_view rest(next, static_cast<std::size_t>(end - next));
    std::int64_t unit = 1'000;
    std::size_t letters = 1;
    if (rest.starts_with("ms")) {
      unit = 1, letters = 2;
    } else if (rest.starts_with("h")) {
      unit = 3'600'000;
    } else if (rest.starts_with("m")) {
      unit = 60'000;
    } else if (rest.empty()) {
      letters = 0;
    } else if (!rest.starts_with("s")) {
      break;
    }
    total += number * unit;
    at = next + letters;
    if (at == end) return total;
  }
  throw Failure(Code::no_moment, fmt::format("'{}' is no duration; say for instance 90s or 1h30m",
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

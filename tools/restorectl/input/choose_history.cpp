// See the header.
#include "tools/restorectl/input/choose_history.hpp"

#include <fmt/format.h>

#include <filesystem>

#include "core/text.hpp"
#include "journal/disk/store.hpp"
#include "tools/restorectl/errors.hpp"
#include "tools/restorectl/state/runs.hpp"
#include "tools/restorectl/state/state_directory.hpp"

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
  std::int64_t duration_ms = 0;
  if (core::parse_duration(text, &duration_ms) || core::parse_duration(text + "s", &duration_ms))
    return duration_ms;
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

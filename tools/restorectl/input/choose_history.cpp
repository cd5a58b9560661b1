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
    throw Failure(Code::file_not_read, fmt::format("no such file: {}", core::printable(argument)));
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

}  // namespace restorectl

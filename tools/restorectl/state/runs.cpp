// See the header.
#include "tools/restorectl/state/runs.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <optional>

#include "core/text.hpp"
#include "journal/disk/store.hpp"
#include "tools/restorectl/errors.hpp"
#include "tools/restorectl/state/state_directory.hpp"

namespace restorectl {

namespace fs = std::filesystem;

bool KnownRun::over() const {
  return imported || state.stage == core::RunStage::finished ||
         state.stage == core::RunStage::abandoned;
}

std::vector<std::string> run_ids() {
  std::vector<std::string> ids;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(state_directory() / "runs", error)) {
    if (entry.is_directory()) ids.push_back(entry.path().filename().string());
  }
  std::sort(ids.begin(), ids.end());
  return ids;
}

bool is_over(const std::string& run_id) {
  if (is_imported(run_id)) return true;
  const std::optional<core::Fact> last = journal::last_fact(
      journal::mirror_path(run_directory(run_id)),
      [](const core::Fact& fact) { return !std::holds_alternative<core::Noted>(fact.body); });
  return last && (std::holds_alternative<core::RunFinished>(last->body) ||
                  std::holds_alternative<core::RunAbandoned>(last->body));
}

KnownRun read_run(const std::string& run_id) {
  KnownRun run;
  run.id = run_id;
  run.imported = is_imported(run_id);
  run.report = journal::read_mirror(
      journal::mirror_path(run_directory(run_id)),
      [&](const core::Record& record, const auto&...) { run.state.note(record); });
  return run;
}

std::vector<KnownRun> list_runs() {
  std::vector<KnownRun> runs;
  for (const std::string& id : run_ids()) runs.push_back(read_run(id));
  return runs;
}

std::string choose_run(const std::string& argument) {
  const std::vector<std::string> ids = run_ids();
  if (ids.empty()) {
    throw Failure(Code::no_such_run, fmt::format("no runs in {}; start one with `restorectl start`",
                                                 state_directory().string()));
  }
  if (argument.empty()) {
    const auto open = std::find_if_not(ids.rbegin(), ids.rend(), is_over);
    return open == ids.rend() ? ids.back() : *open;
  }
  std::vector<std::string> candidates;
  for (const std::string& id : ids) {
    if (id == argument) return id;
    if (id.starts_with(argument)) candidates.push_back(id);
  }
  if (candidates.size() == 1) return candidates.front();
  if (candidates.empty()) {
    throw Failure(Code::no_such_run, fmt::format("no such run: '{}'; the runs are: {}",
                                                 core::printable(argument), fmt::join(ids, ", ")));
  }
  throw Failure(Code::ambiguous_run,
                fmt::format("'{}' is ambiguous; it matches: {}", core::printable(argument),
                            fmt::join(candidates, ", ")));
}

}  // namespace restorectl

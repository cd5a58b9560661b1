// See the header.
#include "tools/restorectl/state/state_directory.hpp"

#include <fmt/format.h>

#include <cstdlib>

#include "tools/restorectl/errors.hpp"

namespace restorectl {

namespace fs = std::filesystem;

fs::path state_directory() {
  const auto variable = [](const char* name) {
    const char* value = std::getenv(name);
    return std::string(value == nullptr ? "" : value);
  };
  if (const std::string own = variable("RESTORECTL_STATE_DIR"); !own.empty())
    return fs::absolute(own);
  if (const std::string xdg = variable("XDG_STATE_HOME"); !xdg.empty())
    return fs::path(xdg) / "restorectl";
  const std::string home = variable("HOME");
  if (home.empty())
    throw Failure(Code::no_state_directory, "HOME is not set; set RESTORECTL_STATE_DIR");
  return fs::path(home) / ".local/state/restorectl";
}

fs::path run_directory(const std::string& run_id) { return state_directory() / "runs" / run_id; }

bool is_imported(const std::string& run_id) {
  std::error_code error;
  return fs::exists(run_directory(run_id) / kImportedMark, error);
}

void refuse_imported(const std::string& run_id) {
  if (!is_imported(run_id)) return;
  throw Failure(
      Code::run_is_imported,
      fmt::format("run {} was imported from a bundle: it can be replayed here, but not resumed. To "
                  "take over a run that has not ended: `restorectl adopt HOST --reason …`",
                  run_id));
}

}  // namespace restorectl

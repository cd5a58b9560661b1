// Programs in PATH and a readable file; see the header.
#include "tools/restorectl/input/api_access.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <sstream>

#include "core/text.hpp"
#include "tools/restorectl/errors.hpp"

namespace restorectl {

namespace fs = std::filesystem;

namespace {

bool is_program(const fs::path& path) {
  std::error_code ignored;
  return fs::is_regular_file(path, ignored) && ::access(path.c_str(), X_OK) == 0;
}

// As a shell finds it: by its path where it has a slash, else in PATH.
bool is_found(const std::string& program) {
  if (program.find('/') != std::string::npos) return is_program(program);
  const char* folders = std::getenv("PATH");
  std::istringstream path(folders == nullptr ? "" : folders);
  for (std::string folder; std::getline(path, folder, ':');)
    if (!folder.empty() && is_program(fs::path(folder) / program)) return true;
  return false;
}

}  // namespace

void refuse_lacking_api_access(const core::ApiSettings& api) {
  if (api.via != core::ApiVia::workstation) return;
  for (const std::string& program : {api.command, std::string("jq")}) {
    if (is_found(program)) continue;
    throw Failure(Code::inventory_wrong,
                  fmt::format("api.via is workstation, and {} is no program in PATH here; install "
                              "it, or let the recovery host ask the API (api.via: recoveryHost)",
                              core::printable(program)));
  }
  if (!api.kubeconfig.empty() && ::access(api.kubeconfig.c_str(), R_OK) != 0)
    throw Failure(Code::inventory_wrong,
                  fmt::format("api.kubeconfig {} cannot be read", core::printable(api.kubeconfig)));
}

}  // namespace restorectl

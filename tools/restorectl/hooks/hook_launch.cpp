// See the header.
#include "tools/restorectl/hooks/hook_launch.hpp"

#include <fcntl.h>
#include <fmt/format.h>

#include <cstring>
#include <filesystem>

#include "tools/restorectl/hooks/hook_files.hpp"
#include "tools/restorectl/state/child.hpp"
#include "tools/restorectl/state/descriptor.hpp"

namespace restorectl {

void ensure_delivery(const std::string& run_id) {
  if (hooks_of(run_id).empty()) return;
  const Descriptor nothing(::open("/dev/null", O_RDWR | O_CLOEXEC));
  pid_t pid = 0;
  // A session of its own: neither ^C nor a closed terminal is meant for it.
  const int failed = start_child({std::filesystem::read_symlink("/proc/self/exe").string(),
                                  {"restorectl", "hooks", "--deliver", run_id},
                                  environment_with({}),
                                  nothing.get(),
                                  nothing.get(),
                                  nothing.get(),
                                  Child::Place::own_session},
                                 &pid);
  if (failed != 0)
    fmt::print(stderr,
               "restorectl: cannot start hook delivery: {}. The run continues; to deliver later: "
               "restorectl hooks --deliver {}\n",
               std::strerror(failed), run_id);
}

}  // namespace restorectl

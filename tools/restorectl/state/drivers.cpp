// flock for a cluster, and whoever holds LevelDB's lock of a run; see the header.
#include "tools/restorectl/state/drivers.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <pwd.h>
#include <sys/file.h>
#include <unistd.h>

#include <filesystem>

#include "journal/disk/store.hpp"
#include "tools/restorectl/errors.hpp"
#include "tools/restorectl/state/state_directory.hpp"

namespace restorectl {

namespace fs = std::filesystem;

std::string whoami() {
  const passwd* user = ::getpwuid(::geteuid());
  char host[256] = "";
  ::gethostname(host, sizeof host - 1);
  return fmt::format("{}@{}", user == nullptr ? std::to_string(::geteuid()) : user->pw_name, host);
}

ClusterLock::ClusterLock(const std::string& cluster) {
  const fs::path directory = state_directory() / "clusters";
  std::error_code error;
  fs::create_directories(directory, error);
  const fs::path path = directory / (cluster + ".lock");
  lock_ = Descriptor(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!lock_) throw Failure(Code::file_not_written, fmt::format("cannot write {}", path.string()));
  if (::flock(lock_.get(), LOCK_EX | LOCK_NB) != 0) {
    throw Failure(Code::cluster_is_driven,
                  fmt::format("a run of cluster '{}' is driven by another process on this "
                              "workstation; see `restorectl status`",
                              cluster));
  }
}

int driver_of(const std::string& run_id) {
  const fs::path lock = journal::database_path(run_directory(run_id)) / "LOCK";
  const Descriptor fd(::open(lock.c_str(), O_RDWR | O_CLOEXEC));
  if (!fd) return 0;
  struct flock query {};
  query.l_type = F_WRLCK;
  query.l_whence = SEEK_SET;
  const bool asked = ::fcntl(fd.get(), F_GETLK, &query) == 0;
  return asked && query.l_type != F_UNLCK ? query.l_pid : 0;
}

}  // namespace restorectl

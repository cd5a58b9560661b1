// posix_fallocate and unlink; see the header.
#include "journal/disk/reserve.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

namespace journal {

namespace fs = std::filesystem;

fs::path reserve_path(const fs::path& run_directory) { return run_directory / "reserve"; }

bool take_reserve(const fs::path& run_directory) {
  const fs::path path = reserve_path(run_directory);
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) return false;
  const int failed = ::posix_fallocate(fd, 0, kReserveBytes);
  ::close(fd);
  if (failed == 0) return true;
  give_back_reserve(run_directory);
  errno = failed;
  return false;
}

void give_back_reserve(const fs::path& run_directory) {
  ::unlink(reserve_path(run_directory).c_str());
}

}  // namespace journal

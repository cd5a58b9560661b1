// Making and syncing; see the header.
#include "journal/disk/directories.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <vector>

#include "journal/disk/store_words.hpp"

namespace journal {

namespace fs = std::filesystem;

bool sync_directory(const fs::path& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return false;
  const bool synced = ::fsync(fd) == 0;
  const int why = errno;
  ::close(fd);
  errno = why;
  return synced;
}

void make_directory(const fs::path& run_directory) {
  std::error_code error;
  fs::path whole = fs::absolute(run_directory).lexically_normal();
  if (!whole.has_filename()) whole = whole.parent_path();  // it had a trailing slash
  std::vector<fs::path> parents = {whole.parent_path()};
  while (!fs::exists(parents.back(), error) && parents.back().has_relative_path()) {
    parents.push_back(parents.back().parent_path());
  }
  std::vector<fs::path> missing = {whole};
  missing.insert(missing.end(), parents.begin(), parents.end());
  for (auto path = missing.rbegin(); path != missing.rend(); ++path) {
    if (::mkdir(path->c_str(), 0700) == 0) continue;
    const int why = errno;
    if (fs::is_directory(*path, error)) continue;
    errno = why;
    refuse_io("cannot create " + path->string());
  }
  if (!fs::is_empty(whole, error) || error) {
    throw StoreError(
        StoreFault::exists,
        whole.string() + " is not empty: a journal is created in an empty directory only");
  }
  if (::chmod(whole.c_str(), 0700) != 0) refuse_io("cannot set the mode of " + whole.string());
  for (const fs::path& parent : parents) {
    if (!sync_directory(parent)) refuse_io("cannot sync " + parent.string());
  }
}

}  // namespace journal

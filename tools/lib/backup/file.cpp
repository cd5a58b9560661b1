// pread(2) until the piece is whole; see the header.
#include "tools/lib/backup/file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "tools/lib/backup/defect.hpp"

namespace backup {

File::File(const std::filesystem::path& path) : path_(path.string()) {
  // Not blocking: the name may be a pipe's, which would wait for its writer.
  fd_ = ::open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  struct stat status {};
  if (fd_ < 0 || ::fstat(fd_, &status) != 0) {
    const std::string why = std::strerror(errno);
    if (fd_ >= 0) ::close(fd_);
    throw Defect("unreadable", fmt::format("cannot read {}: {}", path_, why));
  }
  if (!S_ISREG(status.st_mode)) {
    ::close(fd_);
    throw Defect("unreadable", fmt::format("{} is not a regular file", path_));
  }
  size_ = static_cast<std::uint64_t>(status.st_size);
  // Both readers of a snapshot go through it from its beginning to its end.
  ::posix_fadvise(fd_, 0, 0, POSIX_FADV_SEQUENTIAL);
}

File::~File() { ::close(fd_); }

void File::read(std::uint64_t offset, void* buffer, std::size_t size) const {
  auto* at = static_cast<char*>(buffer);
  while (size > 0) {
    const ssize_t got = ::pread(fd_, at, size, static_cast<off_t>(offset));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) {
      throw Defect("unreadable", fmt::format("cannot read {} at byte {}: {}", path_, offset,
                                             got < 0 ? std::strerror(errno)
                                                     : "the file was truncated while being read"));
    }
    at += got;
    offset += static_cast<std::uint64_t>(got);
    size -= static_cast<std::size_t>(got);
  }
}

}  // namespace backup

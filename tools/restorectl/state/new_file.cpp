// See the header.
#include "tools/restorectl/state/new_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "core/text.hpp"
#include "journal/disk/directories.hpp"
#include "tools/restorectl/errors.hpp"

namespace restorectl {

namespace fs = std::filesystem;

NewFile::NewFile(fs::path path) : path_(std::move(path)), part_(path_.string() + ".part") {
  fd_ = ::open(part_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd_ < 0) fail();
}

NewFile::~NewFile() {
  if (fd_ < 0) return;
  ::close(fd_);
  ::unlink(part_.c_str());
}

void NewFile::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t put = ::write(fd_, bytes.data(), bytes.size());
    if (put < 0 && errno == EINTR) continue;
    if (put <= 0) fail();
    bytes.remove_prefix(static_cast<std::size_t>(put));
  }
}

void NewFile::finish() {
  if (::fsync(fd_) != 0 || ::rename(part_.c_str(), path_.c_str()) != 0) fail();
  ::close(std::exchange(fd_, -1));
  if (!journal::sync_directory(path_.has_parent_path() ? path_.parent_path() : fs::path(".")))
    fail();
}

void NewFile::fail() const {
  throw Failure(
      Code::file_not_written,
      fmt::format("cannot write {}: {}", core::printable(path_.string()), std::strerror(errno)));
}

void write_file(const fs::path& path, std::string_view bytes) {
  NewFile file(path);
  file.write(bytes);
  file.finish();
}

}  // namespace restorectl

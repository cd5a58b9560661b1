// One reader per processor, each taking the next chunk; see the header.
#include "transports/ssh/chunk_digests.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <system_error>
#include <thread>

#include "core/chunks.hpp"
#include "core/digest.hpp"

namespace transports {

namespace {

constexpr std::size_t kPieceBytes = 256 * 1024;  // stays in a processor's cache

[[noreturn]] void fail(const std::filesystem::path& file) {
  throw std::system_error(errno, std::generic_category(), file.string());
}

struct Opened {
  explicit Opened(const std::filesystem::path& file)
      : fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC)) {
    if (fd < 0) fail(file);
  }
  Opened(const Opened&) = delete;
  Opened& operator=(const Opened&) = delete;
  ~Opened() { ::close(fd); }
  int fd;
};

}  // namespace

std::string chunk_digest(int fd, std::uint64_t chunk, std::atomic<std::uint64_t>* bytes_read) {
  core::Sha256 digest;
  std::vector<char> piece(kPieceBytes);
  std::uint64_t at = chunk * core::kChunkBytes;
  const std::uint64_t end = at + core::kChunkBytes;
  while (at < end) {
    const std::size_t wanted = std::min<std::uint64_t>(piece.size(), end - at);
    const ssize_t got = ::pread(fd, piece.data(), wanted, static_cast<off_t>(at));
    if (got < 0) return {};
    if (got == 0) break;
    digest.update({piece.data(), static_cast<std::size_t>(got)});
    at += static_cast<std::uint64_t>(got);
    if (bytes_read != nullptr) *bytes_read += static_cast<std::uint64_t>(got);
  }
  return digest.hex();
}

std::vector<std::string> chunk_digests(const std::filesystem::path& file,
                                       std::atomic<std::uint64_t>* bytes_read) {
  const Opened opened(file);
  struct stat status {};
  if (::fstat(opened.fd, &status) != 0) fail(file);
  std::vector<std::string> digests(core::chunk_count(static_cast<std::uint64_t>(status.st_size)));
  std::atomic<std::size_t> next = 0;
  {
    std::vector<std::jthread> readers;
    const std::size_t count =
        std::min<std::size_t>(digests.size(), std::max(1U, std::thread::hardware_concurrency()));
    for (std::size_t i = 0; i < count; ++i) {
      readers.emplace_back([&] {
        for (std::size_t chunk; (chunk = next++) < digests.size();)
          digests[chunk] = chunk_digest(opened.fd, chunk, bytes_read);
      });
    }
  }
  if (std::find(digests.begin(), digests.end(), "") != digests.end()) {
    errno = EIO;
    fail(file);
  }
  return digests;
}

}  // namespace transports

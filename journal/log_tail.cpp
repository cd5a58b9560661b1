// Walks the headers of the newest log; see the header.
#include "journal/log_tail.hpp"

#include <fstream>
#include <string>

namespace journal {

namespace {

constexpr std::uint64_t kBlock = 32'768;
constexpr std::uint64_t kHeader = 7;
constexpr int kFull = 1;
constexpr int kLast = 4;

std::filesystem::path newest_log(const std::filesystem::path& database) {
  std::filesystem::path newest;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(database, error)) {
    // Names are zero-padded numbers, so the order of text is the order of age.
    if (entry.path().extension() == ".log" && entry.path().filename() > newest.filename()) {
      newest = entry.path();
    }
  }
  return newest;
}

}  // namespace

bool log_ends_torn(const std::filesystem::path& database) {
  const std::filesystem::path path = newest_log(database);
  if (path.empty()) return false;
  std::ifstream file(path, std::ios::binary);
  std::error_code error;
  const std::uint64_t size = std::filesystem::file_size(path, error);
  if (error) return false;
  std::uint64_t at = 0;
  bool record_open = false;
  while (at < size) {
    const std::uint64_t left_in_block = kBlock - at % kBlock;
    if (left_in_block < kHeader) {
      at += left_in_block;  // zeroes at the end of a block
      continue;
    }
    if (size - at < kHeader) return true;
    char header[kHeader];
    file.seekg(static_cast<std::streamoff>(at));
    if (!file.read(header, kHeader)) return true;
    const std::uint64_t length = static_cast<unsigned char>(header[4]) |
                                 static_cast<std::uint64_t>(static_cast<unsigned char>(header[5])) << 8;
    if (size - at < kHeader + length) return true;
    record_open = header[6] != kFull && header[6] != kLast;
    at += kHeader + length;
  }
  return record_open;
}

}  // namespace journal

// Walks the record headers block by block; see the header.
#include "journal/disk/log_scan.hpp"

#include <array>
#include <fstream>
#include <string>
#include <string_view>
#include <utility>

namespace journal {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t kBlock = 32'768;
constexpr std::size_t kHeader = 7;
constexpr unsigned kFull = 1;
constexpr unsigned kLast = 4;

std::uint32_t crc32c(std::string_view bytes) {
  static const auto table = [] {
    std::array<std::uint32_t, 256> made{};
    for (std::uint32_t i = 0; i < 256; ++i) {
      std::uint32_t value = i;
      for (int bit = 0; bit < 8; ++bit)
        value = (value >> 1) ^ ((value & 1) != 0 ? 0x82F63B78U : 0U);
      made[i] = value;
    }
    return made;
  }();
  std::uint32_t crc = 0xFFFFFFFFU;
  for (const char c : bytes) {
    crc = table[(crc ^ static_cast<unsigned char>(c)) & 0xFFU] ^ (crc >> 8);
  }
  return ~crc;
}

// LevelDB stores checksums rotated and shifted, so that one over stored checksums is no weak one.
std::uint32_t masked(std::uint32_t crc) { return ((crc >> 15) | (crc << 17)) + 0xA282EAD8U; }

unsigned byte_at(std::string_view bytes, std::size_t at) {
  return static_cast<unsigned char>(bytes[at]);
}

std::uint32_t fixed32(std::string_view bytes) {
  return byte_at(bytes, 0) | byte_at(bytes, 1) << 8 | byte_at(bytes, 2) << 16 |
         byte_at(bytes, 3) << 24;
}

std::uint64_t fixed64(std::string_view bytes) {
  return fixed32(bytes) | static_cast<std::uint64_t>(fixed32(bytes.substr(4))) << 32;
}

}  // namespace

fs::path newest_log(const fs::path& database) {
  fs::path newest;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(database, error)) {
    const fs::path name = entry.path().filename();
    if (name.extension() != ".log") continue;
    // Numbers are zero-padded to six digits and may grow beyond: the longer name is the later one.
    const auto age = [](const fs::path& path) {
      return std::pair(path.string().size(), path.string());
    };
    if (newest.empty() || age(name) > age(newest.filename())) newest = entry.path();
  }
  return newest;
}

fs::path current_manifest(const fs::path& database) {
  std::ifstream file(database / "CURRENT");
  std::string name;
  return std::getline(file, name) && name.find('/') == std::string::npos ? database / name
                                                                         : fs::path();
}

LogScan scan_log(const fs::path& path, bool check_checksums) {
  std::ifstream file(path, std::ios::binary);
  std::string block(kBlock, '\0');
  std::uint64_t begin = 0;  // of the block
  bool record_open = false;
  std::uint64_t sequence = 0;
  LogScan scan;
  const auto ends = [&](LogEnd end, std::uint64_t at) {
    scan.end = end;
    scan.at = at;
    return scan;
  };
  std::uint64_t open_at = 0;
  while (file) {
    file.read(block.data(), kBlock);
    const std::string_view bytes(block.data(), static_cast<std::size_t>(file.gcount()));
    std::size_t at = 0;
    while (bytes.size() - at >= kHeader) {
      const std::string_view rest = bytes.substr(at);
      const std::size_t length = byte_at(rest, 4) | byte_at(rest, 5) << 8;
      const unsigned type = byte_at(rest, 6);
      // An unfinished record at the end of the file was being written when the writer died; in the
      // middle of it a length that leads out of its block is none that was ever written.
      if (kHeader + length > rest.size()) {
        return ends(bytes.size() < kBlock ? LogEnd::torn : LogEnd::damaged,
                    record_open ? open_at : begin + at);
      }
      // Space that was given to the file, but not yet written when the power went.
      if (type == 0 && length == 0) return ends(LogEnd::torn, begin + at);
      if (check_checksums &&
          fixed32(rest) != masked(crc32c(rest.substr(kHeader - 1, length + 1)))) {
        return ends(LogEnd::damaged, begin + at);
      }
      if (!record_open) {
        open_at = begin + at;
        // A write begins with the number of its first entry; here every write has one.
        if (length >= 8) sequence = fixed64(rest.substr(kHeader));
      }
      record_open = type != kFull && type != kLast;
      if (!record_open) scan.last_sequence = sequence;
      at += kHeader + length;
    }
    // Fewer than seven bytes: filled with zeroes at the end of a block, else a header's beginning.
    if (bytes.size() < kBlock && at < bytes.size()) return ends(LogEnd::torn, begin + at);
    begin += bytes.size();
  }
  return record_open ? ends(LogEnd::torn, open_at) : scan;
}

}  // namespace journal

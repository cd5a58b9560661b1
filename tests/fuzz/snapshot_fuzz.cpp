// A snapshot: it is read to its end or refused by a name, and what it says of itself obeys nobody.
// Its checksums are made right first: behind them lies what a flipped bit alone never reaches.
#include <sys/mman.h>
#include <unistd.h>

#include <cstring>

#include "core/digest.hpp"
#include "core/text.hpp"
#include "tests/fuzz/fuzz.hpp"
#include "tools/lib/backup/snapshot.hpp"

namespace {

void sign_meta(std::string& bytes, std::size_t page) {
  constexpr std::size_t kHeader = 16;
  constexpr std::size_t kChecked = 56;
  if (bytes.size() < page + kHeader + kChecked + 8) return;
  std::uint64_t hash = 0xcbf29ce484222325ULL;
  for (std::size_t i = 0; i < kChecked; ++i) {
    hash ^= static_cast<unsigned char>(bytes[page + kHeader + i]);
    hash *= 0x100000001b3ULL;
  }
  std::memcpy(&bytes[page + kHeader + kChecked], &hash, sizeof hash);
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string bytes(reinterpret_cast<const char*>(data), size);
  sign_meta(bytes, 0);
  if (bytes.size() >= 28) {
    std::uint32_t page = 0;
    std::memcpy(&page, &bytes[24], sizeof page);
    sign_meta(bytes, page);
  }
  core::Sha256 digest;
  digest.update(bytes);
  bytes += digest.bytes();

  const int file = ::memfd_create("snapshot", MFD_CLOEXEC);
  fuzz::require(::write(file, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()),
                "a file of these bytes");
  const backup::SnapshotReading reading =
      backup::read_snapshot("/proc/self/fd/" + std::to_string(file));
  ::close(file);

  for (const backup::Defect& defect : reading.defects) {
    fuzz::require(defect.name != "digest-differs", "the digest is right");
    fuzz::require(fuzz::is_harmless(core::printable(defect.what())), "the words can be printed");
  }
  if (!reading.defects.empty()) return 0;
  fuzz::require(reading.facts.size_bytes == bytes.size(), "the whole file was read");
  fuzz::require(reading.facts.keys <= bytes.size() / 16, "as many keys as there is room for");
  for (const backup::NodeFacts& node : reading.facts.nodes)
    fuzz::require(node.name.size() + node.addresses.size() < bytes.size(), "nodes are in the file");
  return 0;
}

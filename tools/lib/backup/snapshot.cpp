// The digest in one thread and the tree in another; see the header.
#include "tools/lib/backup/snapshot.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <thread>

#include "core/digest.hpp"
#include "core/text.hpp"
#include "tools/lib/backup/bolt.hpp"
#include "tools/lib/backup/file.hpp"
#include "tools/lib/backup/key_space.hpp"

namespace backup {

namespace {

constexpr std::size_t kTrailerBytes = 32;
constexpr std::size_t kPieceBytes = 1U << 20;

// The digest of everything but the trailer, the trailer itself, and the digest of it all.
struct Digests {
  std::string body;
  std::string trailer;
  std::string file_hex;
};

Digests digests_of(const File& file, std::atomic<std::uint64_t>* bytes_read) {
  core::Sha256 digest;
  std::string piece(kPieceBytes, '\0');
  const std::uint64_t body = file.size() - kTrailerBytes;
  for (std::uint64_t at = 0; at < body;) {
    const std::size_t size =
        static_cast<std::size_t>(std::min<std::uint64_t>(kPieceBytes, body - at));
    file.read(at, piece.data(), size);
    digest.update(std::string_view(piece).substr(0, size));
    at += size;
    if (bytes_read != nullptr) bytes_read->store(at, std::memory_order_relaxed);
  }
  Digests found;
  found.body = digest.bytes();
  found.trailer.resize(kTrailerBytes);
  file.read(body, found.trailer.data(), kTrailerBytes);
  digest.update(found.trailer);
  found.file_hex = digest.hex();
  return found;
}

// The trailer makes a snapshot's size one of a kind: sectors and 32 bytes more.
void check_size(const File& file, const BoltMeta& meta) {
  const std::uint64_t wanted = meta.pages * meta.page_size;
  if (file.size() == wanted + kTrailerBytes) return;
  if (file.size() % 512 == 0) {
    throw Defect(
        "trailer-missing",
        fmt::format(
            "{} has no SHA-256 at its end: it is a copy of a running member's file "
            "(member/snap/db), not a snapshot; the restore would fail after etcd is stopped{}",
            file.path(), cause_of_freelist(meta)));
  }
  if (file.size() < wanted + kTrailerBytes) {
    throw Defect("cut-short", fmt::format("{} has {} bytes of {}{}", file.path(), file.size(),
                                          wanted + kTrailerBytes, cause_of_freelist(meta)));
  }
  throw Defect("too-long",
               fmt::format("{} has {} bytes after its end{}", file.path(),
                           file.size() - wanted - kTrailerBytes, cause_of_freelist(meta)));
}

void read_all(const File& file, SnapshotReading& reading, std::atomic<std::uint64_t>* bytes_read) {
  const BoltMeta meta = read_meta(file);
  check_size(file, meta);
  Digests digests;
  std::vector<Defect> digest_defects;
  std::jthread hashing([&] {
    try {
      digests = digests_of(file, bytes_read);
    } catch (const Defect& defect) {
      digest_defects.push_back(defect);
    }
  });
  KeySpace keys;
  ServerState server;
  reading.facts.database_bytes = meta.pages * meta.page_size;
  try {
    const std::uint64_t in_use = walk(
        file, meta, [&](std::string_view bucket, std::string_view key, std::string_view value) {
          keys.add(bucket, key, value);
          server.add(bucket, key, value);
        });
    reading.facts.in_use_bytes = in_use * meta.page_size;
    reading.facts.server = server.facts();
    keys.tell(reading.facts);
  } catch (const Defect& defect) {
    reading.defects.push_back(defect);
  }
  hashing.join();
  reading.facts.sha256 = digests.file_hex;
  if (!digest_defects.empty()) {
    reading.defects.insert(reading.defects.begin(), digest_defects.front());
  } else if (digests.body != digests.trailer) {
    reading.defects.insert(
        reading.defects.begin(),
        Defect("digest-differs",
               fmt::format(
                   "{} was modified after it was taken: its SHA-256 is {}, its trailer has {}{}",
                   file.path(), core::hex_of(digests.body), core::hex_of(digests.trailer),
                   cause_of_freelist(meta))));
  }
}

}  // namespace

SnapshotReading read_snapshot(const std::filesystem::path& path,
                              std::atomic<std::uint64_t>* bytes_read) {
  SnapshotReading reading;
  try {
    const File file(path);
    reading.facts.size_bytes = file.size();
    if (file.size() == 0) throw Defect("empty", fmt::format("{} is empty", file.path()));
    read_all(file, reading, bytes_read);
  } catch (const Defect& defect) {
    reading.defects.push_back(defect);
  }
  return reading;
}

}  // namespace backup

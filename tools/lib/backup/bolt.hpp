// A bbolt database, read page by page. Invariant: the database is never mapped and never held in
// memory, only the page under the eye (kPageBytesMax at most) and a few bytes a page; each page of
// a tree is read once, each level in the file's own order.
// Source: go.etcd.io/bbolt, page.go, db.go, bucket.go and db_open's check.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "tools/lib/backup/file.hpp"

namespace backup {

inline constexpr std::uint32_t kBoltMagic = 0xED0CDAED;
// A leaf holds at least two keys, so one page can be twice etcd's largest value; etcd advises
// against more than 10 MiB (etcd.io/docs, "system limits").
inline constexpr std::size_t kPageBytesMax = 32U << 20;

// What the newer of the two meta pages says.
struct BoltMeta {
  std::uint32_t page_size = 0;
  std::uint64_t root = 0;      // page of the root bucket
  std::uint64_t freelist = 0;  // its page; kNoFreelist where it was not written
  std::uint64_t pages = 0;     // one more than the highest page in use
  std::uint64_t transaction = 0;
};
inline constexpr std::uint64_t kNoFreelist = ~0ULL;

// What an etcdctl that is older than the cluster may have done to a snapshot, where it has a list
// of free pages; empty where it has none. For messages about a snapshot that was modified.
std::string cause_of_freelist(const BoltMeta& meta);

// Both meta pages must be good: a snapshot is written with both. Throws Defect.
BoltMeta read_meta(const File& file);

// Called for each key of a top-level bucket; the views live until it returns.
using OnKey =
    std::function<void(std::string_view bucket, std::string_view key, std::string_view value)>;

// Walks everything: every page that a bucket reaches is in the file, of its kind, reached once and
// well-formed, and, where the free pages are listed, each page is either reached or free. Keys come
// in no order. Returns how many pages are in use. Throws Defect.
std::uint64_t walk(const File& file, const BoltMeta& meta, const OnKey& on_key);

}  // namespace backup

// Meta pages, buckets, trees and the freelist; see the header.
#include "tools/lib/backup/bolt.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <string>

#include "tools/lib/backup/defect.hpp"

namespace backup {

namespace {

constexpr std::size_t kHeaderBytes = 16;
constexpr std::size_t kElementBytes = 16;
constexpr std::size_t kMetaBytes = 64;
constexpr std::uint16_t kBranch = 1;
constexpr std::uint16_t kLeaf = 2;
constexpr std::uint16_t kMetaPage = 4;
constexpr std::uint16_t kFreelistPage = 16;
constexpr std::uint32_t kIsBucket = 1;
constexpr std::uint64_t kOurWindowBytes = 1U << 20;
constexpr std::size_t kBucketsMax = 1'000;  // etcd has about ten

// kBoltMagic as a machine of the other byte order writes it.
constexpr std::uint32_t kSwappedMagic = 0xEDDA0CED;

// bbolt writes in the machine's own order. Of the machines that OKD runs on only IBM Z is
// big-endian; its snapshots are good there and only there, and are refused by name.
template <class Number>
Number number_at(std::string_view bytes, std::size_t at) {
  Number number = 0;
  for (std::size_t i = 0; i < sizeof(Number); ++i)
    number |= static_cast<Number>(static_cast<Number>(static_cast<unsigned char>(bytes[at + i]))
                                  << (8 * i));
  return number;
}

std::uint64_t fnv1a(std::string_view bytes) {
  std::uint64_t hash = 0xcbf29ce484222325ULL;
  for (const char c : bytes) {
    hash ^= static_cast<unsigned char>(c);
    hash *= 0x100000001b3ULL;
  }
  return hash;
}

struct PageHeader {
  std::uint64_t id = 0;
  std::uint16_t flags = 0;
  std::uint16_t count = 0;
  std::uint32_t overflow = 0;
};

PageHeader header_of(std::string_view page) {
  return {number_at<std::uint64_t>(page, 0), number_at<std::uint16_t>(page, 8),
          number_at<std::uint16_t>(page, 10), number_at<std::uint32_t>(page, 12)};
}

[[noreturn]] void broken(std::uint64_t page, const std::string& what) {
  throw Defect("page-broken", fmt::format("the snapshot's page {} {}", page, what));
}

// A leaf's or a branch's element, with views into its page.
struct Element {
  std::uint32_t flags = 0;
  std::uint64_t child = 0;
  std::string_view key;
  std::string_view value;
};

// REQUIRES: the page has room for `index + 1` elements.
Element element_at(std::string_view page, bool leaf, std::size_t index, std::uint64_t id) {
  const std::size_t at = kHeaderBytes + index * kElementBytes;
  Element element;
  std::uint64_t position = 0;
  std::uint64_t key_size = 0;
  std::uint64_t value_size = 0;
  if (leaf) {
    element.flags = number_at<std::uint32_t>(page, at);
    position = number_at<std::uint32_t>(page, at + 4);
    key_size = number_at<std::uint32_t>(page, at + 8);
    value_size = number_at<std::uint32_t>(page, at + 12);
  } else {
    position = number_at<std::uint32_t>(page, at);
    key_size = number_at<std::uint32_t>(page, at + 4);
    element.child = number_at<std::uint64_t>(page, at + 8);
  }
  if (at + position + key_size + value_size > page.size())
    broken(id, fmt::format("has an element ({}) outside of the page", index));
  element.key = page.substr(at + position, key_size);
  element.value = page.substr(at + position + key_size, value_size);
  return element;
}

// Gives pages in ascending order from a window over the file, so that neighbours cost one read.
class Window {
 public:
  Window(const File& file, const BoltMeta& meta) : file_(file), meta_(meta) {}

  // The page with its overflow. REQUIRES: id < meta.pages. Valid until the next call.
  std::string_view page(std::uint64_t id) {
    const std::string_view head = bytes(id * meta_.page_size, meta_.page_size);
    const PageHeader header = header_of(head);
    if (header.id != id) broken(id, fmt::format("has page ID {}", header.id));
    const std::uint64_t pages = 1ULL + header.overflow;
    if (pages > meta_.pages - id) broken(id, "extends past the end of the file");
    if (pages * meta_.page_size > kPageBytesMax)
      broken(id, fmt::format("has {} bytes; the maximum of etcd is {}", pages * meta_.page_size,
                             kPageBytesMax));
    return bytes(id * meta_.page_size, static_cast<std::size_t>(pages * meta_.page_size));
  }

 private:
  std::string_view bytes(std::uint64_t offset, std::size_t size) {
    if (offset < begin_ || offset + size > begin_ + window_.size()) {
      const std::uint64_t end = meta_.pages * meta_.page_size;
      const std::uint64_t wanted = std::max<std::uint64_t>(size, kOurWindowBytes);
      window_.resize(static_cast<std::size_t>(std::min(wanted, end - offset)));
      file_.read(offset, window_.data(), window_.size());
      begin_ = offset;
    }
    return std::string_view(window_).substr(static_cast<std::size_t>(offset - begin_), size);
  }

  const File& file_;
  const BoltMeta& meta_;
  std::string window_;
  std::uint64_t begin_ = 0;
};

class Walker {
 public:
  Walker(const File& file, const BoltMeta& meta, const OnKey& on_key)
      : meta_(meta), window_(file, meta), on_key_(on_key), used_(meta.pages, false) {}

  std::uint64_t all() {
    used_[0] = used_[1] = true;
    tree(meta_.root, "");
    // Buckets are met while the root is walked; each is a tree of its own.
    while (!buckets_.empty()) {
      const auto [name, root] = *buckets_.begin();
      buckets_.erase(buckets_.begin());
      tree(root, name);
    }
    const auto in_use = static_cast<std::uint64_t>(std::count(used_.begin(), used_.end(), true));
    freelist();
    return in_use;
  }

 private:
  // Level by level: what one level's branches name is the next level, sorted by place.
  void tree(std::uint64_t root, const std::string& bucket) {
    claim(root);
    std::vector<std::uint64_t> level = {root};
    while (!level.empty()) {
      std::vector<std::uint64_t> next;
      for (const std::uint64_t id : level) elements(bytes_of(id), id, bucket, next);
      std::sort(next.begin(), next.end());
      level = std::move(next);
    }
  }

  // Notes that a page is in use: as soon as it is named, so that a level is never longer than the
  // file has pages.
  void claim(std::uint64_t id) {
    if (id < 2 || id >= meta_.pages) broken(id, "is referenced but does not exist");
    if (used_[id]) broken(id, "is referenced twice");
    used_[id] = true;
  }

  // A claimed page's bytes, with the pages that it flows over into claimed as well.
  std::string_view bytes_of(std::uint64_t id) {
    const std::string_view bytes = window_.page(id);
    for (std::uint64_t i = 1; i < bytes.size() / meta_.page_size; ++i) claim(id + i);
    return bytes;
  }

  void elements(std::string_view bytes, std::uint64_t id, const std::string& bucket,
                std::vector<std::uint64_t>& next) {
    const PageHeader header = header_of(bytes);
    if (header.flags != kBranch && header.flags != kLeaf)
      broken(id, fmt::format("must be a branch or a leaf, but has flags {:#x}", header.flags));
    const bool leaf = header.flags == kLeaf;
    if (kHeaderBytes + std::size_t{header.count} * kElementBytes > bytes.size())
      broken(id, fmt::format("is too small for its {} elements", header.count));
    if (!leaf && header.count == 0) broken(id, "is a branch with no children");
    std::string_view before;
    for (std::size_t i = 0; i < header.count; ++i) {
      const Element element = element_at(bytes, leaf, i, id);
      if (i > 0 && element.key <= before) broken(id, "has unsorted keys");
      before = element.key;
      if (!leaf) {
        claim(element.child);
        next.push_back(element.child);
      } else if ((element.flags & kIsBucket) != 0) {
        nested(element, id, bucket);
      } else if (!bucket.empty()) {
        on_key_(bucket, element.key, element.value);
      }
    }
  }

  // A bucket's value is the page of its root, or 0 and the page itself behind it.
  void nested(const Element& element, std::uint64_t id, const std::string& parent) {
    if (!parent.empty()) broken(id, "has a nested bucket, which etcd never writes");
    if (element.value.size() < 16) broken(id, "has a bucket with no root");
    if (element.key.empty() || buckets_seen_ == kBucketsMax)
      broken(id, "has too many buckets for an etcd snapshot");
    ++buckets_seen_;
    const std::string name(element.key);
    const auto root = number_at<std::uint64_t>(element.value, 0);
    if (root != 0) {
      buckets_.emplace(name, root);
      return;
    }
    const std::string_view inline_page = element.value.substr(16);
    if (inline_page.size() < kHeaderBytes) broken(id, "has a truncated inline bucket");
    if (header_of(inline_page).flags != kLeaf)
      broken(id, "has an inline bucket that is not a leaf");
    std::vector<std::uint64_t> none;
    elements(inline_page, id, name, none);
  }

  // Where the free pages are listed, a page that is neither in use nor free is a lost one. etcd
  // does not list them since 3.4 (NoFreelistSync), so mostly there is nothing to compare.
  void freelist() {
    if (meta_.freelist == kNoFreelist) return;
    claim(meta_.freelist);
    const std::string_view bytes = bytes_of(meta_.freelist);
    const PageHeader header = header_of(bytes);
    if (header.flags != kFreelistPage) broken(meta_.freelist, "is not a freelist page");
    std::uint64_t count = header.count;
    std::size_t at = kHeaderBytes;
    if (count == 0xFFFF) {  // it has no room for the number, which stands before the pages
      count = number_at<std::uint64_t>(bytes, at);
      at += 8;
    }
    if (count > (bytes.size() - at) / 8)
      broken(meta_.freelist, fmt::format("lists {} free pages, more than it can hold", count));
    for (std::uint64_t i = 0; i < count; ++i, at += 8) {
      const auto id = number_at<std::uint64_t>(bytes, at);
      if (id < 2 || id >= meta_.pages) broken(id, "is listed as free but does not exist");
      if (used_[id]) broken(id, "is both in use and listed as free");
      used_[id] = true;
    }
    const auto lost = std::find(used_.begin(), used_.end(), false);
    if (lost != used_.end())
      broken(static_cast<std::uint64_t>(lost - used_.begin()),
             "is neither in use nor free: it has leaked. etcdctl's check refuses the snapshot too; "
             "restore it into a scratch etcd and take a new snapshot of that (docs/backup.md)");
  }

  const BoltMeta& meta_;
  Window window_;
  const OnKey& on_key_;
  std::vector<bool> used_;
  std::map<std::string, std::uint64_t> buckets_;
  std::size_t buckets_seen_ = 0;
};

BoltMeta meta_at(const File& file, std::uint64_t offset, int which) {
  std::string page(kHeaderBytes + kMetaBytes, '\0');
  if (offset + page.size() > file.size())
    throw Defect("cut-short", fmt::format("{} is truncated in meta page {}", file.path(), which));
  file.read(offset, page.data(), page.size());
  const std::string_view body = std::string_view(page).substr(kHeaderBytes);
  const auto bad = [&](const std::string& what) {
    throw Defect("meta-broken", fmt::format("the snapshot's meta page {} {}", which, what));
  };
  if (number_at<std::uint32_t>(body, 0) == kSwappedMagic) {
    throw Defect("big-endian",
                 fmt::format("{} was taken on a big-endian machine (IBM Z, s390x): only etcd on "
                             "such a machine can read it, and restorectl does not support them",
                             file.path()));
  }
  if (number_at<std::uint32_t>(body, 0) != kBoltMagic) {
    throw Defect(
        "no-bolt-file",
        fmt::format(
            "{} is not an etcd snapshot: meta page {} does not have the magic number of bbolt",
            file.path(), which));
  }
  if (number_at<std::uint64_t>(body, 56) != fnv1a(body.substr(0, 56)))
    bad("does not match its checksum");
  if (number_at<std::uint32_t>(body, 4) != 2) bad("has a bbolt version other than 2");
  if (header_of(page).flags != kMetaPage) bad("is not flagged as a meta page");
  BoltMeta meta;
  meta.page_size = number_at<std::uint32_t>(body, 8);
  meta.root = number_at<std::uint64_t>(body, 16);
  meta.freelist = number_at<std::uint64_t>(body, 32);
  meta.pages = number_at<std::uint64_t>(body, 40);
  meta.transaction = number_at<std::uint64_t>(body, 48);
  const bool power_of_two = (meta.page_size & (meta.page_size - 1)) == 0;
  if (meta.page_size < 1024 || meta.page_size > 65536 || !power_of_two)
    bad(fmt::format("has a page size of {}", meta.page_size));
  return meta;
}

}  // namespace

BoltMeta read_meta(const File& file) {
  const BoltMeta first = meta_at(file, 0, 0);
  const BoltMeta second = meta_at(file, first.page_size, 1);
  const BoltMeta& newer = second.transaction > first.transaction ? second : first;
  if (second.page_size != first.page_size)
    throw Defect("meta-broken", "the meta pages of the snapshot have different page sizes");
  const std::uint64_t wanted = newer.pages * newer.page_size;
  if (newer.pages < 3 || newer.pages > (1ULL << 40) || wanted > file.size()) {
    throw Defect("cut-short",
                 fmt::format("{} has {} bytes, but its meta page gives {} pages of {} bytes",
                             file.path(), file.size(), newer.pages, newer.page_size));
  }
  return newer;
}

std::uint64_t walk(const File& file, const BoltMeta& meta, const OnKey& on_key) {
  return Walker(file, meta, on_key).all();
}

// Source: etcd-io/etcd pull requests 8815 and 11157; bbolt's db.go writes the list where a database
// has none.
std::string cause_of_freelist(const BoltMeta& meta) {
  if (meta.freelist == kNoFreelist) return {};
  return ". It has a list of free pages, which etcd 3.3 and later does not write: `snapshot "
         "status` of an older etcdctl adds one to the file that it reads. Use a copy that was not "
         "read by it";
}

}  // namespace backup

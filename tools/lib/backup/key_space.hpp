// etcd's keys as a snapshot stores them: one entry a revision. Invariant: entries may come in any
// order; of each object only its newest revision counts, and a deleted one does not count at all.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "tools/lib/backup/snapshot.hpp"

namespace backup {

class KeySpace {
 public:
  // One key of a bucket. Throws Defect "key-space-broken" where `key` holds no revision.
  void add(std::string_view bucket, std::string_view key, std::string_view value);

  // Writes what the keys said into the facts.
  void tell(SnapshotFacts& facts) const;

 private:
  struct Revision {
    std::uint64_t main = 0;
    std::uint64_t sub = 0;
    auto operator<=>(const Revision&) const = default;
  };
  template <class Value>
  struct Newest {
    Revision revision;
    bool deleted = false;
    Value value;
  };

  void object(std::string_view name, Revision revision, bool deleted, std::string_view stored);

  std::uint64_t keys_ = 0;
  std::uint64_t revision_ = 0;
  bool encrypted_ = false;
  Newest<VersionFacts> version_;
  Newest<std::string> infrastructure_;
  std::map<std::string, Newest<NodeFacts>, std::less<>> nodes_;
  std::map<std::string, Newest<std::vector<core::UnsettledOperator>>, std::less<>> operators_;
};

}  // namespace backup

// What etcd's server keeps in a snapshot beside the keys. `etcdctl snapshot restore` takes alarms,
// users, the cluster version and leases over as they are. Invariant: bounded, whatever the snapshot
// holds; what cannot be read is left empty, but an alarm that cannot be read is an unknown one.
// Source: etcd 3.4, etcdserver/api/v3alarm, auth/store.go, etcdserver/api/membership/store.go,
// lease/lessor.go, mvcc/kvstore.go (and the same in 3.5's server/storage/schema).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace backup {

struct MemberFacts {
  std::string name;  // empty: added, and never started
  bool learner = false;
  bool operator==(const MemberFacts&) const = default;
};

struct ServerFacts {
  // Alarms, one for each member that raised it.
  std::uint64_t nospace_alarms = 0;
  std::uint64_t corrupt_alarms = 0;
  std::uint64_t unknown_alarms = 0;
  bool auth_enabled = false;
  std::string version;                 // of the cluster, "3.4.0"; empty where it was not set yet
  std::vector<MemberFacts> members;    // a restore replaces them
  std::uint64_t leases = 0;            // they begin anew with the restored etcd
  std::uint64_t consistent_index = 0;  // of raft; a restore replaces it
  bool operator==(const ServerFacts&) const = default;
};

class ServerState {
 public:
  // One key of a bucket. Buckets of the keys themselves are passed by.
  void add(std::string_view bucket, std::string_view key, std::string_view value);

  const ServerFacts& facts() const { return facts_; }

 private:
  void alarm(std::string_view key);
  void member(std::string_view value);

  ServerFacts facts_;
};

}  // namespace backup

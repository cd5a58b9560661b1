// The buckets of etcd's server; see the header.
#include "tools/lib/backup/server_state.hpp"

#include "tools/lib/backup/objects.hpp"
#include "tools/lib/backup/wire.hpp"

namespace backup {

namespace {

constexpr std::size_t kMembersMax = 100;  // etcd advises against more than seven
constexpr std::size_t kVersionBytesMax = 64;

// etcdserverpb.AlarmType.
constexpr std::uint64_t kNoSpace = 1;
constexpr std::uint64_t kCorrupt = 2;

}  // namespace

void ServerState::add(std::string_view bucket, std::string_view key, std::string_view value) {
  if (bucket == "alarm") alarm(key);
  if (bucket == "auth" && key == "authEnabled") facts_.auth_enabled = value == "\x01";
  if (bucket == "cluster" && key == "clusterVersion")
    facts_.version = value.substr(0, kVersionBytesMax);
  if (bucket == "members") member(value);
  if (bucket == "lease") ++facts_.leases;
  if (bucket == "meta" && key == "consistent_index" && value.size() == 8)
    facts_.consistent_index = big_endian(value);
}

// The key is an etcdserverpb.AlarmMember {memberID 1, alarm 2}; there is no value.
void ServerState::alarm(std::string_view key) {
  std::uint64_t kind = 0;
  WireReader reader(key);
  while (const auto field = reader.next())
    if (field->number == 2) kind = field->value;
  if (reader.whole() && kind == kNoSpace) {
    ++facts_.nospace_alarms;
  } else if (reader.whole() && kind == kCorrupt) {
    ++facts_.corrupt_alarms;
  } else {
    ++facts_.unknown_alarms;
  }
}

void ServerState::member(std::string_view value) {
  if (facts_.members.size() < kMembersMax) facts_.members.push_back(read_member(value));
}

}  // namespace backup

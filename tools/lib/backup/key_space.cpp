// Revisions and the objects that are looked for; see the header.
#include "tools/lib/backup/key_space.hpp"

#include <fmt/format.h>

#include "core/text.hpp"
#include "tools/lib/backup/wire.hpp"

namespace backup {

namespace {

// OpenShift's prefix of every key (source: openshift/cluster-kube-apiserver-operator,
// defaultconfig, storage-prefix kubernetes.io).
constexpr std::string_view kPrefix = "/kubernetes.io/";
constexpr std::string_view kVersion = "config.openshift.io/clusterversions/version";
constexpr std::string_view kInfrastructure = "config.openshift.io/infrastructures/cluster";
constexpr std::string_view kOperators = "config.openshift.io/clusteroperators/";
constexpr std::string_view kNodes = "minions/";
constexpr std::size_t kNodesMax = 20'000;  // four times what Kubernetes supports
// A cluster has some thirty. What is beyond is not noted: the run then waits for it, as for one
// that was well.
constexpr std::size_t kOperatorsMax = 1'000;
constexpr std::size_t kNameBytesMax = 253;  // of any object

}  // namespace

void KeySpace::add(std::string_view bucket, std::string_view key, std::string_view value) {
  ++keys_;
  if (bucket != "key") return;
  // 8 bytes of main revision, '_', 8 bytes of sub revision, and 't' for a tombstone.
  const bool deleted = key.size() == 18 && key.back() == 't';
  if ((key.size() != 17 && !deleted) || key[8] != '_')
    throw Defect("key-space-broken",
                 "bucket `key` of the snapshot has a key that is not a revision");
  const Revision revision{big_endian(key.substr(0, 8)), big_endian(key.substr(9, 8))};
  if (revision.main > revision_) revision_ = revision.main;
  // mvccpb.KeyValue {key 1, value 5}; the key comes first, and most keys are not looked for.
  WireReader entry(value);
  const auto name = entry.next();
  if (!name || name->number != 1) {
    throw Defect("key-space-broken",
                 fmt::format("revision {} of the snapshot has no key and value", revision.main));
  }
  if (!name->bytes.starts_with(kPrefix)) return;
  std::string_view stored;
  while (const auto field = entry.next())
    if (field->number == 5) stored = field->bytes;
  if (!entry.whole()) {
    throw Defect("key-space-broken",
                 fmt::format("revision {} of the snapshot is truncated", revision.main));
  }
  encrypted_ = encrypted_ || stored.starts_with(kEncryptedPrefix);
  object(name->bytes.substr(kPrefix.size()), revision, deleted, stored);
}

void KeySpace::object(std::string_view name, Revision revision, bool deleted,
                      std::string_view stored) {
  const auto newer = [&](auto& newest, auto read) {
    if (revision < newest.revision) return;
    newest.revision = revision;
    newest.deleted = deleted;
    newest.value = read(stored);
  };
  if (name == kVersion) newer(version_, read_cluster_version);
  if (name == kInfrastructure) newer(infrastructure_, read_infrastructure_name);
  if (name.starts_with(kOperators)) {
    const std::string_view which = name.substr(kOperators.size());
    auto known = operators_.find(which);
    if (known == operators_.end()) {
      if (operators_.size() == kOperatorsMax || which.size() > kNameBytesMax) return;
      known = operators_.emplace(which, Newest<std::vector<core::UnsettledOperator>>{}).first;
    }
    newer(known->second, read_cluster_operator);
  }
  if (!name.starts_with(kNodes)) return;
  const std::string_view node = name.substr(kNodes.size());
  auto found = nodes_.find(node);
  if (found == nodes_.end()) {
    if (nodes_.size() == kNodesMax)
      throw Defect("key-space-broken",
                   fmt::format("the snapshot has more than {} nodes", kNodesMax));
    found = nodes_.emplace(node, Newest<NodeFacts>{}).first;
  }
  newer(found->second, read_node);
}

void KeySpace::tell(SnapshotFacts& facts) const {
  facts.keys = keys_;
  facts.revision = static_cast<std::int64_t>(revision_);
  facts.encrypted = encrypted_;
  if (!version_.deleted) facts.version = version_.value;
  if (!infrastructure_.deleted) facts.infrastructure_name = infrastructure_.value;
  for (const auto& [name, node] : nodes_) {
    if (node.deleted) continue;
    facts.nodes.push_back(node.value);
    facts.nodes.back().name = name;
  }
  for (const auto& [name, newest] : operators_) {
    if (newest.deleted) continue;
    for (const core::UnsettledOperator& one : newest.value) {
      if (facts.unsettled.size() == kUnsettledMax) return;
      facts.unsettled.push_back({core::clean_utf8(name), one.condition, one.reason});
    }
  }
}

}  // namespace backup

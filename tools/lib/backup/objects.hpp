// The few objects of the Kubernetes API that tell whose backup this is. Invariant: what cannot be
// read is left empty and never guessed.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/fact.hpp"
#include "tools/lib/backup/server_state.hpp"

namespace backup {

struct NodeFacts {
  std::string name;
  std::vector<std::string> addresses;  // of every type, as the node's status lists them
  bool control_plane = false;          // by its role labels
  bool operator==(const NodeFacts&) const = default;
};

// What a ClusterVersion says, as it is stored: JSON, since it is a custom resource.
struct VersionFacts {
  std::string cluster_id;
  std::string desired;    // 4.7.0-0.okd-2021-03-28-152009
  std::string completed;  // the last one whose update ended; differs from desired within an update
  bool operator==(const VersionFacts&) const = default;
};

// The conditions of a ClusterOperator (JSON, as above) that are not as they should be: one that is
// missing counts. Nothing where it cannot be read. Their operator's name is left empty, and reasons
// are cut.
std::vector<core::UnsettledOperator> read_cluster_operator(std::string_view stored);

// How much of a reason is kept; Kubernetes allows 1,024 bytes, and reasons are single words.
inline constexpr std::size_t kReasonBytesMax = 100;

VersionFacts read_cluster_version(std::string_view stored);
// status.infrastructureName of an Infrastructure; empty where it cannot be read.
std::string read_infrastructure_name(std::string_view stored);
// A Node, stored as protobuf behind "k8s\0" (what a kube-apiserver writes) or as JSON.
// Source: k8s.io/apimachinery runtime/serializer/protobuf; k8s.io/api core/v1 generated.proto.
NodeFacts read_node(std::string_view stored);

// A member of etcd's cluster, as etcd stores it: JSON.
MemberFacts read_member(std::string_view stored);

// What kube-apiserver writes before a value that is encrypted at rest.
// Source: k8s.io/apiserver storage/value/encrypt.
inline constexpr std::string_view kEncryptedPrefix = "k8s:enc:";

}  // namespace backup

// JSON by Boost.JSON, protobuf field by field; see the header.
#include "tools/lib/backup/objects.hpp"

#include <boost/json.hpp>
#include <utility>

#include "core/text.hpp"
#include "tools/lib/backup/wire.hpp"

namespace backup {

namespace json = boost::json;

namespace {

constexpr std::size_t kAddressesMax = 64;

json::value parsed(std::string_view stored) {
  boost::system::error_code error;
  json::value value = json::parse(stored, error);
  return error ? json::value() : value;
}

// The value at a path of keys, or nullptr.
const json::value* at(const json::value& value, std::initializer_list<std::string_view> keys) {
  const json::value* found = &value;
  for (const std::string_view key : keys) {
    const json::object* const object = found->if_object();
    found = object != nullptr ? object->if_contains(key) : nullptr;
    if (found == nullptr) return nullptr;
  }
  return found;
}

std::string text_at(const json::value& value, std::initializer_list<std::string_view> keys) {
  const json::value* const found = at(value, keys);
  return found != nullptr && found->is_string() ? std::string(found->get_string()) : std::string();
}

bool is_control_plane(std::string_view label) {
  return label == "node-role.kubernetes.io/master" ||
         label == "node-role.kubernetes.io/control-plane";
}

NodeFacts node_of_json(std::string_view stored) {
  const json::value value = parsed(stored);
  NodeFacts node;
  node.name = text_at(value, {"metadata", "name"});
  if (const json::value* const labels = at(value, {"metadata", "labels"});
      labels != nullptr && labels->is_object()) {
    for (const auto& label : labels->get_object())
      node.control_plane = node.control_plane || is_control_plane(label.key());
  }
  const json::value* const addresses = at(value, {"status", "addresses"});
  if (addresses == nullptr || !addresses->is_array()) return node;
  for (const json::value& entry : addresses->get_array()) {
    const std::string address = text_at(entry, {"address"});
    if (!address.empty() && node.addresses.size() < kAddressesMax)
      node.addresses.push_back(address);
  }
  return node;
}

// runtime.Unknown {typeMeta 1, raw 2}; Node {metadata 1, status 3}; ObjectMeta {name 1, labels 11};
// NodeStatus {addresses 5}; NodeAddress {type 1, address 2}; a map's entry {key 1, value 2}.
NodeFacts node_of_protobuf(std::string_view unknown) {
  NodeFacts node;
  const std::string_view raw = wire_bytes(unknown, 2);
  WireReader metadata(wire_bytes(raw, 1));
  while (const auto field = metadata.next()) {
    if (field->number == 1) node.name = field->bytes;
    if (field->number == 11)
      node.control_plane = node.control_plane || is_control_plane(wire_bytes(field->bytes, 1));
  }
  WireReader status(wire_bytes(raw, 3));
  while (const auto field = status.next()) {
    if (field->number != 5 || node.addresses.size() == kAddressesMax) continue;
    const std::string_view address = wire_bytes(field->bytes, 2);
    if (!address.empty()) node.addresses.emplace_back(address);
  }
  return node;
}

}  // namespace

VersionFacts read_cluster_version(std::string_view stored) {
  const json::value value = parsed(stored);
  VersionFacts facts;
  facts.cluster_id = text_at(value, {"spec", "clusterID"});
  facts.desired = text_at(value, {"status", "desired", "version"});
  const json::value* const history = at(value, {"status", "history"});
  if (history == nullptr || !history->is_array()) return facts;
  for (const json::value& entry : history->get_array()) {  // the newest first
    if (text_at(entry, {"state"}) != "Completed") continue;
    facts.completed = text_at(entry, {"version"});
    break;
  }
  return facts;
}

std::vector<core::UnsettledOperator> read_cluster_operator(std::string_view stored) {
  const json::value value = parsed(stored);
  std::vector<core::UnsettledOperator> unsettled;
  if (!value.is_object()) return unsettled;
  const json::value* const listed = at(value, {"status", "conditions"});
  const json::array* const conditions = listed == nullptr ? nullptr : listed->if_array();
  constexpr std::pair<std::string_view, std::string_view> kWanted[] = {
      {"Available", "True"}, {"Degraded", "False"}, {"Progressing", "False"}};
  for (const auto& [type, wanted] : kWanted) {
    std::string status;
    std::string reason;
    for (const json::value& one : conditions == nullptr ? json::array{} : *conditions) {
      if (text_at(one, {"type"}) != type) continue;
      status = text_at(one, {"status"});
      reason = text_at(one, {"reason"});
    }
    if (status == wanted) continue;
    unsettled.push_back(
        {{}, std::string(type), core::clean_utf8(reason.substr(0, kReasonBytesMax))});
  }
  return unsettled;
}

std::string read_infrastructure_name(std::string_view stored) {
  return text_at(parsed(stored), {"status", "infrastructureName"});
}

MemberFacts read_member(std::string_view stored) {
  const json::value value = parsed(stored);
  MemberFacts facts;
  facts.name = text_at(value, {"name"});
  const json::value* const learner = at(value, {"isLearner"});
  facts.learner = learner != nullptr && learner->is_bool() && learner->get_bool();
  return facts;
}

NodeFacts read_node(std::string_view stored) {
  constexpr std::string_view magic("k8s\0", 4);
  if (stored.starts_with(magic)) return node_of_protobuf(stored.substr(magic.size()));
  return node_of_json(stored);
}

}  // namespace backup

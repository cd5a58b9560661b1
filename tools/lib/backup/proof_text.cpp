// Boost.JSON, and a reader that takes nothing it was not told to expect; see the header.
#include "tools/lib/backup/proof_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <limits>

#include "core/text.hpp"

namespace backup {

namespace json = boost::json;

namespace {

// Both sides are of one build: another number is another restorectl's program.
constexpr std::uint64_t kFormat = 3;
constexpr std::size_t kTextBytesMax = 16'384;
constexpr std::size_t kDefectsMax = 64;
constexpr std::size_t kNodesMax = 20'000;
constexpr std::size_t kAddressesMax = 64;
constexpr std::size_t kMembersMax = 100;
constexpr std::size_t kPodsMax = 4;
constexpr std::size_t kImagesMax = 100;
constexpr std::uint64_t kFileBytesMax = 1ULL << 50;

// ---- written on the host ------------------------------------------------------------------------

json::string text(std::string_view bytes) {
  std::string clean = core::clean_utf8(bytes.substr(0, kTextBytesMax));
  // Each bad byte became three.
  if (clean.size() > kTextBytesMax) clean = core::clean_utf8(clean.substr(0, kTextBytesMax - 8));
  return json::string(clean);
}

template <class List>
json::array texts(const List& list) {
  json::array array;
  for (const std::string& one : list) array.emplace_back(text(one));
  return array;
}

json::object server_object(const ServerFacts& facts) {
  json::array members;
  for (const MemberFacts& member : facts.members)
    members.push_back({{"name", text(member.name)}, {"learner", member.learner}});
  return {{"nospace_alarms", facts.nospace_alarms},
          {"corrupt_alarms", facts.corrupt_alarms},
          {"unknown_alarms", facts.unknown_alarms},
          {"auth_enabled", facts.auth_enabled},
          {"version", text(facts.version)},
          {"members", std::move(members)},
          {"leases", facts.leases},
          {"consistent_index", facts.consistent_index}};
}

json::object snapshot_object(const SnapshotFacts& facts) {
  json::array nodes;
  for (const NodeFacts& node : facts.nodes) {
    nodes.push_back({{"name", text(node.name)},
                     {"addresses", texts(node.addresses)},
                     {"control_plane", node.control_plane}});
  }
  json::array unsettled;
  for (const core::UnsettledOperator& one : facts.unsettled) {
    unsettled.push_back(
        {{"operator", text(one.name)}, {"condition", one.condition}, {"reason", text(one.reason)}});
  }
  return {{"size_bytes", facts.size_bytes},
          {"sha256", facts.sha256},
          {"revision", facts.revision},
          {"keys", facts.keys},
          {"cluster_id", text(facts.version.cluster_id)},
          {"desired", text(facts.version.desired)},
          {"completed", text(facts.version.completed)},
          {"infrastructure_name", text(facts.infrastructure_name)},
          {"nodes", std::move(nodes)},
          {"encrypted", facts.encrypted},
          {"server", server_object(facts.server)},
          {"database_bytes", facts.database_bytes},
          {"in_use_bytes", facts.in_use_bytes},
          {"unsettled", std::move(unsettled)}};
}

json::object archive_object(const ArchiveFacts& facts) {
  json::array pods;
  for (const auto& [name, pod] : facts.pods) {
    pods.push_back({{"name", name},
                    {"revision", text(pod.revision)},
                    {"version", text(pod.version)},
                    {"images", texts(pod.images)},
                    {"has_manifest", pod.has_manifest}});
  }
  return {{"size_bytes", facts.size_bytes},
          {"sha256", facts.sha256},
          {"pods", std::move(pods)},
          {"etcd_ca_sha256", facts.etcd_ca_sha256},
          {"encryption_config", facts.encryption_config},
          {"etcd_quota_bytes", facts.etcd_quota_bytes},
          {"files", facts.files},
          {"unpacked_bytes", facts.unpacked_bytes}};
}

// ---- read on the workstation --------------------------------------------------------------------

// An object of which each field is taken once, by its name and kind, and none may be left over.
class Fields {
 public:
  Fields(const json::value& value, std::string where) : where_(std::move(where)) {
    if (!value.is_object()) fail("is not an object");
    object_ = &value.get_object();
  }
  // Every field that there is was asked for.
  void end() const {
    if (object_->size() != taken_) fail("has unknown fields");
  }

  std::string text(const char* name, std::size_t bytes_max = kTextBytesMax) {
    const json::value& value = field(name);
    if (!value.is_string()) fail(name, "is not a string");
    if (value.get_string().size() > bytes_max) fail(name, "is too long");
    return core::clean_utf8(std::string_view(value.get_string()));
  }
  // 64 hex digits, or nothing.
  std::string digest(const char* name) {
    std::string digits = text(name, 64);
    const bool plain = std::all_of(digits.begin(), digits.end(), [](char c) {
      return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
    });
    if (!plain || (!digits.empty() && digits.size() != 64)) fail(name, "is not a SHA-256");
    return digits;
  }
  std::uint64_t number(const char* name, std::uint64_t max) {
    const json::value& value = field(name);
    // Boost.JSON holds every number that an int64 has as one.
    const bool whole = value.is_uint64() || (value.is_int64() && value.get_int64() >= 0);
    if (!whole) fail(name, "is not an integer");
    const std::uint64_t number =
        value.is_uint64() ? value.get_uint64() : static_cast<std::uint64_t>(value.get_int64());
    if (number > max) fail(name, "is too large");
    return number;
  }
  bool flag(const char* name) {
    const json::value& value = field(name);
    if (!value.is_bool()) fail(name, "is not a boolean");
    return value.get_bool();
  }
  const json::array& list(const char* name, std::size_t max) {
    const json::value& value = field(name);
    if (!value.is_array()) fail(name, "is not a list");
    if (value.get_array().size() > max) fail(name, "is too long");
    return value.get_array();
  }
  std::vector<std::string> texts(const char* name, std::size_t max) {
    std::vector<std::string> all;
    for (const json::value& one : list(name, max)) {
      if (!one.is_string() || one.get_string().size() > kTextBytesMax)
        fail(name, "is not a list of strings");
      all.push_back(core::clean_utf8(std::string_view(one.get_string())));
    }
    return all;
  }
  const json::value& field(const char* name) {
    const json::value* const value = object_->if_contains(name);
    if (value == nullptr) fail(name, "is missing");
    ++taken_;
    return *value;
  }
  [[noreturn]] void fail(const char* name, const char* what) const {
    throw BadProof(fmt::format("{}.{} {}", where_, name, what));
  }

 private:
  [[noreturn]] void fail(const char* what) const {
    throw BadProof(fmt::format("{} {}", where_, what));
  }

  const json::object* object_ = nullptr;
  std::string where_;
  std::size_t taken_ = 0;
};

constexpr auto kSignedMax = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());

ServerFacts read_server_facts(const json::value& value) {
  Fields fields(value, "snapshot.server");
  ServerFacts facts;
  facts.nospace_alarms = fields.number("nospace_alarms", kSignedMax);
  facts.corrupt_alarms = fields.number("corrupt_alarms", kSignedMax);
  facts.unknown_alarms = fields.number("unknown_alarms", kSignedMax);
  facts.auth_enabled = fields.flag("auth_enabled");
  facts.version = fields.text("version", 64 * 3);
  for (const json::value& one : fields.list("members", kMembersMax)) {
    Fields member(one, "snapshot.server.members");
    facts.members.push_back({member.text("name"), member.flag("learner")});
    member.end();
  }
  facts.leases = fields.number("leases", kSignedMax);
  facts.consistent_index = fields.number("consistent_index", ~0ULL);
  fields.end();
  return facts;
}

SnapshotFacts read_snapshot_facts(const json::value& value) {
  Fields fields(value, "snapshot");
  SnapshotFacts facts;
  facts.size_bytes = fields.number("size_bytes", kFileBytesMax);
  facts.sha256 = fields.digest("sha256");
  facts.revision = static_cast<std::int64_t>(fields.number("revision", kSignedMax));
  facts.keys = fields.number("keys", kSignedMax);
  facts.version.cluster_id = fields.text("cluster_id");
  facts.version.desired = fields.text("desired");
  facts.version.completed = fields.text("completed");
  facts.infrastructure_name = fields.text("infrastructure_name");
  for (const json::value& one : fields.list("nodes", kNodesMax)) {
    Fields node(one, "snapshot.nodes");
    facts.nodes.push_back(
        {node.text("name"), node.texts("addresses", kAddressesMax), node.flag("control_plane")});
    node.end();
  }
  facts.encrypted = fields.flag("encrypted");
  facts.server = read_server_facts(fields.field("server"));
  facts.database_bytes = fields.number("database_bytes", kFileBytesMax);
  facts.in_use_bytes = fields.number("in_use_bytes", kFileBytesMax);
  for (const json::value& one : fields.list("unsettled", kUnsettledMax)) {
    Fields known(one, "snapshot.unsettled");
    // Each bad byte may have become three.
    facts.unsettled.push_back({known.text("operator", 3 * 253), known.text("condition", 16),
                               known.text("reason", 3 * kReasonBytesMax)});
    const std::string& condition = facts.unsettled.back().condition;
    if (condition != "Available" && condition != "Degraded" && condition != "Progressing")
      known.fail("condition", "is none of a cluster operator's three");
    known.end();
  }
  fields.end();
  return facts;
}

ArchiveFacts read_archive_facts(const json::value& value) {
  Fields fields(value, "archive");
  ArchiveFacts facts;
  facts.size_bytes = fields.number("size_bytes", kFileBytesMax);
  facts.sha256 = fields.digest("sha256");
  for (const json::value& one : fields.list("pods", kPodsMax)) {
    Fields pod(one, "archive.pods");
    PodFacts known;
    const std::string name = pod.text("name", 64);
    if (!is_static_pod(name)) pod.fail("name", "is not one of the four static pods");
    known.revision = pod.text("revision", 20);
    known.version = pod.text("version");
    for (std::string& image : pod.texts("images", kImagesMax))
      known.images.insert(std::move(image));
    known.has_manifest = pod.flag("has_manifest");
    pod.end();
    facts.pods[name] = std::move(known);
  }
  facts.etcd_ca_sha256 = fields.digest("etcd_ca_sha256");
  facts.encryption_config = fields.flag("encryption_config");
  facts.etcd_quota_bytes = fields.number("etcd_quota_bytes", ~0ULL);
  facts.files = fields.number("files", kArchiveEntriesMax);
  facts.unpacked_bytes = fields.number("unpacked_bytes", kFileBytesMax);
  fields.end();
  return facts;
}

bool is_defect_name(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(),
                                      [](char c) { return (c >= 'a' && c <= 'z') || c == '-'; });
}

// What a run takes from it must be there where it is said to be without defects.
void check_proven(const Proof& proof) {
  if (proof.pair.time.empty() || proof.snapshot.sha256.empty() || proof.archive.sha256.empty() ||
      proof.snapshot.size_bytes == 0 || proof.archive.size_bytes == 0)
    throw BadProof("the report has neither defects nor files");
}

}  // namespace

std::string proof_text(const Proof& proof) {
  json::array defects;
  for (const Defect& defect : proof.defects) {
    if (defects.size() < kDefectsMax)
      defects.push_back({{"name", defect.name}, {"what", text(defect.what())}});
  }
  const json::object object{{"format", kFormat},
                            {"time", proof.pair.time},
                            {"snapshot", snapshot_object(proof.snapshot)},
                            {"archive", archive_object(proof.archive)},
                            {"defects", std::move(defects)}};
  return json::serialize(object);
}

Proof read_proof(std::string_view bytes, const std::filesystem::path& directory) {
  if (bytes.size() > kProofBytesMax) throw BadProof("the report is too long");
  boost::system::error_code error;
  const json::value value = json::parse(json::string_view(bytes.data(), bytes.size()), error);
  if (error) throw BadProof("invalid JSON: " + error.message());
  Fields fields(value, "report");
  if (fields.number("format", kSignedMax) != kFormat)
    fields.fail("format", "is of another restorectl version");
  Proof proof;
  proof.directory = directory.string();
  if (const std::string time = fields.text("time", 64); !time.empty()) {
    const std::optional<Pair> pair = pair_of(directory, time);
    if (!pair) fields.fail("time", "is not a backup time");
    proof.pair = *pair;
  }
  proof.snapshot = read_snapshot_facts(fields.field("snapshot"));
  proof.archive = read_archive_facts(fields.field("archive"));
  for (const json::value& one : fields.list("defects", kDefectsMax)) {
    Fields defect(one, "defects");
    const std::string name = defect.text("name", 64);
    if (!is_defect_name(name)) defect.fail("name", "is not a defect name");
    proof.defects.emplace_back(name, defect.text("what"));
    defect.end();
  }
  fields.end();
  if (proof.defects.empty()) check_proven(proof);
  return proof;
}

}  // namespace backup

// backup verify: whether a backup can be restored, and whose it is, before anything is touched.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <boost/json.hpp>

#include "core/text.hpp"
#include "tools/restorectl/input/backup_proof.hpp"
#include "tools/restorectl/input/host_proof.hpp"
#include "tools/restorectl/input/inventory_file.hpp"
#include "tools/restorectl/verbs/verbs.hpp"

namespace restorectl {

namespace json = boost::json;

namespace {

struct VerifyOptions {
  std::string directory;
  std::string inventory;
  std::vector<std::string> accepted;
  std::string output = "text";
};

constexpr const char* kFooter =
    "Reads both files in full: the SHA-256 of the snapshot, every page of its tree and every "
    "key;\n"
    "the archive's checksum and each of its entries. Changes nothing. A backup on a host is "
    "read\nthere: restorectl copies a small program to the host, runs it and removes it.\n\n"
    "Examples:\n"
    "  restorectl backup verify ./backup\n"
    "  restorectl backup verify ./backup -i inventory.yaml   # compare the nodes with the cluster\n"
    "  restorectl backup verify master-0:/home/core/assets/backup -i inventory.yaml\n"
    "  restorectl backup verify ./backup -o json | jq -r '.defects[].name'\n\n"
    "Exit codes: 0 the backup can be restored, 2 it has a defect. docs/backup.md lists the "
    "defects.\n";

// Words that came out of the backup: they are shown and obey nobody.
std::string shown(const std::string& text) {
  return text.empty() ? "unknown" : core::printable(text);
}

// What a restore takes over, or replaces, beside the keys.
void print_etcd(const backup::Proof& proof) {
  const backup::ServerFacts& server = proof.snapshot.server;
  std::string members;
  for (const backup::MemberFacts& member : server.members) {
    members += members.empty() ? "" : ", ";
    members += (member.name.empty() ? "(never started)" : core::printable(member.name)) +
               (member.learner ? " (learner)" : "");
  }
  fmt::print("  etcd {}, members: {}\n  {} leases, raft index {}, {} of {} MiB of its quota\n",
             shown(server.version), members.empty() ? "unknown" : members, server.leases,
             server.consistent_index, proof.snapshot.database_bytes >> 20,
             proof.etcd_quota_bytes() >> 20);
  if (server.nospace_alarms + server.corrupt_alarms > 0) {
    fmt::print("  alarms: {}{}{}\n", server.nospace_alarms > 0 ? "NOSPACE" : "",
               server.nospace_alarms > 0 && server.corrupt_alarms > 0 ? ", " : "",
               server.corrupt_alarms > 0 ? "CORRUPT" : "");
  }
}

void print_text(const backup::Proof& proof, const core::BackupPlace& place) {
  if (place.on_host()) fmt::print("read on {}, in {}\n", place.host, place.directory);
  if (!proof.snapshot.sha256.empty()) {
    const backup::SnapshotFacts& facts = proof.snapshot;
    fmt::print("{}\n  {} bytes, sha256 {}\n  revision {}, {} keys\n",
               proof.pair.snapshot.filename().string(), facts.size_bytes, facts.sha256,
               facts.revision, facts.keys);
    fmt::print("  cluster {} ({}), version {}{}\n", shown(facts.infrastructure_name),
               shown(facts.version.cluster_id), shown(facts.version.desired),
               facts.encrypted ? ", encrypted at rest" : "");
    print_etcd(proof);
    for (const backup::NodeFacts& node : facts.nodes) {
      fmt::print("  node {}{} {}\n", shown(node.name), node.control_plane ? " (control plane)" : "",
                 core::printable(fmt::format("{}", fmt::join(node.addresses, " "))));
    }
  }
  if (!proof.archive.sha256.empty()) {
    const backup::ArchiveFacts& facts = proof.archive;
    fmt::print("{}\n  {} bytes, sha256 {}\n  {} files, {} bytes unpacked\n",
               proof.pair.archive.filename().string(), facts.size_bytes, facts.sha256, facts.files,
               facts.unpacked_bytes);
    for (const auto& [name, pod] : facts.pods)
      fmt::print("  {} revision {}, version {}\n", name, pod.revision, shown(pod.version));
  }
  for (const core::UnsettledOperator& unsettled : proof.snapshot.unsettled)
    fmt::print("note: {}\n", words_of(unsettled));
  for (const std::string& name : proof.accepted) fmt::print("accepted: {}\n", name);
  for (const backup::Defect& defect : proof.defects)
    fmt::print("DEFECT {}\n", core::printable(words_of(defect)));
  if (proof.defects.empty()) fmt::print("the backup can be restored\n");
}

json::array texts(const auto& list) {
  json::array array;
  for (const std::string& text : list) array.emplace_back(core::clean_utf8(text));
  return array;
}

json::object etcd_object(const backup::Proof& proof) {
  const backup::ServerFacts& server = proof.snapshot.server;
  json::array alarms;
  const auto list = [&alarms](std::uint64_t raised_by, std::string_view alarm) {
    if (raised_by > 0) alarms.push_back({{"alarm", alarm}, {"members", raised_by}});
  };
  list(server.nospace_alarms, "NOSPACE");
  list(server.corrupt_alarms, "CORRUPT");
  list(server.unknown_alarms, "unknown");
  json::array members;
  for (const backup::MemberFacts& member : server.members)
    members.push_back({{"name", core::clean_utf8(member.name)}, {"learner", member.learner}});
  return {{"alarms", alarms},
          {"authEnabled", server.auth_enabled},
          {"version", core::clean_utf8(server.version)},
          {"members", members},
          {"leases", server.leases},
          {"consistentIndex", server.consistent_index},
          {"databaseBytes", proof.snapshot.database_bytes},
          {"inUseBytes", proof.snapshot.in_use_bytes},
          {"quotaBytes", proof.etcd_quota_bytes()}};
}

void print_json(const backup::Proof& proof, const core::BackupPlace& place) {
  const backup::SnapshotFacts& facts = proof.snapshot;
  json::array nodes;
  for (const backup::NodeFacts& node : facts.nodes) {
    nodes.push_back({{"name", core::clean_utf8(node.name)},
                     {"controlPlane", node.control_plane},
                     {"addresses", texts(node.addresses)}});
  }
  json::array pods;
  for (const auto& [name, pod] : proof.archive.pods) {
    pods.push_back({{"name", name},
                    {"revision", pod.revision},
                    {"version", core::clean_utf8(pod.version)},
                    {"images", texts(pod.images)}});
  }
  json::array unsettled;
  for (const core::UnsettledOperator& one : facts.unsettled) {
    unsettled.push_back({{"operator", core::clean_utf8(one.name)},
                         {"condition", one.condition},
                         {"reason", core::clean_utf8(one.reason)}});
  }
  json::array defects;
  for (const backup::Defect& defect : proof.defects) {
    defects.push_back({{"name", defect.name},
                       {"message", core::clean_utf8(defect.what())},
                       {"mayBeAccepted", backup::may_be_accepted(defect.name)}});
  }
  const json::value value{{"readOn", place.on_host() ? place.host : core::kWorkstation},
                          {"snapshot",
                           {{"path", proof.pair.snapshot.string()},
                            {"bytes", facts.size_bytes},
                            {"sha256", facts.sha256},
                            {"revision", facts.revision},
                            {"keys", facts.keys},
                            {"clusterVersion", core::clean_utf8(facts.version.desired)},
                            {"clusterID", core::clean_utf8(facts.version.cluster_id)},
                            {"infrastructureName", core::clean_utf8(facts.infrastructure_name)},
                            {"encrypted", facts.encrypted},
                            {"nodes", nodes},
                            {"unsettledOperators", unsettled},
                            {"etcd", etcd_object(proof)}}},
                          {"archive",
                           {{"path", proof.pair.archive.string()},
                            {"bytes", proof.archive.size_bytes},
                            {"sha256", proof.archive.sha256},
                            {"files", proof.archive.files},
                            {"pods", pods}}},
                          {"accepted", texts(proof.accepted)},
                          {"defects", defects}};
  fmt::print("{}\n", json::serialize(value));
}

Exit verify(const VerifyOptions& options) {
  core::Inventory inventory;
  if (!options.inventory.empty()) inventory = read_inventory(options.inventory);
  const core::Inventory* const known = options.inventory.empty() ? nullptr : &inventory;
  const core::BackupPlace place = backup_place(options.directory, known);
  const backup::Proof proof = prove_backup(place, options.accepted, known);
  options.output == "json" ? print_json(proof, place) : print_text(proof, place);
  if (!proof.defects.empty())
    throw Failure(
        Code::backup_refused,
        fmt::format("the backup {} failed verification: {}", core::printable(place.text()),
                    proof.defects.size() == 1 ? "the defect is listed above"
                                              : "the defects are listed above"));
  return Exit::done;
}

}  // namespace

void add_backup(Verb app) {
  Verb group = app.verb("backup", "Verify a backup before a restore");
  group.needs_verb();
  auto options = std::make_shared<VerifyOptions>();
  Verb verb = group.verb("verify", "Read a backup in full and report its defects");
  verb.option(
          "directory", options->directory,
          "The directory with the two backup files, or HOST:DIRECTORY on a host of the inventory")
      .required();
  verb.option("-i,--inventory", options->inventory,
              "Compare the control plane in the backup with this inventory");
  verb.option("--accept", options->accepted, "The name of a defect to accept").type_name("NAME");
  verb.option("-o,--output", options->output, "Output format: text or json")
      .one_of({"text", "json"});
  verb.footer(kFooter);
  verb.does([options] { return verify(*options); });
}

}  // namespace restorectl

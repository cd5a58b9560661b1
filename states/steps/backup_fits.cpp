// Compares the verified content of the backup (core::BackupContent) with hosts; see the header.
#include "states/steps/backup_fits.hpp"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "states/steps/host_findings.hpp"
#include "states/steps/host_paths.hpp"
#include "states/steps/reading.hpp"
#include "states/steps/scripts.hpp"

namespace states {

using core::StepContext;
using core::Verdict;

namespace {

const core::BackupContent& content_of(const StepContext& context) {
  return context.start().backup.content;
}

// The part of a pull spec that identifies the content: mirrors change the rest.
std::string digest_of(const std::string& image) {
  const std::size_t at = image.find("@sha256:");
  return at == std::string::npos ? image : image.substr(at + 1);
}

// Collects what differs, and which defect names would accept it.
class Differences {
 public:
  explicit Differences(const StepContext& context) : accepted_(content_of(context).accepted) {}

  void add(const std::string& defect, const std::string& difference) {
    const bool is_accepted =
        std::find(accepted_.begin(), accepted_.end(), defect) != accepted_.end();
    std::string& list = is_accepted ? accepted_differences_ : differences_;
    list += (list.empty() ? "" : "; ") + difference;
    if (!is_accepted) defects_.insert(defect);
  }

  Verdict verdict(const std::string& same) const {
    if (differences_.empty()) {
      return Verdict::holds(accepted_differences_.empty()
                                ? same
                                : "accepted with --accept: " + accepted_differences_);
    }
    std::string accept;
    for (const std::string& defect : defects_) accept += " --accept " + defect;
    return Verdict::wrong(differences_,
                          "restoring a backup of another release or cluster breaks the cluster: "
                          "abandon this run and start a new one with a matching backup, or, to "
                          "accept the difference, with" +
                              accept);
  }

 private:
  const std::vector<std::string>& accepted_;
  std::set<std::string> defects_;
  std::string differences_;
  std::string accepted_differences_;
};

// The digests of a pod's images on the host.
std::set<std::string> images_seen(std::string_view out, const std::string& pod) {
  std::set<std::string> digests;
  for (const std::string& image : values_of(out, pod + ".image")) digests.insert(digest_of(image));
  return digests;
}

// True where both sides are known and have nothing in common.
bool apart(const core::BackupPod& pod, const std::set<std::string>& here) {
  if (pod.images.empty() || here.empty()) return false;
  return std::none_of(pod.images.begin(), pod.images.end(),
                      [&](const std::string& image) { return here.contains(digest_of(image)); });
}

// Major and minor of "3.4.14"; nothing where the text is no version.
std::optional<std::pair<std::int64_t, std::int64_t>> minor_of(std::string_view version) {
  const std::size_t dot = version.find('.');
  if (dot == std::string_view::npos) return std::nullopt;
  const std::size_t end = std::min(version.find('.', dot + 1), version.size());
  const std::int64_t major = count_of(version.substr(0, dot));
  const std::int64_t minor = count_of(version.substr(dot + 1, end - dot - 1));
  if (major < 0 || minor < 0) return std::nullopt;
  return std::pair(major, minor);
}

// etcd ends at once with a cluster version above its own, which a restored snapshot keeps (source:
// etcd, server/etcdserver/api/membership: mustDetectDowngrade).
bool is_too_old(std::string_view server, std::string_view cluster) {
  const auto here = minor_of(server);
  const auto there = minor_of(cluster);
  return here && there && *here < *there;
}

// What an etcd that does not live cannot be asked, in words. Looks of okd-4.7/3 and before did not
// ask.
std::string not_compared(std::string_view server, std::string_view cluster) {
  if (cluster.empty() || (server != "none" && server != "unknown")) return {};
  return "; the snapshot's cluster version, " + brief(cluster, 40) +
         ", was not compared with the host's etcd: " +
         (server == "none" ? "no etcd container runs that could say its version"
                           : "it does not say its version");
}

}  // namespace

std::string look_release(const StepContext& context) {
  return script(context, {.name = "compare-release.look",
                          .since = {{"okd-4.7/2", {{"manifests", kManifests}}},
                                    {"okd-4.7/3", {}, {"etcd-version"}}}});
}

Verdict judge_release(const StepContext& context, const core::Observed& seen) {
  if (seen.exit_code != 0) return check_failed(seen, "the host's release");
  const Lines lines = read_lines(seen.out);
  const core::BackupContent& content = content_of(context);
  Differences differences(context);
  std::size_t compared = 0;
  for (const core::BackupPod& pod : content.pods) {
    const std::string version(value_of(lines, pod.name + ".version"));
    const std::set<std::string> here = images_seen(seen.out, pod.name);
    const bool versions_known = !version.empty() && !pod.version.empty();
    if (versions_known || (!here.empty() && !pod.images.empty())) ++compared;
    const std::string_view revision = value_of(lines, pod.name + ".revision");
    const std::string on_host =
        revision.empty() ? " on the host" : " on the host (revision " + brief(revision, 20) + ")";
    if (versions_known && version != pod.version) {
      differences.add("other-release", pod.name + ": version " + brief(pod.version, 100) +
                                           " in the backup, " + brief(version, 100) + on_host);
    } else if (apart(pod, here)) {
      differences.add("other-release",
                      pod.name + ": image " + brief(digest_of(pod.images.front()), 100) +
                          " in the backup, " + brief(*here.begin(), 100) + on_host);
    }
  }
  const std::string_view ca = value_of(lines, "etcd.ca");
  if (!ca.empty() && !content.etcd_ca_sha256.empty() && ca != content.etcd_ca_sha256) {
    differences.add("other-cluster",
                    "etcd CA: SHA-256 " + brief(content.etcd_ca_sha256, 16) + "… in the backup, " +
                        brief(ca, 16) +
                        "… on the host: from another cluster, or renewed after the backup");
  }
  const std::string_view server = value_of(lines, "etcd.server");
  if (is_too_old(server, content.etcd_version)) {
    differences.add("other-release", "etcd: the snapshot is of cluster version " +
                                         brief(content.etcd_version, 40) + ", and etcd " +
                                         brief(server, 40) +
                                         " on the host, which is older, would not start with it");
  }
  Verdict verdict =
      differences.verdict(compared == 0 ? "the host has no static pod resources to compare"
                                        : "same release as the backup: versions and images of " +
                                              std::to_string(compared) + " static pods match");
  if (verdict.kind == Verdict::Kind::holds)
    verdict.detail += not_compared(server, content.etcd_version);
  return verdict;
}

namespace {

// What was not well already, for the evidence.
std::string unsettled_note(std::string_view printed) {
  std::string words;
  std::string last;
  for (const core::UnsettledOperator& one : unsettled_before_gate(printed)) {
    words += one.name != last ? (words.empty() ? "" : "; ") + brief(one.name, 60) + ": " : ", ";
    words += core::state_of(one.condition);
    if (!one.reason.empty()) words += " (" + brief(one.reason, 80) + ")";
    last = one.name;
  }
  if (words.empty()) return {};
  const Lines lines = read_lines(printed);
  const std::int64_t left_out = count_of(value_of(lines, "unsettled_left_out"));
  words = brief(words, 1'500);
  if (left_out > 0) words += "; and " + std::to_string(left_out) + " more";
  return "; note: cluster operators that had not settled before the restore: " + words;
}

}  // namespace

std::string look_cluster(const StepContext& context) {
  return api_script(context, {"compare-cluster.look"});
}

Verdict judge_cluster(const StepContext& context, const core::Observed& seen) {
  if (seen.exit_code != 0) return check_failed(seen, "the cluster's identity");
  const Lines lines = read_lines(seen.out);
  if (value_of(lines, "api") == "silent")
    return Verdict::holds("the API does not answer: only the files on the hosts are compared");
  const core::BackupContent& content = content_of(context);
  Differences differences(context);
  const auto compare = [&](const char* defect, const char* what, const std::string& backup,
                           std::string_view here) {
    if (backup.empty() || here.empty() || backup == here) return;
    differences.add(defect, std::string(what) + ": " + brief(backup, 100) + " in the backup, " +
                                brief(here, 100) + " in the API");
  };
  compare("other-cluster", "cluster ID", content.cluster_id, value_of(lines, "cluster_id"));
  compare("other-cluster", "infrastructure name", content.infrastructure_name,
          value_of(lines, "infrastructure"));
  compare("other-release", "version", content.cluster_version, value_of(lines, "version"));
  Verdict verdict = differences.verdict(
      value_of(lines, "cluster_id").empty()
          ? "the API does not tell the cluster's ID: it was not compared with the backup's"
          : "the API reports the same cluster ID and version as the backup");
  if (verdict.kind == Verdict::Kind::holds) verdict.detail += unsettled_note(seen.out);
  return verdict;
}

std::vector<core::UnsettledOperator> unsettled_before_gate(std::string_view printed) {
  const Lines lines = read_lines(printed);
  const auto document = read_json(value_of(lines, "unsettled"));
  const boost::json::array* all = document ? document->if_array() : nullptr;
  std::vector<core::UnsettledOperator> unsettled;
  for (const boost::json::value& one : all == nullptr ? boost::json::array{} : *all) {
    const boost::json::array* off = array_at(one, "off");
    for (const boost::json::value& condition : off == nullptr ? boost::json::array{} : *off)
      unsettled.push_back(
          {text_at(one, "name"), text_at(condition, "type"), text_at(condition, "reason")});
  }
  return unsettled;
}

std::string look_quorum(const StepContext& context) {
  return script(context, {"weigh-need.look", {{"etcd_data", kEtcdData}}});
}

// Never wrong: what was deleted is deleted on healthy members too. But the operator sees it before
// the gate.
Verdict judge_quorum(const StepContext&, const core::Observed& seen) {
  if (seen.exit_code != 0) return check_failed(seen, "the etcd members");
  const Lines lines = read_lines(seen.out);
  const std::string healthy(value_of(lines, "healthy"));
  const std::string members(value_of(lines, "members"));
  if (healthy.empty() || members.empty() || healthy == "0") {
    const bool one_is_enough =
        value_of(lines, "data") == "present" && value_of(lines, "quorum_restore") == "present";
    return Verdict::holds(one_is_enough
                              ? "etcd has no quorum, but the recovery host has its data and "
                                "quorum-restore.sh, which needs no backup and loses less data"
                              : "etcd has no quorum");
  }
  const std::string count = brief(healthy, 9) + " of " + brief(members, 9) + " members are healthy";
  if (healthy == members) {
    return Verdict::holds("you may not need a restore: etcd has quorum, " + count +
                          "; a restore loses everything written since the backup");
  }
  return Verdict::holds("you may not need a restore: etcd has quorum, " + count +
                        "; replacing the unhealthy members one by one loses no data");
}

std::string look_rehearsal(const StepContext& context) {
  return script(context,
                {"rehearse-restore.look", {{"result", rehearsal_file(context.start().run_id)}}});
}

std::string act_rehearse(const StepContext& context) {
  const std::string& run = context.start().run_id;
  std::string snapshot;
  for (const core::BackupFile& file : context.start().backup.files)
    if (file.name.ends_with(".db")) snapshot = backup_copy(run) + "/" + file.name;
  return script(context, {"rehearse-restore.act",
                          {{"snapshot", snapshot},
                           {"result", rehearsal_file(run)},
                           {"trial", run_directory(run) + "/rehearsal"}}});
}

Verdict judge_rehearsal(const StepContext&, const core::Observed& seen) {
  if (seen.exit_code != 0) return check_failed(seen, "the result of the trial restore");
  const Lines lines = read_lines(seen.out);
  if (const std::string_view why = value_of(lines, "skipped"); !why.empty())
    return Verdict::holds("trial restore skipped: " + brief(why, 200));
  if (const std::string_view size = value_of(lines, "restored"); !size.empty())
    return Verdict::holds("trial restore with the host's etcdctl succeeded: " + brief(size, 20) +
                          " bytes");
  return Verdict::needs_act("no trial restore has run yet");
}

}  // namespace states

// Comparing what the backup was proven to hold (core::BackupContent) with hosts; see the header.
#include "states/steps/backup_fits.hpp"

#include <algorithm>
#include <set>

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

// The part of a pull spec that names the bytes: mirrors give the rest other names.
std::string digest_of(const std::string& image) {
  const std::size_t at = image.find("@sha256:");
  return at == std::string::npos ? image : image.substr(at + 1);
}

// Collects what differs, and which words would accept it.
class Differences {
 public:
  explicit Differences(const StepContext& context) : accepted_(content_of(context).accepted) {}

  void add(const std::string& defect, const std::string& words) {
    const bool taken = std::find(accepted_.begin(), accepted_.end(), defect) != accepted_.end();
    std::string& list = taken ? taken_ : words_;
    list += (list.empty() ? "" : "; ") + words;
    if (!taken) defects_.insert(defect);
  }

  Verdict verdict(const std::string& same) const {
    if (words_.empty()) {
      return Verdict::holds(taken_.empty() ? same : "accepted by the operator: " + taken_);
    }
    std::string accept;
    for (const std::string& defect : defects_) accept += " --accept " + defect;
    return Verdict::wrong(words_,
                          "restoring another release's or another cluster's backup breaks the "
                          "cluster: abandon this run and start with a backup that fits, or, if you "
                          "know better, start anew with" +
                              accept);
  }

 private:
  const std::vector<std::string>& accepted_;
  std::set<std::string> defects_;
  std::string words_;
  std::string taken_;
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

}  // namespace

std::string look_release(const StepContext& context) {
  return script(context, {"compare-release.look"});
}

Verdict judge_release(const StepContext& context, const core::Observed& seen) {
  if (seen.exit_code != 0) return host_refuses(seen, "the host's release");
  const Lines lines = read_lines(seen.out);
  const core::BackupContent& content = content_of(context);
  Differences differences(context);
  std::size_t compared = 0;
  for (const core::BackupPod& pod : content.pods) {
    const std::string version(value_of(lines, pod.name + ".version"));
    const std::set<std::string> here = images_seen(seen.out, pod.name);
    const bool versions_known = !version.empty() && !pod.version.empty();
    if (versions_known || (!here.empty() && !pod.images.empty())) ++compared;
    if (versions_known && version != pod.version) {
      differences.add("other-release", pod.name + " is of " + brief(pod.version, 100) +
                                           " in the backup and of " + brief(version, 100) +
                                           " on the host");
    } else if (apart(pod, here)) {
      differences.add("other-release",
                      pod.name + " has the image " + brief(digest_of(pod.images.front()), 100) +
                          " in the backup and " + brief(*here.begin(), 100) + " on the host");
    }
  }
  const std::string_view ca = value_of(lines, "etcd.ca");
  if (!ca.empty() && !content.etcd_ca_sha256.empty() && ca != content.etcd_ca_sha256) {
    differences.add("other-cluster",
                    "etcd's CA has the SHA-256 " + brief(content.etcd_ca_sha256, 16) +
                        "… in the backup and " + brief(ca, 16) +
                        "… on the host: another cluster's, or renewed since the backup");
  }
  return differences.verdict(compared == 0
                                 ? "the host has no static pods' resources to compare with"
                                 : "of the backup's release, by " + std::to_string(compared) +
                                       " static pods' versions and images");
}

std::string look_cluster(const StepContext& context) {
  return api_script(context, {"compare-cluster.look"});
}

Verdict judge_cluster(const StepContext& context, const core::Observed& seen) {
  if (seen.exit_code != 0) return host_refuses(seen, "which cluster this is");
  const Lines lines = read_lines(seen.out);
  if (value_of(lines, "api") == "silent")
    return Verdict::holds("the API does not answer: the hosts' own files must do");
  const core::BackupContent& content = content_of(context);
  Differences differences(context);
  const auto compare = [&](const char* defect, const char* what, const std::string& backup,
                           std::string_view here) {
    if (backup.empty() || here.empty() || backup == here) return;
    differences.add(defect, std::string(what) + " is " + brief(backup, 100) +
                                " in the backup and " + brief(here, 100) + " by the API");
  };
  compare("other-cluster", "the cluster's id", content.cluster_id, value_of(lines, "cluster_id"));
  compare("other-cluster", "the infrastructure's name", content.infrastructure_name,
          value_of(lines, "infrastructure"));
  compare("other-release", "the version", content.cluster_version, value_of(lines, "version"));
  return differences.verdict("the API says the same id and version as the backup");
}

std::string look_quorum(const StepContext& context) {
  return script(context, {"weigh-need.look", {{"etcd_data", kEtcdData}}});
}

// Never wrong: what was deleted is deleted on healthy members too. But the operator hears it before
// the gate.
Verdict judge_quorum(const StepContext&, const core::Observed& seen) {
  if (seen.exit_code != 0) return host_refuses(seen, "etcd's members");
  const Lines lines = read_lines(seen.out);
  const std::string healthy(value_of(lines, "healthy"));
  const std::string members(value_of(lines, "members"));
  if (healthy.empty() || members.empty() || healthy == "0") {
    const bool one_is_enough =
        value_of(lines, "data") == "present" && value_of(lines, "quorum_restore") == "present";
    return Verdict::holds(one_is_enough
                              ? "etcd has no quorum, but the recovery host has its data and "
                                "quorum-restore.sh, which needs no backup and loses less"
                              : "etcd has no quorum");
  }
  const std::string count = brief(healthy, 9) + " of " + brief(members, 9) + " members are healthy";
  if (healthy == members) {
    return Verdict::holds("you may not need this: etcd has its quorum, " + count +
                          "; a restore loses all that was written since the backup");
  }
  return Verdict::holds("you may not need this: etcd has its quorum, " + count +
                        "; replacing the other members one by one loses nothing");
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
  if (seen.exit_code != 0) return host_refuses(seen, "the rehearsal's result");
  const Lines lines = read_lines(seen.out);
  if (const std::string_view why = value_of(lines, "skipped"); !why.empty())
    return Verdict::holds("not rehearsed: " + brief(why, 200));
  if (const std::string_view size = value_of(lines, "restored"); !size.empty())
    return Verdict::holds("the host's etcdctl restored it on trial: " + brief(size, 20) + " bytes");
  return Verdict::needs_act("not rehearsed yet");
}

}  // namespace states

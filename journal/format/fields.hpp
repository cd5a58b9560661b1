// The fields of every fact and effect, named once for writing and reading.
// Invariant: a name is never reused for another meaning; new fields are added at the end, and have
// their default when an older line is read.
#pragma once

#include <concepts>
#include <type_traits>

#include "core/effect.hpp"

namespace journal {

template <class T, class U>
concept Is = std::same_as<std::remove_const_t<T>, U>;

// fields(value, f) calls f("name", value.member) for each field, in the order of the format.
// clang-format off
template <Is<core::Host> T, class F> void fields(T& v, F&& f) {
  f("name", v.name); f("address", v.address); f("node_name", v.node_name);
  f("node_addresses", v.node_addresses);
}
template <Is<core::AbsentHost> T, class F> void fields(T& v, F&& f) {
  f("name", v.name); f("address", v.address); f("node_name", v.node_name);
  f("node_addresses", v.node_addresses); f("typed", v.typed);
}
template <Is<core::SshSettings> T, class F> void fields(T& v, F&& f) {
  f("user", v.user); f("port", v.port); f("identity_file", v.identity_file);
  f("known_hosts_file", v.known_hosts_file); f("config_file", v.config_file);
  f("connect_timeout_ms", v.connect_timeout_ms);
}
template <Is<core::ApiSettings> T, class F> void fields(T& v, F&& f) {
  f("via", v.via); f("command", v.command); f("kubeconfig", v.kubeconfig);
}
template <Is<core::StepDeadline> T, class F> void fields(T& v, F&& f) {
  f("step", v.step); f("deadline_ms", v.deadline_ms);
}
template <Is<core::Timing> T, class F> void fields(T& v, F&& f) {
  f("poll_ms", v.poll_ms); f("csr_quiet_ms", v.csr_quiet_ms);
  f("link_backoff_max_ms", v.link_backoff_max_ms); f("link_patience_ms", v.link_patience_ms);
  f("steps", v.steps);
}
template <Is<core::Inventory> T, class F> void fields(T& v, F&& f) {
  f("cluster", v.cluster); f("recovery_host", v.recovery_host); f("hosts", v.hosts);
  f("ssh", v.ssh); f("api", v.api); f("timing", v.timing);
}
template <Is<core::BackupFile> T, class F> void fields(T& v, F&& f) {
  f("name", v.name); f("sha256", v.sha256); f("size_bytes", v.size_bytes); f("chunks", v.chunks);
}
template <Is<core::BackupPod> T, class F> void fields(T& v, F&& f) {
  f("name", v.name); f("revision", v.revision); f("version", v.version); f("images", v.images);
}
template <Is<core::UnsettledOperator> T, class F> void fields(T& v, F&& f) {
  f("operator", v.name); f("condition", v.condition); f("reason", v.reason);
}
template <Is<core::BackupContent> T, class F> void fields(T& v, F&& f) {
  f("revision", v.revision); f("keys", v.keys); f("cluster_version", v.cluster_version);
  f("cluster_id", v.cluster_id); f("infrastructure_name", v.infrastructure_name);
  f("control_plane", v.control_plane); f("pods", v.pods); f("accepted", v.accepted);
  f("etcd_ca_sha256", v.etcd_ca_sha256); f("etcd_version", v.etcd_version);
  f("unsettled", v.unsettled);
}
template <Is<core::BackupManifest> T, class F> void fields(T& v, F&& f) {
  f("directory", v.directory); f("files", v.files); f("content", v.content);
}

template <Is<core::RunStarted> T, class F> void fields(T& v, F&& f) {
  f("run_id", v.run_id); f("tool_version", v.tool_version); f("tables_digest", v.tables_digest);
  f("started_by", v.started_by); f("inventory", v.inventory); f("backup", v.backup);
  f("profile", v.profile); f("absent", v.absent);
}
template <Is<core::Observed> T, class F> void fields(T& v, F&& f) {
  f("host", v.host); f("step", v.step); f("exit_code", v.exit_code); f("out", v.out);
  f("err", v.err); f("truncated", v.truncated);
}
template <Is<core::JobEnded> T, class F> void fields(T& v, F&& f) {
  f("host", v.host); f("step", v.step); f("job", v.job); f("exit_code", v.exit_code);
  f("output_bytes", v.output_bytes); f("output_sha256", v.output_sha256); f("tail", v.tail);
}
template <Is<core::JobProgressed> T, class F> void fields(T& v, F&& f) {
  f("host", v.host); f("step", v.step); f("job", v.job); f("offset", v.offset); f("line", v.line);
}
template <Is<core::JobFound> T, class F> void fields(T& v, F&& f) {
  f("host", v.host); f("step", v.step); f("job", v.job); f("finding", v.finding);
}
template <Is<core::CopyEnded> T, class F> void fields(T& v, F&& f) {
  f("host", v.host); f("step", v.step); f("succeeded", v.succeeded); f("message", v.message);
  f("sent_bytes", v.sent_bytes);
}
template <Is<core::ChunkConfirmed> T, class F> void fields(T& v, F&& f) {
  f("host", v.host); f("step", v.step); f("file", v.file); f("chunk", v.chunk);
}
template <Is<core::Expired> T, class F> void fields(T& v, F&& f) {
  f("host", v.host); f("step", v.step); f("awaited", v.awaited);
}
template <Is<core::LinkLost> T, class F> void fields(T& v, F&& f) {
  f("host", v.host); f("step", v.step); f("permanent", v.permanent); f("message", v.message);
  f("cut_short", v.cut_short);
}
template <Is<core::LookTimedOut> T, class F> void fields(T& v, F&& f) {
  f("host", v.host); f("step", v.step); f("after_ms", v.after_ms);
}
template <Is<core::Ticked> T, class F> void fields(T& v, F&& f) {
  f("host", v.host); f("step", v.step);
}
template <Is<core::StepVerified> T, class F> void fields(T& v, F&& f) {
  f("host", v.host); f("step", v.step); f("evidence", v.evidence); f("findings", v.findings);
}
template <Is<core::StepHeld> T, class F> void fields(T& v, F&& f) {
  f("host", v.host); f("step", v.step); f("reason", v.reason); f("remedy", v.remedy);
  f("kind", v.kind);
}
template <Is<core::PhaseFinished> T, class F> void fields(T& v, F&& f) { f("phase", v.phase); }
template <Is<core::RunFinished> T, class F> void fields(T&, F&&) {}
template <Is<core::Confirmed> T, class F> void fields(T& v, F&& f) {
  f("by", v.by); f("typed", v.typed);
}
template <Is<core::Declined> T, class F> void fields(T& v, F&& f) {
  f("by", v.by); f("typed", v.typed);
}
template <Is<core::StopAsked> T, class F> void fields(T& v, F&& f) {
  f("by", v.by); f("cause", v.cause);
}
template <Is<core::ResumeAsked> T, class F> void fields(T& v, F&& f) {
  f("by", v.by); f("tool_version", v.tool_version); f("run_again", v.run_again);
  f("patience_anew", v.patience_anew); f("end_with_findings", v.end_with_findings);
}
template <Is<core::RunAbandoned> T, class F> void fields(T& v, F&& f) {
  f("by", v.by); f("reason", v.reason);
}
template <Is<core::HostReached> T, class F> void fields(T& v, F&& f) {
  f("host", v.host); f("machine_id", v.machine_id); f("boot_id", v.boot_id);
  f("host_key", v.host_key); f("boot_cause", v.boot_cause);
}
template <Is<core::Adopted> T, class F> void fields(T& v, F&& f) {
  f("by", v.by); f("reason", v.reason); f("tool_version", v.tool_version);
  // Not "epoch": that is the envelope's.
  f("new_epoch", v.epoch); f("driver", v.driver); f("ssh", v.ssh);
  f("backup_directory", v.backup_directory);
}

template <Is<core::Noted> T, class F> void fields(T& v, F&& f) {
  f("id", v.id); f("by", v.by); f("text", v.text); f("about_host", v.about_host);
  f("about_step", v.about_step); f("evidence", v.evidence);
}
template <Is<core::ClockStepped> T, class F> void fields(T& v, F&& f) {
  f("ahead_ms", v.ahead_ms);
}
template <Is<core::ChunkRange> T, class F> void fields(T& v, F&& f) {
  f("first", v.first); f("last", v.last);
}
template <Is<core::FileChunks> T, class F> void fields(T& v, F&& f) {
  f("file", v.file); f("ranges", v.ranges);
}
template <Is<core::Look> T, class F> void fields(T& v, F&& f) {
  f("host", v.host); f("step", v.step); f("via", v.via); f("script", v.script);
  f("changed_only", v.changed_only); f("poll_ms", v.poll_ms); f("recheck_ms", v.recheck_ms);
  f("deadline_ms", v.deadline_ms);
}
template <Is<core::RunJob> T, class F> void fields(T& v, F&& f) {
  f("host", v.host); f("step", v.step); f("via", v.via); f("job", v.job); f("script", v.script);
  f("deadline_ms", v.deadline_ms);
}
template <Is<core::FollowJob> T, class F> void fields(T& v, F&& f) {
  f("host", v.host); f("step", v.step); f("via", v.via); f("job", v.job); f("offset", v.offset);
  f("deadline_ms", v.deadline_ms);
}
template <Is<core::SettleJob> T, class F> void fields(T& v, F&& f) {
  f("host", v.host); f("step", v.step); f("via", v.via); f("job", v.job);
}
template <Is<core::CopyBackup> T, class F> void fields(T& v, F&& f) {
  f("host", v.host); f("step", v.step); f("via", v.via);
  f("target_directory", v.target_directory); f("deadline_ms", v.deadline_ms);
  f("confirmed", v.confirmed);
}
template <Is<core::Wait> T, class F> void fields(T& v, F&& f) {
  f("host", v.host); f("step", v.step); f("until_ms", v.until_ms);
}
template <Is<core::AskOperator> T, class F> void fields(T& v, F&& f) {
  f("question", v.question); f("expected", v.expected);
}
// clang-format on

template <class T>
concept HasFields = requires(T& value) {
  fields(value, [](const char*, auto&) {});
};

}  // namespace journal

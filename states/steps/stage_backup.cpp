// Stage backup (S2, S8); see the header.
#include "states/steps/stage_backup.hpp"

#include "core/backup_place.hpp"
#include "core/digest_script.hpp"
#include "states/steps/backup_fits.hpp"
#include "states/steps/host_paths.hpp"
#include "states/engine/phase_lane.hpp"
#include "states/steps/reading.hpp"
#include "states/steps/scripts.hpp"

namespace states {

using core::StepContext;
using core::Verdict;

std::string look_proxy(const StepContext& context) {
  return script(context, {"note-proxy.look", {{"file", proxy_file(context.start().run_id)}}});
}

std::string act_proxy(const StepContext& context) {
  const std::string& run = context.start().run_id;
  return api_script(
      context, {"note-proxy.act", {{"directory", run_directory(run)}, {"file", proxy_file(run)}}});
}

Verdict judge_proxy(const StepContext&, const core::Observed& seen) {
  if (seen.exit_code != 0) return host_refuses(seen, "the proxy's settings");
  const Lines lines = read_lines(seen.out);
  if (value_of(lines, "kept") != "yes") return Verdict::needs_act("not read yet");
  const std::string_view proxy = value_of(lines, "HTTPS_PROXY");
  const bool from_api = seen.out.find("source: the API") != std::string::npos;
  std::string words = proxy.empty() ? "no proxy" : "proxy " + brief(proxy, 120);
  words += from_api ? ", by the API" : ", the API did not answer";
  return Verdict::holds(words);
}

std::string look_copy(const StepContext& context) {
  const std::string directory = backup_copy(context.start().run_id);
  std::vector<std::string> names;
  std::string frozen;
  for (const core::BackupFile& file : context.start().backup.files) {
    names.push_back(file.name);
    frozen += frozen_part("copy-backup.file",
                          {{"path", directory + "/" + file.name}, {"name", file.name}});
  }
  return std::string(core::kDigestFunction) + script(context, {.name = "copy-backup.look",
                                                               .values = {{"directory", directory}},
                                                               .arguments = names,
                                                               .frozen = {{"files", frozen}}});
}

std::string act_copy(const StepContext& context) { return backup_copy(context.start().run_id); }

Verdict judge_copy(const StepContext& context, const core::Observed& seen) {
  if (seen.exit_code != 0) return host_refuses(seen, "the backup's copy");
  const Lines lines = read_lines(seen.out);
  const auto& files = context.start().backup.files;
  const bool from_host = core::read_backup_place(context.start().backup.directory).on_host();
  std::size_t whole = 0;
  for (const core::BackupFile& file : files) {
    const std::string_view digest = value_of(lines, file.name);
    if (digest.empty()) continue;
    if (digest != file.sha256) {
      return Verdict::wrong(
          file.name + " on the host has SHA-256 " + brief(digest, 64) +
              (from_host ? ", and had when it was proven " : ", on the workstation ") + file.sha256,
          from_host ? "the copy was changed on the host: abandon this run and start anew"
                    : "the file was changed on the host, or the workstation's after the start: "
                      "abandon this run and start anew");
    }
    ++whole;
  }
  if (whole < files.size()) {
    return Verdict::needs_act(std::to_string(whole) + " of " + std::to_string(files.size()) +
                              " files are there");
  }
  if (value_of(lines, "files") != std::to_string(files.size())) {
    return Verdict::wrong(
        "the run's backup directory holds other files too",
        "move them away from " + backup_copy(context.start().run_id) + ", then resume");
  }
  return Verdict::holds(from_host
                            ? "both files are there, with the SHA-256 that they were proven with"
                            : "both files are there, SHA-256 equal on both sides");
}

Phase StageBackup::machine() { return machine_of<StageBackup>(); }

}  // namespace states

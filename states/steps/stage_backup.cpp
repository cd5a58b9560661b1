// Stage backup (S2, S8); see the header.
#include "states/steps/stage_backup.hpp"

#include "core/backup_place.hpp"
#include "core/digest_script.hpp"
#include "states/engine/phase_lane.hpp"
#include "states/steps/backup_fits.hpp"
#include "states/steps/host_paths.hpp"
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
  Script act{.name = "note-proxy.act",
             .values = {{"directory", run_directory(run)}, {"file", proxy_file(run)}}};
  // It runs on the host. Earlier runs' scripts are as they were.
  if (context.inventory().api.via == core::ApiVia::workstation)
    act.since = {{"okd-4.7/3", api_of_host(context)}};
  return api_script(context, std::move(act));
}

Verdict judge_proxy(const StepContext&, const core::Observed& seen) {
  if (seen.exit_code != 0) return check_failed(seen, "the proxy settings");
  const Lines lines = read_lines(seen.out);
  if (value_of(lines, "kept") != "yes")
    return Verdict::needs_act("the proxy settings are not saved yet");
  const std::string_view proxy = value_of(lines, "HTTPS_PROXY");
  const bool from_api = seen.out.find("source: the API") != std::string::npos;
  std::string detail = proxy.empty() ? "no proxy" : "proxy " + brief(proxy, 120);
  detail += from_api ? ", from the API" : ", the API did not answer";
  return Verdict::holds(detail);
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
  if (seen.exit_code != 0) return check_failed(seen, "the copy of the backup");
  const Lines lines = read_lines(seen.out);
  const auto& files = context.start().backup.files;
  const bool from_host = core::read_backup_place(context.start().backup.directory).on_host();
  std::size_t whole = 0;
  for (const core::BackupFile& file : files) {
    const std::string_view digest = value_of(lines, file.name);
    if (digest.empty()) continue;
    if (digest != file.sha256) {
      return Verdict::wrong(
          file.name + ": SHA-256 " + brief(digest, 64) + " on the host, " + file.sha256 +
              (from_host ? " when it was verified" : " on the workstation"),
          from_host ? "the copy was changed on the host: abandon this run and start a new one"
                    : "the file was changed on the host, or on the workstation after the start: "
                      "abandon this run and start a new one");
    }
    ++whole;
  }
  if (whole < files.size()) {
    return Verdict::needs_act(std::to_string(whole) + " of " + std::to_string(files.size()) +
                              " files are on the host");
  }
  if (value_of(lines, "files") != std::to_string(files.size())) {
    return Verdict::wrong(
        "the backup directory of this run contains other files",
        "move them out of " + backup_copy(context.start().run_id) + ", then resume");
  }
  return Verdict::holds(from_host
                            ? "both files are on the host, with the verified SHA-256"
                            : "both files are on the host, with the SHA-256 of the workstation's");
}

Phase StageBackup::machine() { return machine_of<StageBackup>(); }

}  // namespace states

// Stage backup (S2, S8); see the header.
#include "states/steps/stage_backup.hpp"

#include "core/backup_place.hpp"
#include "core/digest_script.hpp"
#include "core/shell_quote.hpp"
#include "states/steps/backup_fits.hpp"
#include "states/steps/host_paths.hpp"
#include "states/engine/phase_lane.hpp"
#include "states/steps/reading.hpp"
#include "states/steps/scripts.hpp"

namespace states {

using core::shell_quote;
using core::StepContext;
using core::Verdict;

// Proxy URLs can carry passwords: they are kept in a root-only file on the host and shown without.
std::string look_proxy(const StepContext& context) {
  const std::string file = shell_quote(proxy_file(context.start().run_id));
  return "[ -e " + file +
         " ] || { echo kept=no; exit 0; }\n"
         "echo kept=yes\n"
         "sed 's#://[^/@]*@#://***@#' " +
         file + "\n";
}

// The API says which proxy is in force. Where it is dead already, the file that the machine-config
// operator leaves on every host says so as well (source: openshift/machine-config-operator).
std::string act_proxy(const StepContext& context) {
  const std::string directory = shell_quote(run_directory(context.start().run_id));
  const std::string file = shell_quote(proxy_file(context.start().run_id));
  return "umask 077\nmkdir -p " + directory + "\n" + api_function(context) +
         "{\n"
         "  if document=$(api get proxy cluster -o json 2>/dev/null); then\n"
         "    echo '# source: the API'\n"
         "    printf '%s' \"$document\" | jq -r '(.status // {}) as $now | (.spec // {}) as "
         "$wanted |\n"
         "      \"HTTP_PROXY=\\($now.httpProxy // $wanted.httpProxy // \"\")\",\n"
         "      \"HTTPS_PROXY=\\($now.httpsProxy // $wanted.httpsProxy // \"\")\",\n"
         "      \"NO_PROXY=\\($now.noProxy // $wanted.noProxy // \"\")\"'\n"
         "  elif [ -r /etc/mco/proxy.env ]; then\n"
         "    echo '# source: /etc/mco/proxy.env, since the API does not answer'\n"
         "    sed -n '/^\\(HTTP_PROXY\\|HTTPS_PROXY\\|NO_PROXY\\)=/p' /etc/mco/proxy.env\n"
         "  else\n"
         "    echo '# source: none, since the API does not answer'\n"
         "  fi\n"
         "} > " +
         file +
         ".new\n"
         "sync " +
         file + ".new && mv -T " + file + ".new " + file + " && sync " + directory + "\n";
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
  std::string script(core::kDigestFunction);
  const std::string directory = backup_copy(context.start().run_id);
  for (const core::BackupFile& file : context.start().backup.files) {
    const std::string path = shell_quote(directory + "/" + file.name);
    script += "[ ! -e " + path + " ] || printf '%s=%s\\n' " + shell_quote(file.name) +
              " \"$(digest < " + path + " | cut -c 1-64)\"\n";
  }
  // Anything else there would be a second choice for the script's `ls -v`.
  script += "[ ! -d " + shell_quote(directory) + " ] || printf 'files=%s\\n' \"$(find " +
            shell_quote(directory) + " -mindepth 1 -name '[!.]*' | wc -l)\"\n";
  return script;
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

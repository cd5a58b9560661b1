// export: a run as one file for auditors and other workstations.
#include <fmt/format.h>

#include <fstream>

#include "core/digest.hpp"
#include "core/text.hpp"
#include "tools/lib/postmortem/bundle_writer.hpp"
#include "tools/restorectl/input/choose_history.hpp"
#include "tools/restorectl/input/ssh_signature.hpp"
#include "tools/restorectl/state/new_file.hpp"
#include "tools/restorectl/verbs/verbs.hpp"

namespace restorectl {

namespace fs = std::filesystem;

namespace {

struct ExportOptions {
  std::string run;
  std::string output;
  std::string sign_key;
  bool no_sign = false;
  bool force = false;
};

// The journal as it is read once: a run that is driven goes on meanwhile, and what comes later is
// not of this bundle.
struct Read {
  std::string lines;
  postmortem::Gatherer gatherer;
  postmortem::ChainVerdict verdict;
  core::SshSettings ssh;
};

void read_run_lines(const postmortem::Source& source, Read* read) {
  read->verdict = read_history(source, [&](core::Record&& record, std::string_view line) {
    read->lines += line;
    read->lines += '\n';
    read->gatherer.note(record);
    if (const auto* started = std::get_if<core::RunStarted>(&record.fact.body))
      read->ssh = started->inventory.ssh;
  });
  using postmortem::ChainState;
  if (read->verdict.state == ChainState::nothing || read->verdict.state == ChainState::altered)
    throw Failure(code_of(read->verdict),
                  fmt::format("{}: {}", core::printable(source.name), read->verdict.words));
  if (!read->gatherer.defect().empty())
    throw Failure(Code::history_not_intact, read->gatherer.defect());
}

std::string own_digest() {
  std::ifstream self("/proc/self/exe", std::ios::binary);
  core::Sha256 sum;
  std::string piece(1U << 16, '\0');
  while (self.read(piece.data(), static_cast<std::streamsize>(piece.size())), self.gcount() > 0)
    sum.update(std::string_view(piece).substr(0, static_cast<std::size_t>(self.gcount())));
  return sum.hex();
}

// A key that was named must sign; one that only lies there may not want to, and that is said.
Signed signed_by(const ExportOptions& options, const core::SshSettings& ssh,
                 const std::string& text) {
  if (options.no_sign) return {};
  fs::path key = options.sign_key;
  std::error_code error;
  if (key.empty() && !ssh.identity_file.empty() && fs::exists(ssh.identity_file, error))
    key = ssh.identity_file;
  if (key.empty()) key = default_key();
  if (key.empty()) return {"", "", "no SSH key found; give one with --sign-key"};
  Signed made = sign(text, key);
  if (made.signature.empty() && !options.sign_key.empty())
    throw Failure(Code::not_signed,
                  fmt::format("cannot sign with {}: {}", core::printable(key.string()),
                              core::printable(made.why_not)));
  if (made.signature.empty())
    made.why_not = "cannot sign with " + key.string() + ": " + made.why_not;
  return made;
}

Exit export_run(const ExportOptions& options) {
  const postmortem::Source source = choose_history(options.run);
  const fs::path output = options.output;
  std::error_code error;
  if (fs::exists(output, error) && !options.force)
    throw Failure(Code::file_is_there,
                  fmt::format("{} already exists; give another file or --force",
                              core::printable(output.string())));
  Read read;
  read_run_lines(source, &read);
  const postmortem::BundleContent content = content_of(
      read.gatherer, std::move(read.lines), read.verdict.head, RESTORECTL_VERSION, own_digest());
  const Signed made = signed_by(options, read.ssh, content.manifest_text);
  NewFile file(output);
  write_bundle(content, made.signature, made.signer,
               [&file](std::string_view bytes) { file.write(bytes); });
  file.finish();

  fmt::print("{}: run {}, {} facts, {}\n", core::printable(output.string()),
             core::printable(content.manifest.run_id), content.manifest.facts,
             core::printable(read.verdict.words));
  fmt::print("head: fact {} {}\n", read.verdict.head.seq, read.verdict.head.sha256);
  if (!made.signature.empty()) {
    fmt::print("signed by: {}", core::printable(made.signer));
  } else {
    fmt::print(
        "not signed{}{}. Keep the head elsewhere: without a signature, only the head reveals a "
        "rewritten journal\n",
        made.why_not.empty() ? "" : ": ", core::printable(made.why_not));
  }
  return Exit::done;
}

}  // namespace

void add_export(Verb app) {
  auto options = std::make_shared<ExportOptions>();
  Verb verb =
      app.verb("export", "Write a run and its evidence to one file, signed with your SSH key");
  verb.option("run", options->run, "The run ID or a prefix of it; default: the newest run");
  verb.option("-o,--output", options->output, "The bundle, e.g. bundle.tar").required();
  verb.option("--sign-key", options->sign_key,
              "A private key, or the public key of a key in the agent; default: the key in the "
              "inventory, else ~/.ssh/id_*");
  verb.flag("--no-sign", options->no_sign, "Do not sign the bundle");
  verb.flag("--force", options->force, "Overwrite an existing file");
  verb.footer(
      "Examples:\n"
      "  restorectl export -o bundle.tar\n"
      "  restorectl export 20261123t101500z -o bundle.tar --sign-key ~/.ssh/id_ed25519\n\n"
      "The recipient verifies it with: restorectl verify bundle.tar --key id_ed25519.pub\n");
  verb.does([options] { return export_run(*options); });
}

}  // namespace restorectl

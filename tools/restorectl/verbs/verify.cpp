// verify: what a bundle proves. import: to look into it here with replay and report.
#include <fmt/format.h>

#include <filesystem>
#include <fstream>

#include "core/text.hpp"
#include "journal/disk/store.hpp"
#include "tools/lib/postmortem/bundle.hpp"
#include "tools/restorectl/input/ssh_signature.hpp"
#include "tools/restorectl/state/state_directory.hpp"
#include "tools/restorectl/verbs/verbs.hpp"

namespace restorectl {

namespace fs = std::filesystem;
using postmortem::BundleReading;

namespace {

struct VerifyOptions {
  std::string bundle;
  std::string head;
  Trust trust;
  std::string key;
  std::string allowed_signers;
  bool require_signature = false;
};

[[noreturn]] void refuse(const VerifyOptions& options, const std::string& defect,
                         const std::string& words) {
  throw Failure(Code::bundle_refused,
                fmt::format("{} is refused: {}: {}", core::printable(options.bundle), defect,
                            core::printable(words)));
}

// Who vouches for it; refuses what should be vouched for and is not.
std::string signature_words(const VerifyOptions& options, const BundleReading& reading) {
  const bool trusted = !options.key.empty() || !options.allowed_signers.empty();
  if (reading.signature.empty()) {
    if (trusted || options.require_signature) refuse(options, "unsigned", "nobody has signed it");
    return "not signed: a journal that was written anew as a whole would look the same; compare "
           "the head with one that was kept elsewhere";
  }
  const Trust trust{options.key, options.allowed_signers, options.trust.identity};
  const Checked checked =
      check_signature(reading.manifest_text, reading.signature, trusted ? trust : Trust{});
  if (!checked.good) refuse(options, "signature-wrong", checked.words);
  if (!trusted && options.require_signature)
    refuse(options, "signature-wrong",
           "say whose signature it must be: --key or --allowed-signers");
  return trusted ? checked.words
                 : checked.words + ", whom nothing here vouches for (--key, --allowed-signers)";
}

BundleReading checked_bundle(const VerifyOptions& options, std::string* signature) {
  std::error_code error;
  if (!fs::exists(options.bundle, error))
    throw Failure(Code::file_not_read,
                  fmt::format("there is no file {}", core::printable(options.bundle)));
  BundleReading reading =
      postmortem::check_bundle(options.bundle, [](core::Record&&, std::string_view) {});
  if (!reading.defect.empty()) refuse(options, reading.defect, reading.words);
  if (!options.head.empty() && options.head != reading.chain.head.sha256)
    refuse(options, "head-differs",
           fmt::format("its head is {}, and not {}", reading.chain.head.sha256, options.head));
  *signature = signature_words(options, reading);
  return reading;
}

Exit verify_bundle(const VerifyOptions& options) {
  std::string signature;
  const BundleReading reading = checked_bundle(options, &signature);
  fmt::print("verified: {}: run {} of cluster {}\n", core::printable(options.bundle),
             core::printable(reading.manifest.run_id), core::printable(reading.manifest.cluster));
  fmt::print("verified: the journal is {}\n", reading.chain.words);
  fmt::print("verified: {} files, each as the journal and the manifest have it\n",
             reading.manifest.files.size());
  if (!options.head.empty()) fmt::print("verified: its head is the one that was kept\n");
  fmt::print("{}{}\n", reading.signature.empty() ? "" : "signature: ", core::printable(signature));
  fmt::print("head: fact {} {}\n", reading.chain.head.seq, reading.chain.head.sha256);
  return Exit::done;
}

Exit import_bundle(const VerifyOptions& options) {
  std::string signature;
  const BundleReading reading = checked_bundle(options, &signature);
  const std::string& run_id = reading.manifest.run_id;
  if (run_id.empty() || run_id.size() > 100 || run_id.front() == '.' ||
      run_id.find('/') != std::string::npos) {
    refuse(options, "manifest-differs", "its run's id is no name for a directory");
  }
  const fs::path directory = run_directory(run_id);
  std::error_code error;
  if (fs::exists(directory, error))
    throw Failure(
        Code::run_is_here,
        fmt::format("run {} is here already, in {}; `restorectl replay {}` shows the "
                    "bundle itself",
                    core::printable(run_id), directory.string(), core::printable(options.bundle)));
  // Whole under another name first: a run that is half there would be taken for a damaged one.
  const fs::path part = state_directory() / ("importing-" + run_id);
  fs::remove_all(part, error);
  fs::create_directories(part);
  {
    std::ofstream lines(journal::mirror_path(part), std::ios::binary);
    postmortem::read_bundle(options.bundle,
                            [&](core::Record&&, std::string_view line) { lines << line << '\n'; });
    std::ofstream mark(part / kImportedMark);
    mark << "from " << fs::absolute(options.bundle).string() << "\n" << signature << "\n";
    if (!lines.flush() || !mark.flush())
      throw Failure(Code::file_not_written, fmt::format("cannot write below {}", part.string()));
  }
  fs::create_directories(directory.parent_path());
  fs::rename(part, directory);
  fmt::print("run {} of cluster {} can be replayed and reported here; it cannot be driven\n{}\n",
             core::printable(run_id), core::printable(reading.manifest.cluster),
             core::printable(signature));
  return Exit::done;
}

void add_trust(CLI::App& verb, VerifyOptions& options) {
  verb.add_option("bundle", options.bundle, "What `restorectl export` wrote")->required();
  verb.add_option("--key", options.key, "The public key that must have signed it");
  auto* signers = verb.add_option("--allowed-signers", options.allowed_signers,
                                  "A file of allowed signers, as ssh-keygen(1) has it");
  verb.add_option("--identity", options.trust.identity, "Which of them")->needs(signers);
  verb.add_flag("--require-signature", options.require_signature, "Refuse a bundle without one");
  verb.add_option("--head", options.head,
                  "The head that was printed when the run ended, or that a host keeps");
}

}  // namespace

void add_verify(CLI::App& app, Action& chosen) {
  auto options = std::make_shared<VerifyOptions>();
  CLI::App* verb = app.add_subcommand("verify", "Check a bundle: complete, unaltered, and whose?");
  add_trust(*verb, *options);
  verb->footer(
      "Examples:\n"
      "  restorectl verify bundle.tar --key operator.pub\n"
      "  restorectl verify bundle.tar --head 5c0e…\n\n"
      "Without restorectl: tools/verify-bundle.py needs Python's standard library only.\n");
  verb->callback([options, &chosen] { chosen = [options] { return verify_bundle(*options); }; });
}

void add_import(CLI::App& app, Action& chosen) {
  auto options = std::make_shared<VerifyOptions>();
  CLI::App* verb =
      app.add_subcommand("import", "Take a verified bundle in, for replay, report and runs");
  add_trust(*verb, *options);
  verb->footer("Example:\n  restorectl import bundle.tar --key operator.pub\n");
  verb->callback([options, &chosen] { chosen = [options] { return import_bundle(*options); }; });
}

}  // namespace restorectl

// See the header.
#include "tools/restorectl/verbs/check_bundle.hpp"

#include <fmt/format.h>

#include <filesystem>

#include "core/text.hpp"
#include "tools/restorectl/input/ssh_signature.hpp"

namespace restorectl {

namespace fs = std::filesystem;
using postmortem::BundleReading;

void refuse_bundle(const BundleOptions& options, const std::string& defect,
                   const std::string& words) {
  throw Failure(Code::bundle_refused,
                fmt::format("{} is refused: {}: {}", core::printable(options.bundle), defect,
                            core::printable(words)));
}

namespace {

// Who vouches for it; refuses what should be vouched for and is not.
std::string signature_words(const BundleOptions& options, const BundleReading& reading) {
  const bool trusted = !options.key.empty() || !options.allowed_signers.empty();
  if (reading.signature.empty()) {
    if (trusted || options.require_signature)
      refuse_bundle(options, "unsigned", "the bundle is not signed");
    return "not signed: a fully rewritten journal would look the same; compare the head with a "
           "copy kept elsewhere";
  }
  const Trust trust{options.key, options.allowed_signers, options.identity};
  const Checked checked =
      check_signature(reading.manifest_text, reading.signature, trusted ? trust : Trust{});
  if (!checked.good) refuse_bundle(options, "signature-wrong", checked.words);
  if (!trusted && options.require_signature)
    refuse_bundle(options, "signature-wrong",
                  "--require-signature needs --key or --allowed-signers");
  return trusted ? checked.words
                 : checked.words + ", an untrusted key (to trust it: --key or --allowed-signers)";
}

}  // namespace

BundleReading checked_bundle(const BundleOptions& options, std::string* signature) {
  std::error_code error;
  if (!fs::exists(options.bundle, error))
    throw Failure(Code::file_not_read,
                  fmt::format("no such file: {}", core::printable(options.bundle)));
  BundleReading reading =
      postmortem::check_bundle(options.bundle, [](core::Record&&, std::string_view) {});
  if (!reading.defect.empty()) refuse_bundle(options, reading.defect, reading.words);
  if (!options.head.empty() && options.head != reading.chain.head.sha256)
    refuse_bundle(
        options, "head-differs",
        fmt::format("the head is {}, expected {}", reading.chain.head.sha256, options.head));
  *signature = signature_words(options, reading);
  return reading;
}

void add_bundle_options(Verb verb, BundleOptions& options) {
  verb.option("bundle", options.bundle, "The bundle, as written by `restorectl export`").required();
  verb.option("--key", options.key, "The public key of the expected signer");
  const Option signers = verb.option("--allowed-signers", options.allowed_signers,
                                     "An allowed signers file, see ssh-keygen(1)");
  verb.option("--identity", options.identity, "The expected identity in that file").needs(signers);
  verb.flag("--require-signature", options.require_signature, "Refuse an unsigned bundle");
  verb.option("--head", options.head,
              "The expected head: printed at the end of the run, and kept on the hosts");
}

}  // namespace restorectl

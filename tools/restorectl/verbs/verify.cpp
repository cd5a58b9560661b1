// verify: what a bundle proves.
#include <fmt/format.h>

#include "core/text.hpp"
#include "tools/restorectl/verbs/check_bundle.hpp"
#include "tools/restorectl/verbs/verbs.hpp"

namespace restorectl {

namespace {

Exit verify_bundle(const BundleOptions& options) {
  std::string signature;
  const postmortem::BundleReading reading = checked_bundle(options, &signature);
  fmt::print("verified: {}: run {} of cluster {}\n", core::printable(options.bundle),
             core::printable(reading.manifest.run_id), core::printable(reading.manifest.cluster));
  fmt::print("verified: the journal is {}\n", reading.chain.words);
  fmt::print("verified: {} files, each matches the journal and the manifest\n",
             reading.manifest.files.size());
  if (!options.head.empty()) fmt::print("verified: the head matches --head\n");
  fmt::print("{}{}\n", reading.signature.empty() ? "" : "signature: ", core::printable(signature));
  fmt::print("head: fact {} {}\n", reading.chain.head.seq, reading.chain.head.sha256);
  return Exit::done;
}

}  // namespace

void add_verify(Verb app) {
  auto options = std::make_shared<BundleOptions>();
  Verb verb = app.verb("verify", "Verify a bundle: completeness, integrity and signature");
  add_bundle_options(verb, *options);
  verb.footer(
      "Examples:\n"
      "  restorectl verify bundle.tar --key operator.pub\n"
      "  restorectl verify bundle.tar --head 5c0e…\n\n"
      "Without restorectl: tools/verify-bundle.py, which needs only the Python standard "
      "library.\n");
  verb.does([options] { return verify_bundle(*options); });
}

}  // namespace restorectl

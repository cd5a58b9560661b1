// What verify and import share: the options that say whom to trust, and the check. Invariant: a
// bundle that is not whole, or not vouched for as the options want it, is refused.
#pragma once

#include <string>

#include "tools/lib/postmortem/bundle.hpp"
#include "tools/restorectl/verbs/command_line.hpp"

namespace restorectl {

struct BundleOptions {
  std::string bundle;
  std::string head;
  std::string key;
  std::string allowed_signers;
  std::string identity;
  bool require_signature = false;
};

void add_bundle_options(Verb verb, BundleOptions& options);

[[noreturn]] void refuse_bundle(const BundleOptions& options, const std::string& defect,
                                const std::string& words);

// Reads the bundle to its end. Says in `signature` who vouches for it, if anybody does. Throws
// Failure where it is refused.
postmortem::BundleReading checked_bundle(const BundleOptions& options, std::string* signature);

}  // namespace restorectl

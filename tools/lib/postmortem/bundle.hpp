// Bundle: one file with a run's journal and what proves it, read offline anywhere
// (bundle_writer.hpp makes it). Invariant: reading one never trusts a name, a size or a digest that
// it did not check itself; what the manifest says must be, byte for byte, what the journal in it
// gives. docs/evidence.md has the format, and says what a bundle cannot show.
#pragma once

#include <filesystem>
#include <string>

#include "tools/lib/postmortem/history.hpp"
#include "tools/lib/postmortem/manifest.hpp"

namespace postmortem {

struct BundleReading {
  std::string defect;  // a name that never changes its meaning; empty: none
  std::string words;   // what is wrong, for people
  ChainVerdict chain;
  Manifest manifest;
  std::string manifest_text;
  std::string signature;  // of manifest.json as ssh-keygen writes it; empty: it is unsigned
  std::string signer;     // the public key that came with it: told, not trusted
};

// Reads and checks all but the signature. Hands the journal's records to the visitor on the way,
// before it is known whether the rest holds.
BundleReading check_bundle(const std::filesystem::path& bundle, const Visitor& visitor);

// As read_history(): a bundle with a defect is altered.
ChainVerdict read_bundle(const std::filesystem::path& bundle, const Visitor& visitor);

}  // namespace postmortem

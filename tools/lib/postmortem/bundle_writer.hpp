// Writing a bundle. Invariant: it is what the reader (bundle.hpp) takes: every header in one way,
// the files in one order; the same run gives the same bytes.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "tools/lib/postmortem/history.hpp"
#include "tools/lib/postmortem/manifest.hpp"

namespace postmortem {

struct BundleContent {
  Manifest manifest;
  std::string manifest_text;  // what is to be signed
  std::string lines;          // of the journal
  std::map<std::string, std::string> outputs;
};

// Gathers what goes into a bundle of these lines, whose records the gatherer has seen. The tool's
// fields of the manifest are told by the caller.
BundleContent content_of(const Gatherer& gatherer, std::string lines, const journal::Head& head,
                         const std::string& tool_version, const std::string& tool_sha256);

// Hands the bundle's bytes to `write`, in order. `signature` and `signer` are both empty for one
// that is not signed. Throws what `write` throws.
void write_bundle(const BundleContent& content, const std::string& signature,
                  const std::string& signer, const std::function<void(std::string_view)>& write);

}  // namespace postmortem

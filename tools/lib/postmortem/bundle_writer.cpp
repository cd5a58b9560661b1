// See the header.
#include "tools/lib/postmortem/bundle_writer.hpp"

#include <utility>

#include "core/digest.hpp"
#include "tools/lib/postmortem/ustar.hpp"

namespace postmortem {

BundleContent content_of(const Gatherer& gatherer, std::string lines, const journal::Head& head,
                         const std::string& tool_version, const std::string& tool_sha256) {
  BundleContent content;
  Manifest& manifest = content.manifest;
  manifest.tool_version = tool_version;
  manifest.tool_sha256 = tool_sha256;
  gatherer.fill(&manifest, head);
  manifest.files.push_back({kJournalName, lines.size(), core::sha256_hex(lines)});
  content.lines = std::move(lines);
  content.outputs = gatherer.outputs();
  for (const auto& [name, text] : content.outputs)
    manifest.files.push_back({name, text.size(), core::sha256_hex(text)});
  content.manifest_text = to_text(manifest);
  return content;
}

void write_bundle(const BundleContent& content, const std::string& signature,
                  const std::string& signer, const std::function<void(std::string_view)>& write) {
  const auto put = [&write](std::string_view name, std::string_view text) {
    const auto header = tar_header(name, text.size());
    write({header.data(), header.size()});
    write(text);
    write(std::string(tar_padding(text.size()), '\0'));
  };
  put(kManifestName, content.manifest_text);
  if (!signature.empty()) {
    put(kSignatureName, signature);
    put(kSignerName, signer);
  }
  put(kJournalName, content.lines);
  for (const auto& [name, text] : content.outputs) put(name, text);
  write(std::string(2 * kTarBlock, '\0'));
}

}  // namespace postmortem

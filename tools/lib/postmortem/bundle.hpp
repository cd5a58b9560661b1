// Bundle: one file with a run's journal and what proves it, made by export, read offline anywhere.
// Invariant: reading one never trusts a name, a size or a digest that it did not check itself; what
// the manifest says must be, byte for byte, what the journal in it gives. docs/evidence.md has the
// format, and says what a bundle cannot show.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "tools/lib/postmortem/history.hpp"

namespace postmortem {

struct BundleFile {
  std::string name;
  std::uint64_t size = 0;
  std::string sha256;
  std::uint64_t offset = 0;  // of its content in the bundle; not in the manifest
};

// manifest.json. What only the exporter can say is tool_version and tool_sha256; all else follows
// from the journal.
struct Manifest {
  std::string run_id;
  std::string cluster;
  std::string tool_version;
  std::string tool_sha256;  // of the program that exported it
  std::string tables_digest;
  std::uint64_t facts = 0;
  std::string head;
  std::int64_t first_ms = 0;
  std::int64_t last_ms = 0;
  std::vector<BundleFile> files;  // the journal, then outputs by name
};

// The only way to write it: JSON of one line a member, with a newline at its end.
std::string to_text(const Manifest& manifest);

// Gathers from records what a bundle says of them.
class Gatherer {
 public:
  void note(const core::Record& record);
  // Fills all but the tool's fields and the files. `head` is the chain's.
  void fill(Manifest* manifest, const journal::Head& head) const;
  // "outputs/<job>.txt" and its text: the lines that the journal has of a command, each with a
  // newline; the last bytes of its output where there are no lines.
  std::map<std::string, std::string> outputs() const;
  // Empty; or what makes these records no single run, or no bundle.
  const std::string& defect() const { return defect_; }

 private:
  struct Output {
    std::string lines;
    std::string tail;
  };
  std::map<std::string, Output> jobs_;
  Manifest manifest_;
  std::string defect_;
};

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

// The names of the files that are no outputs.
inline constexpr char kManifestName[] = "manifest.json";
inline constexpr char kSignatureName[] = "manifest.json.sig";
inline constexpr char kSignerName[] = "signer.pub";
inline constexpr char kJournalName[] = "journal.jsonl";

}  // namespace postmortem

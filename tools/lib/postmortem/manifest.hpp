// What a bundle says of itself, and what of it follows from the journal. Invariant: the writer and
// the reader both make it here, so that they cannot differ. docs/evidence.md has the format.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/effect.hpp"
#include "journal/format/chain.hpp"

namespace postmortem {

// The names of the files that are no outputs.
inline constexpr char kManifestName[] = "manifest.json";
inline constexpr char kSignatureName[] = "manifest.json.sig";
inline constexpr char kSignerName[] = "signer.pub";
inline constexpr char kJournalName[] = "journal.jsonl";

// True for a job's id that an output may be named by: what run, step, host and attempt give.
bool is_job_name(std::string_view job);

// "outputs/<job>.txt". An id over kJobInNameMax bytes, as of a host that is called by its whole
// domain name, is cut to fit and ends with a part of its SHA-256: a name is at most 100 bytes long.
inline constexpr std::size_t kJobInNameMax = 88;
std::string output_name(const std::string& job);

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
  // output_name() of each command and its text: the lines that the journal has of it, each with a
  // newline; the last bytes of its output where there are no lines.
  std::map<std::string, std::string> outputs() const;
  // Empty; or what makes these records no single run, or no bundle.
  const std::string& defect() const { return defect_; }

 private:
  struct Output {
    std::string lines;
    std::string tail;
  };
  std::map<std::string, Output> outputs_;  // by name
  Manifest manifest_;
  std::string defect_;
};

}  // namespace postmortem

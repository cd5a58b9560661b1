// Reading a bundle; see the header.
#include "tools/lib/postmortem/bundle.hpp"

#include <fmt/format.h>

#include <boost/json.hpp>
#include <fstream>

#include "core/digest.hpp"
#include "core/text.hpp"
#include "journal/disk/mirror.hpp"
#include "tools/lib/postmortem/ustar.hpp"

namespace postmortem {

namespace {

constexpr std::uint64_t kSmallMax = 16U << 20;  // of what is read into memory at once
constexpr std::size_t kFilesMax = 20'000;

struct Refused {
  std::string defect;
  std::string words;
};

bool is_known_name(std::string_view name) {
  if (name == kManifestName || name == kSignatureName || name == kSignerName ||
      name == kJournalName) {
    return true;
  }
  return name.starts_with("outputs/") && name.ends_with(".txt") && name.size() > 12 &&
         name.size() <= 12 + kJobInNameMax && is_job_name(name.substr(8, name.size() - 12));
}

// The order in which files stand: the four by the list, outputs behind them by name.
std::string place_of(const std::string& name) {
  for (const char* known : {kManifestName, kSignatureName, kSignerName, kJournalName})
    if (name == known)
      return std::string(known == kManifestName    ? "0"
                         : known == kSignatureName ? "1"
                         : known == kSignerName    ? "2"
                                                   : "3");
  return "4" + name;
}

// The archive's entries, each proven to be written as export writes it.
class Archive {
 public:
  explicit Archive(const std::filesystem::path& path) : file_(path, std::ios::binary) {
    if (!file_) throw Refused{"not-a-bundle", "it is unreadable"};
    while (next()) {
    }
  }

  const BundleFile* find(std::string_view name) const {
    for (const BundleFile& entry : entries_)
      if (entry.name == name) return &entry;
    return nullptr;
  }
  const std::vector<BundleFile>& entries() const { return entries_; }

  std::string read(const BundleFile& entry) {
    if (entry.size > kSmallMax)
      throw Refused{"not-a-bundle", fmt::format("{} has {} bytes", entry.name, entry.size)};
    std::string text(entry.size, '\0');
    file_.clear();
    file_.seekg(static_cast<std::streamoff>(entry.offset));
    file_.read(text.data(), static_cast<std::streamsize>(text.size()));
    return text;
  }

  // SHA-256 of an entry that may be large.
  std::string digest(const BundleFile& entry);

 private:
  bool read_block(std::array<char, kTarBlock>* block) {
    file_.read(block->data(), kTarBlock);
    return file_.gcount() == kTarBlock;
  }
  void end() {
    std::array<char, kTarBlock> block{};
    const bool whole = read_block(&block) && block == std::array<char, kTarBlock>{};
    if (!whole || file_.peek() != std::ifstream::traits_type::eof())
      throw Refused{"not-a-bundle", "invalid end of archive"};
    if (entries_.empty()) throw Refused{"nothing", "nothing to verify: the bundle has no files"};
  }
  bool next();

  std::ifstream file_;
  std::vector<BundleFile> entries_;
};

bool Archive::next() {
  std::array<char, kTarBlock> block{};
  if (!read_block(&block)) {
    throw entries_.empty() && file_.gcount() == 0
        ? Refused{"nothing", "nothing to verify: the file is empty"}
        : Refused{"not-a-bundle", "the file is truncated or not a bundle"};
  }
  if (block == std::array<char, kTarBlock>{}) {
    end();
    return false;
  }
  BundleFile entry;
  if (!read_tar_header(block, &entry.name, &entry.size))
    throw Refused{"not-a-bundle",
                  fmt::format("entry {} has an invalid header", entries_.size() + 1)};
  if (!is_known_name(entry.name))
    throw Refused{"unknown-file", fmt::format("unexpected file '{}'", core::printable(entry.name))};
  if (!entries_.empty() && place_of(entries_.back().name) >= place_of(entry.name))
    throw Refused{"unknown-file", fmt::format("{} is duplicated or out of order", entry.name)};
  if (entries_.size() >= kFilesMax) throw Refused{"not-a-bundle", "the bundle has too many files"};
  entry.offset = static_cast<std::uint64_t>(file_.tellg());
  file_.seekg(static_cast<std::streamoff>(entry.size), std::ios::cur);
  std::string padding(tar_padding(entry.size), '\0');
  file_.read(padding.data(), static_cast<std::streamsize>(padding.size()));
  if (static_cast<std::size_t>(file_.gcount()) != padding.size() ||
      padding.find_first_not_of('\0') != std::string::npos) {
    throw Refused{"not-a-bundle",
                  fmt::format("{} is truncated or followed by extra bytes", entry.name)};
  }
  entries_.push_back(std::move(entry));
  return true;
}

std::string member(const boost::json::object& object, std::string_view name) {
  const boost::json::value* value = object.if_contains(name);
  if (value == nullptr || !value->is_string()) return {};
  return std::string(value->as_string());
}

// Of the manifest only what follows from nothing else is believed, and only so far.
void read_tool(const std::string& text, Manifest* manifest) {
  boost::json::error_code error;
  const boost::json::value value = boost::json::parse(text, error);
  if (error || !value.is_object())
    throw Refused{"manifest-differs", "manifest.json is not a JSON object"};
  manifest->tool_version = member(value.as_object(), "tool_version");
  manifest->tool_sha256 = member(value.as_object(), "tool_sha256");
}

void compare_outputs(Archive& archive, const Gatherer& gatherer, Manifest* manifest) {
  const std::map<std::string, std::string> outputs = gatherer.outputs();
  for (const auto& [name, text] : outputs) {
    const BundleFile* entry = archive.find(name);
    if (entry == nullptr) throw Refused{"outputs-differ", fmt::format("{} is missing", name)};
    if (entry->size != text.size() || archive.read(*entry) != text)
      throw Refused{"outputs-differ", fmt::format("{} does not match the journal", name)};
    manifest->files.push_back({name, text.size(), core::sha256_hex(text)});
  }
  for (const BundleFile& entry : archive.entries()) {
    if (entry.name.starts_with("outputs/") && !outputs.contains(entry.name))
      throw Refused{"outputs-differ", fmt::format("{} is not in the journal", entry.name)};
  }
}

void check(const std::filesystem::path& bundle, const Visitor& visitor, BundleReading* reading) {
  Archive archive(bundle);
  const BundleFile* lines = archive.find(kJournalName);
  const BundleFile* manifest = archive.find(kManifestName);
  if (lines == nullptr || manifest == nullptr)
    throw Refused{"missing-file",
                  lines == nullptr ? "journal.jsonl is missing" : "manifest.json is missing"};
  if (const BundleFile* signature = archive.find(kSignatureName))
    reading->signature = archive.read(*signature);
  if (const BundleFile* signer = archive.find(kSignerName)) reading->signer = archive.read(*signer);
  if (reading->signature.empty() != reading->signer.empty())
    throw Refused{"missing-file", "the signature or its public key is missing"};
  reading->manifest_text = archive.read(*manifest);
  read_tool(reading->manifest_text, &reading->manifest);

  Gatherer gatherer;
  const journal::MirrorReport report = journal::read_lines(
      bundle, lines->offset, lines->size, [&](core::Record&& record, std::string_view line) {
        gatherer.note(record);
        visitor(std::move(record), line);
      });
  reading->chain = verdict_of(report);
  if (reading->chain.state == ChainState::nothing)
    throw Refused{"nothing", "nothing to verify: the journal has no facts"};
  if (reading->chain.state != ChainState::intact)
    throw Refused{"chain-broken", "the journal is " + reading->chain.words};
  if (!gatherer.defect().empty()) throw Refused{"chain-broken", gatherer.defect()};
  gatherer.fill(&reading->manifest, report.head);
  reading->manifest.files.push_back({kJournalName, lines->size, archive.digest(*lines)});
  compare_outputs(archive, gatherer, &reading->manifest);
  if (to_text(reading->manifest) != reading->manifest_text)
    throw Refused{"manifest-differs", "manifest.json does not match the files"};
}

}  // namespace

std::string Archive::digest(const BundleFile& entry) {
  core::Sha256 sum;
  file_.clear();
  file_.seekg(static_cast<std::streamoff>(entry.offset));
  std::string piece(1U << 16, '\0');
  for (std::uint64_t left = entry.size; left > 0;) {
    const std::size_t wanted = std::min<std::uint64_t>(left, piece.size());
    file_.read(piece.data(), static_cast<std::streamsize>(wanted));
    if (static_cast<std::size_t>(file_.gcount()) != wanted) break;
    sum.update(std::string_view(piece).substr(0, wanted));
    left -= wanted;
  }
  return sum.hex();
}

BundleReading check_bundle(const std::filesystem::path& bundle, const Visitor& visitor) {
  BundleReading reading;
  try {
    check(bundle, visitor, &reading);
  } catch (const Refused& refused) {
    reading.defect = refused.defect;
    reading.words = refused.words;
  }
  return reading;
}

ChainVerdict read_bundle(const std::filesystem::path& bundle, const Visitor& visitor) {
  BundleReading reading = check_bundle(bundle, visitor);
  if (reading.defect.empty()) return reading.chain;
  reading.chain.state = reading.defect == "nothing" ? ChainState::nothing : ChainState::altered;
  reading.chain.words = reading.words + " (" + reading.defect + ")";
  return reading.chain;
}

}  // namespace postmortem

// Verifying, choosing and writing copies; see the header.
#include "tools/restorectl/run/journal_copies.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "tools/restorectl/errors.hpp"

namespace restorectl {

namespace {

// Calls f(line) for each whole line.
template <class F>
void each_line(std::string_view text, F&& f) {
  for (std::size_t end; (end = text.find('\n')) != std::string_view::npos;) {
    if (!f(text.substr(0, end))) return;
    text.remove_prefix(end + 1);
  }
}

}  // namespace

VerifiedCopy verify_copy(std::string from, const std::string& bytes) {
  VerifiedCopy copy;
  copy.from = std::move(from);
  journal::ChainVerifier verifier;
  std::size_t verified = 0;
  each_line(bytes, [&](std::string_view line) {
    core::Record record;
    const journal::Defect defect = verifier.take(line, &record);
    if (defect.kind == journal::DefectKind::unknown_type) {
      throw Failure(Code::journal_other_version,
                    fmt::format("{}, line {}: {}. Take over the run with that version", copy.from,
                                defect.seq, defect.what));
    }
    if (defect) return false;
    copy.records.push_back(std::move(record));
    verified += line.size() + 1;
    return true;
  });
  copy.text = bytes.substr(0, verified);
  copy.head = verifier.head();
  return copy;
}

const VerifiedCopy& newest_of(const std::vector<VerifiedCopy>& copies, const std::string& run_id) {
  const auto newest = std::max_element(
      copies.begin(), copies.end(), [](const VerifiedCopy& a, const VerifiedCopy& b) {
        return std::pair(a.epoch(), a.records.size()) < std::pair(b.epoch(), b.records.size());
      });
  if (newest == copies.end() || newest->records.empty()) {
    throw Failure(
        Code::no_copy_on_hosts,
        fmt::format(
            "no host has a copy of the journal of run {}: the run changed no host; start a new run",
            run_id));
  }
  for (const VerifiedCopy& other : copies) {
    if (other.epoch() < newest->epoch() || newest->text.starts_with(other.text)) continue;
    throw Failure(Code::copies_differ,
                  fmt::format("{} is not a prefix of {}: the journals diverge. Keep copies of "
                              "both; one was altered, or two drivers were running",
                              other.from, newest->from));
  }
  return *newest;
}

std::unique_ptr<journal::Store> write_copy(const VerifiedCopy& copy,
                                           const std::filesystem::path& run_directory) {
  std::unique_ptr<journal::Store> store = journal::Store::create(run_directory);
  each_line(copy.text, [&](std::string_view line) {
    store->append_line(line);
    return true;
  });
  return store;
}

}  // namespace restorectl

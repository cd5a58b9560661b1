// The copies of a run's journal that a takeover chooses from. Invariant: a copy's bytes are written
// as they were read, so that lines keep the fields that this version does not know, and those that
// it would write and they lack.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "core/effect.hpp"
#include "journal/disk/store.hpp"
#include "journal/format/chain.hpp"

namespace restorectl {

// A copy, verified from its first line on: what comes behind the first defect does not count.
struct VerifiedCopy {
  std::string from;  // "master-0, journal.1-….jsonl", for messages
  std::vector<core::Record> records;
  journal::Head head;
  std::string text;  // the bytes of those records, each with its newline
  std::uint64_t epoch() const { return records.empty() ? 0 : records.back().fact.epoch; }
};

// Throws Failure where a line has a type of fact that this version does not know: what follows it
// may have happened, so the copy is not taken for a shorter one.
VerifiedCopy verify_copy(std::string from, const std::string& bytes);

// The one that the last driver wrote last. Throws Failure where there is none, or where another is
// no beginning of it, unless a driver wrote that one that was replaced since.
const VerifiedCopy& newest_of(const std::vector<VerifiedCopy>& copies, const std::string& run_id);

// Makes a new journal in a run's directory from a copy's bytes. Throws what the store throws.
std::unique_ptr<journal::Store> write_copy(const VerifiedCopy& copy,
                                           const std::filesystem::path& run_directory);

}  // namespace restorectl

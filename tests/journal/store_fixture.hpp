// A run's directory on a real disk, for the tests of the store.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <memory>

#include "journal/disk/mirror.hpp"
#include "journal/disk/store.hpp"
#include "tests/journal/samples.hpp"

namespace journal_tests {

using journal::Store;
using journal::StoreError;
using journal::StoreFault;

class Disk : public ::testing::Test {
 protected:
  void fill(std::size_t facts) {
    const auto store = Store::create(run_);
    for (const core::Record& record : small_run(facts)) store->append(record);
  }
  std::unique_ptr<Store> open(journal::LostTail lost_tail = journal::LostTail::refuse) {
    read_.clear();
    return Store::open(
        run_, [this](core::Record&& record) { read_.push_back(std::move(record)); }, lost_tail);
  }
  StoreError refusal(journal::LostTail lost_tail = journal::LostTail::refuse) {
    try {
      open(lost_tail);
    } catch (const StoreError& error) {
      return error;
    }
    ADD_FAILURE() << "it opened";
    return {StoreFault::io, ""};
  }
  // Every file of the run with its bytes; a LOCK that comes while the journal is tried is no
  // change.
  std::map<std::string, std::string> files() const {
    std::map<std::string, std::string> found;
    for (const auto& entry : fs::recursive_directory_iterator(run_)) {
      const std::string name = entry.path().lexically_relative(run_).string();
      if (name != "db/LOCK" || entry.is_directory())
        found[name] = entry.is_directory() ? "a directory" : bytes_of(entry.path());
    }
    return found;
  }
  fs::path database() const { return journal::database_path(run_); }
  fs::path mirror() const { return journal::mirror_path(run_); }

  TempDir directory_;
  fs::path run_ = directory_.path() / "runs" / "r1";
  std::vector<core::Record> read_;
};

inline journal::Head mirror_head(const fs::path& file) {
  return journal::read_mirror(file, [](core::Record&&, std::string_view) {}).head;
}

}  // namespace journal_tests

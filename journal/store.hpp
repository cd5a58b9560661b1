// Store: a run's journal on disk. LevelDB is the authority; journal.jsonl beside it has the same lines
// for other processes to read, since LevelDB admits one.
// Invariant: a record is durable before append() returns; a journal is created by create() only, is
// verified whole at every open, and is never repaired by guessing.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "core/ports.hpp"
#include "journal/chain.hpp"

namespace journal {

enum class StoreFault {
  not_found,  // there is no journal
  exists,     // create() found one
  locked,     // another process drives the run
  damaged,    // what is there is not what was written
  io,         // the disk refuses
};

// `what()` names the position and what to do next.
struct StoreError : std::runtime_error {
  StoreError(StoreFault which, const std::string& what) : std::runtime_error(what), fault(which) {}
  StoreFault fault;
};

using RecordVisitor = std::function<void(const core::Record&)>;

class Store final : public core::Journal {
 public:
  // Makes a new journal in a run's directory (mode 0700, made here too). Throws StoreError.
  static std::unique_ptr<Store> create(const std::filesystem::path& run_directory);

  // Opens and verifies an existing one, and hands every record to the visitor in order. What the
  // mirror lacks is completed from the database; what the database's torn tail lost is taken back from
  // the mirror where its lines chain on. notices() says what was mended. Throws StoreError.
  static std::unique_ptr<Store> open(const std::filesystem::path& run_directory,
                                     const RecordVisitor& visitor);

  ~Store() override;
  void append(const core::Record& record) override;

  const Head& head() const;
  const std::vector<std::string>& notices() const;

 private:
  struct Disk;
  explicit Store(std::unique_ptr<Disk> disk);
  std::unique_ptr<Disk> disk_;
};

// Where things stand in a run's directory.
std::filesystem::path database_path(const std::filesystem::path& run_directory);
std::filesystem::path mirror_path(const std::filesystem::path& run_directory);

}  // namespace journal

// Store: a run's journal on disk. LevelDB is the authority; journal.jsonl beside it has the same
// lines for other processes to read, since LevelDB admits one. Invariant: a record is durable
// before append() returns; a journal is created by create() only, is verified whole at every open,
// and is never repaired by guessing. An open that refuses has changed no byte of any file.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "core/ports.hpp"
#include "journal/format/chain.hpp"

namespace journal {

enum class StoreFault {
  not_found,      // there is no journal
  exists,         // create() found a directory that is not empty
  locked,         // another process drives the run
  damaged,        // the journal is not what was written
  io,             // the disk refuses
  other_version,  // it has facts or intents that this version does not know
};

// `what()` names the position and what to do next.
struct StoreError : std::runtime_error {
  StoreError(StoreFault which, const std::string& what, std::uint64_t at_seq = 0,
             std::uint64_t lost = 0)
      : std::runtime_error(what), fault(which), seq(at_seq), lost_facts(lost) {}
  StoreFault fault;
  std::uint64_t seq;  // the fact concerned; 0: none, or unknown
  std::uint64_t
      lost_facts;  // damaged only: how many the database lost that journal.jsonl still has
};

// What to do if the database has lost acknowledged facts at its end and
// journal.jsonl still has them: refuse, or recover them from there, which
// only the operator may decide.
enum class LostTail { refuse, recover };

class Store final : public core::Journal {
 public:
  using Visitor = std::function<void(core::Record&&)>;

  // LevelDB starts a new log when the old one is longer; only tests need another size.
  static constexpr std::size_t kLogBytesMax = 16U << 20;

  // Creates a new journal in a run's directory, which is created too (mode 0700) or must be empty;
  // its files have mode 0600, whatever the umask. Throws StoreError.
  static std::unique_ptr<Store> create(const std::filesystem::path& run_directory,
                                       std::size_t log_bytes_max = kLogBytesMax);

  // Opens and verifies an existing one, and hands every record to the visitor in order. What the
  // mirror lacks is completed from the database. notices() has what was found or repaired. Throws
  // StoreError, or what the visitor throws; then nothing was changed.
  static std::unique_ptr<Store> open(const std::filesystem::path& run_directory,
                                     const Visitor& visitor, LostTail lost_tail = LostTail::refuse);

  // The same verification, without writing anything. Throws as open() does, including `locked`: a
  // run that is being driven is read through journal/disk/mirror.hpp.
  struct Inspection {
    Head head;
    std::vector<std::string> notices;
  };
  static Inspection inspect(const std::filesystem::path& run_directory, const Visitor& visitor);

  ~Store() override;
  void append(const core::Record& record) override;
  // Appends a line of a copy of this journal byte for byte, whatever fields it has. Throws
  // core::JournalError as append() does, and where it does not follow the last line.
  void append_line(std::string_view line);

  // The last fact and the SHA-256 of its line, to print and to keep elsewhere.
  const Head& head() const;
  // Messages for the operator; append() adds one when the mirror can no longer be written.
  const std::vector<std::string>& notices() const;

 private:
  struct Disk;
  explicit Store(std::unique_ptr<Disk> disk);
  std::unique_ptr<Disk> disk_;
};

// Paths in a run's directory.
std::filesystem::path database_path(const std::filesystem::path& run_directory);
std::filesystem::path mirror_path(const std::filesystem::path& run_directory);

}  // namespace journal

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
  exists,         // create() found something where the journal should come
  locked,         // another process drives the run
  damaged,        // what is there is not what was written
  io,             // the disk refuses
  other_version,  // it holds facts or intents that this version does not know
};

// `what()` names the position and what to do next.
struct StoreError : std::runtime_error {
  StoreError(StoreFault which, const std::string& what, std::uint64_t at_seq = 0,
             std::uint64_t lost = 0)
      : std::runtime_error(what), fault(which), seq(at_seq), lost_facts(lost) {}
  StoreFault fault;
  std::uint64_t seq;  // the fact at which it stands; 0: none, or not known
  std::uint64_t
      lost_facts;  // damaged only: how many the database lost that journal.jsonl still has
};

// What to do where the database has lost facts at its end that it
// had acknowledged, and journal.jsonl still has them: refuse, or
// take them back from there, which is for the operator to say.
enum class LostTail { refuse, recover };

class Store final : public core::Journal {
 public:
  using Visitor = std::function<void(core::Record&&)>;

  // LevelDB begins a new log when the old one is longer; only tests need another size.
  static constexpr std::size_t kLogBytesMax = 16U << 20;

  // Makes a new journal in a run's directory, which is made too (mode 0700) or must be empty; its
  // files are the user's alone (0600), whatever the umask. Throws StoreError.
  static std::unique_ptr<Store> create(const std::filesystem::path& run_directory,
                                       std::size_t log_bytes_max = kLogBytesMax);

  // Opens and verifies an existing one, and hands every record to the visitor in order. What the
  // mirror lacks is completed from the database. notices() says what was found or mended. Throws
  // StoreError, or what the visitor throws; then nothing was changed.
  static std::unique_ptr<Store> open(const std::filesystem::path& run_directory,
                                     const Visitor& visitor, LostTail lost_tail = LostTail::refuse);

  // The same verification, and nothing is written whatever it finds. Throws as open() does, also
  // `locked`: a run that is being driven is read through journal/disk/mirror.hpp.
  struct Inspection {
    Head head;
    std::vector<std::string> notices;
  };
  static Inspection inspect(const std::filesystem::path& run_directory, const Visitor& visitor);

  ~Store() override;
  void append(const core::Record& record) override;
  // Appends a line of a copy of this journal byte for byte, whatever fields it has. REQUIRES: it
  // follows the last line. Throws core::JournalError as append() does, also where it does not.
  void append_line(std::string_view line);

  // The last fact and the SHA-256 of its line: to be printed, and kept elsewhere.
  const Head& head() const;
  // Sentences for the operator; append() may add one, when the mirror cannot be written any more.
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

// journal.jsonl as its writer sees it: compared with the database at open, then appended to.
// Invariant: the mirror is a copy. It is written after the database and never synced on the way, so
// it may lack lines at its end; a line that it has must be the database's.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string_view>

#include "journal/format/file_lines.hpp"

namespace journal {

// How a mirror compares with the database it belongs to.
struct MirrorState {
  bool found = false;
  std::uint64_t whole_lines = 0;  // that are the database's
  std::uint64_t whole_bytes = 0;  // of those
  bool torn = false;              // behind them, only the beginning of the next line, or zeroes
  std::uint64_t differs_at = 0;   // the first fact at which it says something else; 0: nowhere
  std::uint64_t extra_lines = 0;  // whole lines that follow the database's last one: it lost them
  bool extra_torn = false;        // and behind those the beginning of one more
};

class MirrorComparer {
 public:
  explicit MirrorComparer(const std::filesystem::path& path) : lines_(path) {
    state_.found = lines_.is_open();
    ended_ = !state_.found;
  }
  // REQUIRES: called with each of the database's lines in order.
  void take(std::string_view line);
  // REQUIRES: `head` is that of the last line taken. Looks at what stands behind it.
  const MirrorState& finish(const Head& head);

 private:
  FileLines lines_;
  MirrorState state_;
  bool ended_ = false;
};

// Appends lines. A mirror that cannot be written stops growing and says so; the run goes on, since
// the database is the authority.
class MirrorWriter {
 public:
  MirrorWriter() = default;
  ~MirrorWriter();
  MirrorWriter(const MirrorWriter&) = delete;
  MirrorWriter& operator=(const MirrorWriter&) = delete;

  // Opens (or makes, mode 0600) the file and cuts it
  // to its first `keep_bytes`. False: errno says why.
  bool open(const std::filesystem::path& path, std::uint64_t keep_bytes);
  // Returns false once, when the writing fails.
  bool append(std::string_view line);
  bool sync();

 private:
  int fd_ = -1;
};

}  // namespace journal

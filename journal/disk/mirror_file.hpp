// journal.jsonl for its writer: compared with the database at open, then appended to.
// Invariant: the mirror is a copy. It is written after the database and not synced meanwhile, so it
// may lack lines at its end; every line that it has must be the database's.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string_view>

#include "journal/format/file_lines.hpp"

namespace journal {

// How a mirror compares with the database it belongs to.
struct MirrorState {
  bool found = false;
  std::uint64_t whole_lines = 0;  // equal to the database's
  std::uint64_t whole_bytes = 0;  // of those
  bool torn = false;              // after them, only the beginning of the next line, or zeroes
  std::uint64_t differs_at = 0;   // the first fact that differs; 0: none
  std::uint64_t extra_lines = 0;  // whole lines that follow the database's last one: it lost them
  bool extra_torn = false;        // and after those the beginning of one more
};

class MirrorComparer {
 public:
  explicit MirrorComparer(const std::filesystem::path& path) : lines_(path) {
    state_.found = lines_.is_open();
    ended_ = !state_.found;
  }
  // REQUIRES: called with each of the database's lines in order.
  void take(std::string_view line);
  // REQUIRES: `head` is that of the last line taken. Checks what follows it.
  const MirrorState& finish(const Head& head);

 private:
  FileLines lines_;
  MirrorState state_;
  bool ended_ = false;
};

// Appends lines. A mirror that cannot be written stops growing and reports it; the run continues,
// since the database is the authority.
class MirrorWriter {
 public:
  MirrorWriter() = default;
  ~MirrorWriter();
  MirrorWriter(const MirrorWriter&) = delete;
  MirrorWriter& operator=(const MirrorWriter&) = delete;

  // Opens (or creates, mode 0600) the file and truncates it to
  // its first `keep_bytes`. Returns false with errno set on failure.
  bool open(const std::filesystem::path& path, std::uint64_t keep_bytes);
  // Returns false once, when the writing fails.
  bool append(std::string_view line);
  bool sync();

 private:
  int fd_ = -1;
};

}  // namespace journal

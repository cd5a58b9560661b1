// Reads a file line by line, in chunks.
// Invariant: text after the last newline is never returned as a line; memory is bounded by
// the longest line that a journal may have.
#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <limits>
#include <string>
#include <string_view>

#include "journal/format/chain.hpp"

namespace journal {

class FileLines {
 public:
  // Starts at byte `offset` of the file, and ends after `size` more.
  explicit FileLines(const std::filesystem::path& path, std::uint64_t offset = 0,
                     std::uint64_t size = std::numeric_limits<std::uint64_t>::max());

  bool is_open() const { return file_.is_open(); }
  // Returns the next line without its newline, valid until the next call. False at the end, or at a
  // defect: the file cannot be read, or a line is too long.
  bool next(std::string_view* line, Defect* defect);
  // REQUIRES: next() returned false. The text after the last newline.
  std::string_view rest() const { return std::string_view(pending_).substr(at_); }

 private:
  bool read_more(Defect* defect);

  std::ifstream file_;
  std::uint64_t left_;
  std::string pending_;
  std::size_t at_ = 0;
  std::uint64_t lines_ = 0;
};

}  // namespace journal

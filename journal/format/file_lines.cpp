// Chunks and newlines; see the header.
#include "journal/format/file_lines.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace journal {

FileLines::FileLines(const std::filesystem::path& path, std::uint64_t offset, std::uint64_t size)
    : file_(path, std::ios::binary), left_(size) {
  if (offset > 0) file_.seekg(static_cast<std::streamoff>(offset));
}

bool FileLines::next(std::string_view* line, Defect* defect) {
  std::size_t searched = at_;
  while (true) {
    const std::size_t end = pending_.find('\n', searched);
    if (end != std::string::npos) {
      *line = std::string_view(pending_).substr(at_, end - at_);
      at_ = end + 1;
      ++lines_;
      return true;
    }
    if (pending_.size() - at_ > kLineBytesMax) {
      *defect = {DefectKind::bad_line, lines_ + 1,
                 "longer than " + std::to_string(kLineBytesMax) + " bytes"};
      return false;
    }
    pending_.erase(0, std::exchange(at_, 0));
    searched = pending_.size();
    if (!read_more(defect)) return false;
  }
}

bool FileLines::read_more(Defect* defect) {
  constexpr std::size_t kChunk = 1U << 16;
  const std::size_t had = pending_.size();
  const std::size_t wanted = std::min<std::uint64_t>(kChunk, left_);
  pending_.resize(had + wanted);
  file_.read(pending_.data() + had, static_cast<std::streamsize>(wanted));
  const auto got = static_cast<std::size_t>(file_.gcount());
  left_ -= got;
  pending_.resize(had + got);
  if (file_.bad()) {
    *defect = {DefectKind::unreadable, lines_ + 1,
               std::string("cannot be read: ") + std::strerror(errno)};
    return false;
  }
  return pending_.size() > had;
}

}  // namespace journal

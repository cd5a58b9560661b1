// Chunks and newlines; see the header.
#include "journal/file_lines.hpp"

#include <cerrno>
#include <cstring>
#include <utility>

namespace journal {

FileLines::FileLines(const std::filesystem::path& path, std::uint64_t offset)
    : file_(path, std::ios::binary) {
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
                 "it is over " + std::to_string(kLineBytesMax) + " bytes long"};
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
  pending_.resize(had + kChunk);
  file_.read(pending_.data() + had, kChunk);
  pending_.resize(had + static_cast<std::size_t>(file_.gcount()));
  if (file_.bad()) {
    *defect = {DefectKind::unreadable, lines_ + 1,
               std::string("it cannot be read: ") + std::strerror(errno)};
    return false;
  }
  return pending_.size() > had;
}

}  // namespace journal

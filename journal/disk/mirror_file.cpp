// Comparing and appending; see the header.
#include "journal/disk/mirror_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <string>

namespace journal {

namespace {

// After a power loss a file may have got its length, but not the bytes at its end.
std::string_view without_zeroes(std::string_view text) {
  const std::size_t last = text.find_last_not_of('\0');
  return last == std::string_view::npos ? std::string_view() : text.substr(0, last + 1);
}

}  // namespace

void MirrorComparer::take(std::string_view line) {
  if (ended_) return;
  std::string_view mine;
  Defect defect;
  if (lines_.next(&mine, &defect)) {
    if (mine == line) {
      ++state_.whole_lines;
      state_.whole_bytes += line.size() + 1;
      return;
    }
    defect.kind = DefectKind::contradicted;
  }
  ended_ = true;
  if (defect || !line.starts_with(without_zeroes(lines_.rest()))) {
    state_.differs_at = state_.whole_lines + 1;
  } else {
    state_.torn = !lines_.rest().empty();
  }
}

const MirrorState& MirrorComparer::finish(const Head& head) {
  if (ended_) return state_;
  ended_ = true;
  ChainVerifier verifier(head);
  std::string_view line;
  Defect defect;
  core::Record record;
  while (lines_.next(&line, &defect)) {
    if (verifier.take(line, &record)) {
      state_.differs_at = verifier.head().seq + 1;
      return state_;
    }
    ++state_.extra_lines;
  }
  if (defect) state_.differs_at = verifier.head().seq + 1;
  state_.extra_torn = !without_zeroes(lines_.rest()).empty();
  state_.torn = !state_.extra_torn && !lines_.rest().empty();
  return state_;
}

MirrorWriter::~MirrorWriter() {
  if (fd_ >= 0) ::close(fd_);
}

bool MirrorWriter::open(const std::filesystem::path& path, std::uint64_t keep_bytes) {
  fd_ = ::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
  return fd_ >= 0 && ::ftruncate(fd_, static_cast<off_t>(keep_bytes)) == 0;
}

bool MirrorWriter::append(std::string_view line) {
  if (fd_ < 0) return true;
  std::string text(line);
  text += '\n';
  if (::write(fd_, text.data(), text.size()) == static_cast<ssize_t>(text.size())) return true;
  // Half a line must stay the last one: the next open completes it.
  ::close(fd_);
  fd_ = -1;
  return false;
}

bool MirrorWriter::sync() { return fd_ < 0 || ::fsync(fd_) == 0; }

}  // namespace journal

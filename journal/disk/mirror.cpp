// Line by line with bounded memory; see the header.
#include "journal/disk/mirror.hpp"

#include <algorithm>
#include <fstream>
#include <limits>
#include <string_view>
#include <utility>

#include "journal/format/file_lines.hpp"

namespace journal {

MirrorReport read_mirror(const std::filesystem::path& path, const RecordVisitor& visitor) {
  return read_lines(path, 0, std::numeric_limits<std::uint64_t>::max(), visitor);
}

MirrorReport read_lines(const std::filesystem::path& path, std::uint64_t offset, std::uint64_t size,
                        const RecordVisitor& visitor) {
  MirrorReport report;
  FileLines lines(path, offset, size);
  report.found = lines.is_open();
  if (!report.found) return report;
  Verified verified = verify_lines(
      [&lines](std::string_view* line, Defect* defect) { return lines.next(line, defect); },
      visitor);
  report.head = std::move(verified.head);
  if (verified.defect) {
    report.kind = verified.defect.kind;
    report.defect_seq = verified.defect.seq;
    report.defect = "line " + std::to_string(report.defect_seq) + ": " + verified.defect.what;
  } else {
    report.torn_tail = !lines.rest().empty();
  }
  return report;
}

std::optional<core::Fact> last_fact(const std::filesystem::path& path,
                                    const std::function<bool(const core::Fact&)>& wanted) {
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  if (!file) return {};
  const auto size = static_cast<std::uint64_t>(std::max<std::streamoff>(0, file.tellg()));
  // If it begins in the middle of a line, more is read: a line can have any length.
  for (std::uint64_t read = 1U << 16;; read *= 4) {
    const bool whole = read >= size;
    std::string tail(whole ? size : read, '\0');
    file.seekg(static_cast<std::streamoff>(size - tail.size()));
    if (!file.read(tail.data(), static_cast<std::streamsize>(tail.size()))) return {};
    std::string_view left(tail);
    left = left.substr(0, left.rfind('\n') + 1);  // the rest is not a whole line
    while (!left.empty()) {
      left.remove_suffix(1);
      const std::size_t before = left.rfind('\n');
      if (before == std::string_view::npos && !whole) break;
      const std::string_view line = left.substr(before + 1);
      left = left.substr(0, before + 1);
      Decoded decoded = decode(line);
      if (!decoded.error.empty()) return {};
      if (wanted(decoded.record.fact)) return std::move(decoded.record.fact);
    }
    if (whole) return {};
  }
}

}  // namespace journal

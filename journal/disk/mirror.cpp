// Line by line with bounded memory; see the header.
#include "journal/disk/mirror.hpp"

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

}  // namespace journal

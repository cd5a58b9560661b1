// Line by line with bounded memory; see the header.
#include "journal/mirror.hpp"

#include <fstream>

namespace journal {

namespace {
// No line that this program writes comes near it: an observation holds 256 KiB at most, and JSON makes
// at most six bytes of one.
constexpr std::size_t kLineBytesMax = 4u << 20;
}  // namespace

MirrorReport read_mirror(const std::filesystem::path& path, const LineVisitor& visitor) {
  MirrorReport report;
  ChainVerifier verifier;
  std::ifstream file(path, std::ios::binary);
  report.found = file.is_open();
  std::string pending;
  std::string chunk(1 << 18, '\0');
  const auto take_lines = [&]() {
    std::size_t start = 0;
    for (std::size_t end; (end = pending.find('\n', start)) != std::string::npos; start = end + 1) {
      const std::string_view line(pending.data() + start, end - start);
      core::Record record;
      const std::string wrong = verifier.take(line, &record);
      if (!wrong.empty()) {
        report.defect = "line " + std::to_string(verifier.head().seq + 1) + ": " + wrong;
        return;
      }
      visitor(record, line);
    }
    pending.erase(0, start);
    if (pending.size() > kLineBytesMax) {
      report.defect = "line " + std::to_string(verifier.head().seq + 1) + ": it is over " +
                      std::to_string(kLineBytesMax) + " bytes long";
    }
  };
  while (report.defect.empty() && file) {
    file.read(chunk.data(), static_cast<std::streamsize>(chunk.size()));
    pending.append(chunk, 0, static_cast<std::size_t>(file.gcount()));
    take_lines();
  }
  report.torn_tail = report.defect.empty() && !pending.empty();
  report.head = verifier.head();
  return report;
}

}  // namespace journal

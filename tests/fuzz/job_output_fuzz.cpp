// What a job prints, above all the restore script: cut into lines as the bytes come, kept, and
// shown on a terminal. The first byte says how large the pieces are.
#include <algorithm>

#include "core/text.hpp"
#include "states/profiles/profiles.hpp"
#include "tests/fuzz/fuzz.hpp"
#include "tools/restorectl/view/narrator.hpp"
#include "transports/host/line_cutter.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1) return 0;
  const std::size_t piece = 1 + data[0];
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  std::uint64_t last = 0;
  int lines = 0;
  transports::LineCount count;
  transports::LineCutter cutter(0, count, [&](std::uint64_t offset, std::string line) {
    ++lines;
    fuzz::require(offset > last && offset <= bytes.size(), "offsets go on");
    const std::string_view whole = bytes.substr(last, offset - 1 - last);
    fuzz::require(bytes[offset - 1] == '\n', "and stand behind a newline");
    fuzz::require(whole.find('\n') == std::string_view::npos, "the next one");
    last = offset;
    const std::string_view kept = whole.substr(0, transports::LineCutter::kLineBytesMax);
    fuzz::require(line == core::clean_utf8(kept), "a line is what stands there, up to its bound");
    fuzz::require(fuzz::is_utf8(line), "a line is valid text");
    fuzz::require(line.find('\0') == std::string::npos, "without NUL");
    const core::JobProgressed told{"master-0", "run-restore-script", "job-1", offset, line};
    const states::Profile& profile = states::newest_profile();
    const std::string shown = restorectl::describe({{1, 1'000, 1, told}, {}}, &profile);
    fuzz::require(fuzz::is_harmless(shown), "and is shown harmlessly");
    const states::Marker* marker = states::find_marker(profile, line);
    fuzz::require(marker == nullptr || !marker->title.empty(), "a station has a title");
  });
  for (std::size_t at = 0; at < bytes.size(); at += piece) cutter.take(bytes.substr(at, piece));
  const auto ends = std::count(bytes.begin(), bytes.end(), '\n');
  fuzz::require(lines == std::min<std::ptrdiff_t>(ends, transports::LineCutter::kLinesMax),
                "every line is told, up to the bound");
  fuzz::require(count.left_out == static_cast<std::uint64_t>(ends - lines), "the rest is counted");
  const std::string tail = cutter.tail();
  const std::size_t kept = std::min(bytes.size(), transports::LineCutter::kTailBytesMax);
  fuzz::require(tail == core::clean_utf8(bytes.substr(bytes.size() - kept)), "the tail is the end");
  fuzz::require(fuzz::is_utf8(tail), "the tail is valid text");
  fuzz::require(fuzz::is_harmless(core::printable(tail)), "and can be shown");
  return 0;
}

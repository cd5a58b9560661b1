// What a job prints, above all the restore script: cut into lines as the bytes come, kept, and
// shown on a terminal. The first byte says how large the pieces are.
#include "core/text.hpp"
#include "states/restore_progress.hpp"
#include "tests/fuzz/fuzz.hpp"
#include "transports/line_cutter.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1) return 0;
  const std::size_t piece = 1 + data[0];
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  std::uint64_t last = 0;
  int lines = 0;
  transports::LineCutter cutter(0, [&](std::uint64_t offset, std::string line) {
    ++lines;
    fuzz::require(offset > last && offset <= bytes.size(), "offsets go on");
    fuzz::require(bytes[offset - 1] == '\n', "and stand behind a newline");
    last = offset;
    fuzz::require(line.size() <= 3 * transports::LineCutter::kLineBytesMax, "a line is bounded");
    fuzz::require(core::clean_utf8(line) == line, "a line is valid text");
    fuzz::require(fuzz::is_harmless(core::printable(line)), "and can be shown");
    const auto phase = states::restore_phase_of(line);
    fuzz::require(!phase || !phase->title.empty(), "a phase has a title");
  });
  for (std::size_t at = 0; at < bytes.size(); at += piece) cutter.take(bytes.substr(at, piece));
  fuzz::require(lines <= transports::LineCutter::kLinesMax, "lines are bounded");
  const std::string tail = cutter.tail();
  fuzz::require(tail.size() <= 3 * transports::LineCutter::kTailBytesMax, "the tail is bounded");
  fuzz::require(core::clean_utf8(tail) == tail, "the tail is valid text");
  return 0;
}

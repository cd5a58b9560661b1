// A line of a journal, whoever wrote it: it is refused with words, or it is a record that is
// written again as one and the same.
#include <algorithm>

#include "core/run_state.hpp"
#include "core/text.hpp"
#include "journal/format/chain.hpp"
#include "journal/format/record.hpp"
#include "tests/fuzz/fuzz.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string line(reinterpret_cast<const char*>(data), size);
  const journal::Decoded decoded = journal::decode(line);
  journal::ChainVerifier verifier;
  core::Record record;
  const journal::Defect defect = verifier.take(line, &record);
  if (!decoded.error.empty()) {
    fuzz::require(static_cast<bool>(defect), "a line that is no record is a defect of the chain");
    fuzz::require(fuzz::is_harmless(core::printable(decoded.error)), "the words can be printed");
    return 0;
  }
  if (!defect) fuzz::require(record == decoded.record, "the chain gives what stands there");
  const std::string again = journal::encode(decoded.record, decoded.prev);
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; };
  fuzz::require(std::none_of(again.begin(), again.end(), is_control), "a record is one line");
  fuzz::require(fuzz::is_utf8(again), "of valid text");
  const journal::Decoded twice = journal::decode(again);
  fuzz::require(twice.error.empty(), "what was written can be read");
  fuzz::require(twice.record == decoded.record && twice.prev == decoded.prev, "as it was");
  fuzz::require(journal::encode(twice.record, twice.prev) == again, "and is the same again");
  core::RunState state;
  state.note(decoded.record);  // any record may come
  fuzz::require(state.facts == 1, "the fold has taken it");
  return 0;
}

// Validation with a fast path for ASCII, eight bytes at a time; see the header.
#include "journal/format/utf8.hpp"

#include <cstdint>
#include <cstring>

#include "core/text.hpp"

namespace journal {

namespace {

// Returns the length of the character at `at`, which is no ASCII, or 0 where there is none.
std::size_t length_at(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) -> unsigned {
    return at + i < text.size() ? static_cast<unsigned char>(text[at + i]) : 0U;
  };
  const auto within = [](unsigned value, unsigned low, unsigned high) {
    return value >= low && value <= high;
  };
  const auto follows = [&](std::size_t i) { return within(byte(i), 0x80, 0xBF); };
  const unsigned first = byte(0);
  if (within(first, 0xC2, 0xDF)) return follows(1) ? 2 : 0;
  if (within(first, 0xE0, 0xEF)) {
    const bool second = within(byte(1), first == 0xE0 ? 0xA0 : 0x80, first == 0xED ? 0x9F : 0xBF);
    return second && follows(2) ? 3 : 0;
  }
  if (within(first, 0xF0, 0xF4)) {
    const bool second = within(byte(1), first == 0xF0 ? 0x90 : 0x80, first == 0xF4 ? 0x8F : 0xBF);
    return second && follows(2) && follows(3) ? 4 : 0;
  }
  return 0;
}

}  // namespace

bool is_valid_utf8(std::string_view text) {
  std::size_t at = 0;
  while (at < text.size()) {
    std::uint64_t word = 0;
    if (text.size() - at >= sizeof word) {
      std::memcpy(&word, text.data() + at, sizeof word);
      if ((word & 0x8080808080808080U) == 0) {
        at += sizeof word;
        continue;
      }
    }
    if (static_cast<unsigned char>(text[at]) < 0x80) {
      ++at;
      continue;
    }
    const std::size_t length = length_at(text, at);
    if (length == 0) return false;
    at += length;
  }
  return true;
}

std::string mend_utf8(std::string_view text) {
  // core's cleaner also takes NULs out; between them it does just what is wanted here.
  std::string mended;
  while (true) {
    const std::size_t nul = text.find('\0');
    mended += core::clean_utf8(text.substr(0, nul));
    if (nul == std::string_view::npos) return mended;
    mended += '\0';
    text.remove_prefix(nul + 1);
  }
}

}  // namespace journal

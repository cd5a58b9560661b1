// Text made harmless, and times; see the header.
#include "core/text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstring>
#include <utility>

namespace core {

namespace {

// Returns the length of the valid UTF-8 character at the front, or 0 (RFC 3629, no surrogates).
// NUL is one.
std::size_t character_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const auto follows = [&](std::size_t i, unsigned low, unsigned high) {
    return i < text.size() && byte(i) >= low && byte(i) <= high;
  };
  const unsigned first = byte(0);
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first <= 0xDF) return follows(1, 0x80, 0xBF) ? 2 : 0;
  if (first >= 0xE0 && first <= 0xEF) {
    const unsigned low = first == 0xE0 ? 0xA0 : 0x80;
    const unsigned high = first == 0xED ? 0x9F : 0xBF;
    return follows(1, low, high) && follows(2, 0x80, 0xBF) ? 3 : 0;
  }
  if (first >= 0xF0 && first <= 0xF4) {
    const unsigned low = first == 0xF0 ? 0x90 : 0x80;
    const unsigned high = first == 0xF4 ? 0x8F : 0xBF;
    return follows(1, low, high) && follows(2, 0x80, 0xBF) && follows(3, 0x80, 0xBF) ? 4 : 0;
  }
  return 0;
}

void put(std::string& text, std::int64_t value, int digits) {
  std::array<char, 8> buffer{};
  for (int i = digits - 1; i >= 0; --i, value /= 10) {
    buffer[static_cast<std::size_t>(i)] = static_cast<char>('0' + value % 10);
  }
  text.append(buffer.data(), static_cast<std::size_t>(digits));
}

}  // namespace

bool is_valid_utf8(std::string_view text) {
  while (!text.empty()) {
    // Asked of every line of a journal: eight bytes at a time where they are ASCII.
    std::uint64_t word = 0;
    if (text.size() >= sizeof word) {
      std::memcpy(&word, text.data(), sizeof word);
      if ((word & 0x8080808080808080U) == 0) {
        text.remove_prefix(sizeof word);
        continue;
      }
    }
    const std::size_t length = character_length(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

std::string clean_utf8(std::string_view bytes, Nul nul) {
  std::string clean;
  clean.reserve(bytes.size());
  while (!bytes.empty()) {
    const std::size_t length = character_length(bytes);
    if (length == 0 || (bytes[0] == '\0' && nul == Nul::replaced)) {
      clean += "\xEF\xBF\xBD";
      bytes.remove_prefix(1);
    } else {
      clean += bytes.substr(0, length);
      bytes.remove_prefix(length);
    }
  }
  return clean;
}

std::string printable(std::string_view bytes) {
  const std::string clean = clean_utf8(bytes);
  std::string text;
  text.reserve(clean.size());
  for (std::size_t i = 0; i < clean.size(); ++i) {
    const auto c = static_cast<unsigned char>(clean[i]);
    const bool is_c1 = c == 0xC2 && static_cast<unsigned char>(clean[i + 1]) < 0xA0;
    if ((c < 0x20 && c != '\n' && c != '\t') || c == 0x7F) {
      text += "\\x";
      text += kHexDigits[c >> 4];
      text += kHexDigits[c & 15];
    } else if (is_c1) {
      const auto next = static_cast<unsigned char>(clean[++i]);
      text += "\\u00";
      text += kHexDigits[next >> 4];
      text += kHexDigits[next & 15];
    } else {
      text += clean[i];
    }
  }
  return text;
}

std::string hex_of(std::string_view bytes) {
  std::string hex;
  hex.reserve(2 * bytes.size());
  for (const char c : bytes) {
    hex += kHexDigits[static_cast<unsigned char>(c) >> 4];
    hex += kHexDigits[static_cast<unsigned char>(c) & 15];
  }
  return hex;
}

std::string base64_of(std::string_view bytes) {
  static constexpr char kDigits[] =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  for (std::size_t at = 0; at < bytes.size(); at += 3) {
    std::uint32_t three = 0;
    for (std::size_t i = at; i < at + 3; ++i)
      three = (three << 8U) | (i < bytes.size() ? static_cast<unsigned char>(bytes[i]) : 0U);
    for (std::size_t i = 0; i < 4; ++i)
      text += at + i > bytes.size() ? '=' : kDigits[(three >> (18 - 6 * i)) & 63U];
  }
  return text;
}

std::string iso_time(std::int64_t utc_ms) {
  utc_ms = std::clamp<std::int64_t>(utc_ms, 0, 253'402'300'799'999);
  const std::int64_t in_day = utc_ms % 86'400'000;
  const std::chrono::year_month_day date(
      std::chrono::sys_days(std::chrono::days(utc_ms / 86'400'000)));
  std::string text;
  text.reserve(24);
  put(text, int{date.year()}, 4);
  text += '-';
  put(text, unsigned{date.month()}, 2);
  text += '-';
  put(text, unsigned{date.day()}, 2);
  text += 'T';
  put(text, in_day / 3'600'000, 2);
  text += ':';
  put(text, in_day / 60'000 % 60, 2);
  text += ':';
  put(text, in_day / 1'000 % 60, 2);
  text += '.';
  put(text, in_day % 1'000, 3);
  text += 'Z';
  return text;
}

bool parse_iso_time(std::string_view text, std::int64_t* utc_ms) {
  static constexpr std::string_view kForm = "0000-00-00T00:00:00.000Z";
  if (text.size() != kForm.size()) return false;
  for (std::size_t i = 0; i < kForm.size(); ++i) {
    const bool digit = text[i] >= '0' && text[i] <= '9';
    if (kForm[i] == '0' ? !digit : text[i] != kForm[i]) return false;
  }
  const auto number = [&](std::size_t at, std::size_t digits) {
    std::int64_t value = 0;
    for (std::size_t i = at; i < at + digits; ++i) value = value * 10 + (text[i] - '0');
    return value;
  };
  const std::chrono::year_month_day date(std::chrono::year(static_cast<int>(number(0, 4))),
                                         std::chrono::month(static_cast<unsigned>(number(5, 2))),
                                         std::chrono::day(static_cast<unsigned>(number(8, 2))));
  if (!date.ok() || int{date.year()} < 1970) return false;  // iso_time would not write it again
  if (number(11, 2) > 23 || number(14, 2) > 59 || number(17, 2) > 59) return false;
  *utc_ms = std::chrono::sys_days(date).time_since_epoch() / std::chrono::milliseconds(1) +
            number(11, 2) * 3'600'000 + number(14, 2) * 60'000 + number(17, 2) * 1'000 +
            number(20, 3);
  return true;
}

std::string duration_words(std::int64_t duration_ms) {
  const auto two = [](std::int64_t value) {
    return (value < 10 ? "0" : "") + std::to_string(value);
  };
  if (duration_ms < 1'000) return std::to_string(duration_ms) + " ms";
  const std::int64_t seconds = duration_ms / 1'000;
  if (seconds < 60) return std::to_string(seconds) + " s";
  if (seconds < 3'600) return std::to_string(seconds / 60) + " min " + two(seconds % 60) + " s";
  return std::to_string(seconds / 3'600) + " h " + two(seconds / 60 % 60) + " min";
}

std::string clock_words(std::int64_t ahead_ms) {
  constexpr std::int64_t kSameMs = 1'000;
  if (ahead_ms > -kSameMs && ahead_ms < kSameMs)
    return "the workstation's clock matches the journal's time again";
  return "the workstation's clock is now " + duration_words(std::abs(ahead_ms)) +
         (ahead_ms > 0 ? " ahead of" : " behind") +
         " the journal's time: the clock was set, or the workstation was suspended";
}

bool parse_duration(std::string_view text, std::int64_t* duration_ms) {
  static constexpr std::array<std::pair<std::string_view, std::int64_t>, 4> kUnits = {
      {{"ms", 1}, {"s", 1'000}, {"m", 60'000}, {"h", 3'600'000}}};
  if (text.empty()) return false;
  std::int64_t total = 0;
  while (!text.empty()) {
    const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
    if (digits == 0 || digits > 9) return false;
    std::int64_t number = 0;
    std::from_chars(text.data(), text.data() + digits, number);
    text.remove_prefix(digits);
    const std::string_view name = text.substr(0, text.find_first_of("0123456789"));
    const auto unit = std::find_if(kUnits.begin(), kUnits.end(),
                                   [&](const auto& known) { return known.first == name; });
    if (unit == kUnits.end()) return false;
    total += number * unit->second;
    if (total > 10'000'000'000'000) return false;
    text.remove_prefix(name.size());
  }
  *duration_ms = total;
  return true;
}

}  // namespace core

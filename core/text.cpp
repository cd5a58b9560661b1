// Text made harmless, and times; see the header.
#include "core/text.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace core {

namespace {

// Returns the length of the valid UTF-8 character at the front, or 0 (RFC 3629, no surrogates).
std::size_t character_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const auto follows = [&](std::size_t i, unsigned low, unsigned high) {
    return i < text.size() && byte(i) >= low && byte(i) <= high;
  };
  const unsigned first = byte(0);
  if (first < 0x80) return first == 0 ? 0 : 1;
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

constexpr char kHex[] = "0123456789abcdef";

// Days since 1970-01-01 <-> civil date, by the era arithmetic of the proleptic Gregorian calendar.
struct Date {
  std::int64_t year;
  int month;
  int day;
};

Date date_of(std::int64_t days) {
  days += 719'468;
  const std::int64_t era = days / 146'097;
  const std::int64_t day_of_era = days - era * 146'097;
  const std::int64_t year_of_era =
      (day_of_era - day_of_era / 1'460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
  const std::int64_t day_of_year =
      day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const std::int64_t shifted = (5 * day_of_year + 2) / 153;
  const int month = static_cast<int>(shifted < 10 ? shifted + 3 : shifted - 9);
  return {year_of_era + era * 400 + (month <= 2 ? 1 : 0), month,
          static_cast<int>(day_of_year - (153 * shifted + 2) / 5 + 1)};
}

std::int64_t days_of(Date date) {
  const std::int64_t year = date.month <= 2 ? date.year - 1 : date.year;
  const std::int64_t era = year / 400;
  const std::int64_t year_of_era = year - era * 400;
  const std::int64_t shifted = date.month > 2 ? date.month - 3 : date.month + 9;
  const std::int64_t day_of_year = (153 * shifted + 2) / 5 + date.day - 1;
  return era * 146'097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year -
         719'468;
}

void put(std::string& text, std::int64_t value, int digits) {
  std::array<char, 8> buffer{};
  for (int i = digits - 1; i >= 0; --i, value /= 10) {
    buffer[static_cast<std::size_t>(i)] = static_cast<char>('0' + value % 10);
  }
  text.append(buffer.data(), static_cast<std::size_t>(digits));
}

}  // namespace

std::string clean_utf8(std::string_view bytes) {
  std::string clean;
  clean.reserve(bytes.size());
  while (!bytes.empty()) {
    const std::size_t length = character_length(bytes);
    if (length == 0) {
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
      text += kHex[c >> 4];
      text += kHex[c & 15];
    } else if (is_c1) {
      const auto next = static_cast<unsigned char>(clean[++i]);
      text += "\\u00";
      text += kHex[next >> 4];
      text += kHex[next & 15];
    } else {
      text += clean[i];
    }
  }
  return text;
}

std::string iso_time(std::int64_t utc_ms) {
  utc_ms = std::clamp<std::int64_t>(utc_ms, 0, 253'402'300'799'999);
  const std::int64_t in_day = utc_ms % 86'400'000;
  const Date date = date_of(utc_ms / 86'400'000);
  std::string text;
  text.reserve(24);
  put(text, date.year, 4);
  text += '-';
  put(text, date.month, 2);
  text += '-';
  put(text, date.day, 2);
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
  const Date date{number(0, 4), static_cast<int>(number(5, 2)), static_cast<int>(number(8, 2))};
  if (date.year < 1970) return false;  // iso_time would not write it again
  if (date.month < 1 || date.month > 12 || date.day < 1 || date.day > 31) return false;
  if (number(11, 2) > 23 || number(14, 2) > 59 || number(17, 2) > 59) return false;
  *utc_ms = days_of(date) * 86'400'000 + number(11, 2) * 3'600'000 + number(14, 2) * 60'000 +
            number(17, 2) * 1'000 + number(20, 3);
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

}  // namespace core

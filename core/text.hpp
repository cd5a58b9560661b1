// Bytes from elsewhere as text: clean enough to journal, and harmless enough for a terminal.
// Invariant: what clean_utf8 returns is valid UTF-8 without NUL; what printable returns moves no
// cursor, rings no bell and changes no colour.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace core {

// Is it valid UTF-8 (RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF)? NUL is a
// character here.
bool is_valid_utf8(std::string_view text);

// Replaces each byte that is not part of valid UTF-8, and each NUL unless they are kept, by
// U+FFFD. Everything else stays.
enum class Nul { replaced, kept };
std::string clean_utf8(std::string_view bytes, Nul nul = Nul::replaced);

// clean_utf8, and every control character but newline and tab shown as \xNN (C1 ones as \u00NN).
std::string printable(std::string_view bytes);

inline constexpr char kHexDigits[] = "0123456789abcdef";

// Two hexadecimal digits for each byte, in small letters.
std::string hex_of(std::string_view bytes);

// RFC 4648, padded, on one line: as a .pub file has a key.
std::string base64_of(std::string_view bytes);

// "2026-11-23T10:15:00.123Z". Times before 1970 or after 9999 are clamped.
std::string iso_time(std::int64_t utc_ms);

// The inverse; returns false where the text does not have exactly that form, is not a valid date,
// or is before 1970.
bool parse_iso_time(std::string_view text, std::int64_t* utc_ms);

// "850 ms", "12 s", "3 min 05 s", "1 h 02 min": a duration for people.
std::string duration_words(std::int64_t duration_ms);

// What it means for people that the workstation's wall clock is so far ahead of a journal's time.
std::string clock_words(std::int64_t ahead_ms);

// Reads "200ms", "20s", "10m", "1h30m": whole numbers, each with its unit. Returns false for
// anything else, and above some 300 years.
bool parse_duration(std::string_view text, std::int64_t* duration_ms);

}  // namespace core

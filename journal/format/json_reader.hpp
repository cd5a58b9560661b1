// A strict reader of one line of compact JSON, from left to right and without a tree. Invariant:
// it accepts only compact JSON (no blanks between tokens) in valid UTF-8, and every error names
// its byte. Nothing in the line is trusted: depth and length are bounded.
#pragma once

#include <charconv>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace journal {

struct JsonError {
  std::size_t at = 0;  // byte in the line, from 0
  std::string what;
};

class JsonReader {
 public:
  // `text` must outlive the reader. Throws JsonError, as every function here does.
  explicit JsonReader(std::string_view text);

  // begin_object, then next_key until it returns false; each key's value must be read or skipped
  // before the next one. The key stays valid until the next call.
  void begin_object();
  bool next_key(std::string_view* key);
  // True if the next key is this one; it is then read. Lines have their fields in one order, so
  // this nearly always avoids the search for the name.
  template <std::size_t N>
  bool try_key(const char (&name)[N]) {
    const std::size_t at = at_ + (first_ ? 0 : 1);  // a comma, or nothing before the first
    const std::size_t after = at + N + 1;           // N counts the name and its NUL: two quotes
    if (after >= text_.size() || (!first_ && text_[at_] != ',')) return false;
    const char* begin = text_.data() + at;
    if (begin[0] != '"' || std::memcmp(begin + 1, name, N - 1) != 0) return false;
    if (begin[N] != '"' || begin[N + 1] != ':') return false;
    at_ = after + 1;
    first_ = false;
    return true;
  }
  // begin_array, then next_element until it returns false.
  void begin_array();
  bool next_element();

  void read(std::string& to);
  void read(bool& to);
  // Whole numbers only: a fraction, an exponent or a value out of range is an error, never rounded.
  template <std::integral N>
  requires(!std::same_as<N, bool>) void read(N& to) {
    const std::string_view digits = number();
    const auto result = std::from_chars(digits.data(), digits.data() + digits.size(), to);
    if (result.ec != std::errc{} || result.ptr != digits.data() + digits.size()) {
      fail("not an integer, or out of range");
    }
  }
  // A string without escapes, or one unescaped into a buffer that the next call overwrites.
  std::string_view text();
  void skip_value();
  // REQUIRES: the outermost value was read. Fails if anything follows it.
  void end();

  std::size_t position() const { return at_; }
  [[noreturn]] void fail(std::string what) const;

 private:
  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  void expect(char c) {
    if (at_ >= text_.size() || text_[at_] != c) fail_expected(c);
    ++at_;
  }
  [[noreturn]] void fail_expected(char c) const;
  std::size_t plain_end(std::size_t at) const;
  void expect_word(std::string_view word);
  std::string_view number();
  void unescape();
  unsigned hex4();
  void skip_value(int depth);

  std::string_view text_;
  std::size_t at_ = 0;
  bool first_ = false;  // no member of the innermost object or array was read yet
  std::string unescaped_;
};

}  // namespace journal

// Tokens, numbers and escapes; see the header.
#include "journal/format/json_reader.hpp"

#include <bit>
#include <cstring>
#include <utility>

#include "core/text.hpp"

namespace journal {

namespace {

constexpr int kDepthMax = 32;

// The high bit of each byte that ends plain text: a quote, a backslash or a control character. Only
// the lowest such bit is exact (the subtractions borrow), and only that one is used.
std::uint64_t specials(std::uint64_t word) {
  constexpr std::uint64_t kOnes = 0x0101010101010101U;
  constexpr std::uint64_t kHighs = 0x8080808080808080U;
  const auto zeros = [](std::uint64_t w) { return (w - kOnes) & ~w & kHighs; };
  const std::uint64_t controls = (word - kOnes * 0x20) & ~word & kHighs;
  return zeros(word ^ (kOnes * '"')) | zeros(word ^ (kOnes * '\\')) | controls;
}

void append_utf8(std::string& out, unsigned code) {
  const auto put = [&](unsigned byte) { out += static_cast<char>(byte); };
  if (code < 0x80) {
    put(code);
  } else if (code < 0x800) {
    put(0xC0 | (code >> 6));
    put(0x80 | (code & 0x3F));
  } else if (code < 0x10000) {
    put(0xE0 | (code >> 12));
    put(0x80 | ((code >> 6) & 0x3F));
    put(0x80 | (code & 0x3F));
  } else {
    put(0xF0 | (code >> 18));
    put(0x80 | ((code >> 12) & 0x3F));
    put(0x80 | ((code >> 6) & 0x3F));
    put(0x80 | (code & 0x3F));
  }
}

}  // namespace

JsonReader::JsonReader(std::string_view text) : text_(text) {
  if (!core::is_valid_utf8(text)) fail("invalid UTF-8");
}

void JsonReader::fail(std::string what) const { throw JsonError{at_, std::move(what)}; }

void JsonReader::fail_expected(char c) const {
  fail(std::string("expected '") + c + (at_ < text_.size() ? "'" : "', but the line ends"));
}

void JsonReader::expect_word(std::string_view word) {
  if (text_.substr(at_, word.size()) != word) fail("unknown literal");
  at_ += word.size();
}

void JsonReader::begin_object() {
  expect('{');
  first_ = true;
}

bool JsonReader::next_key(std::string_view* key) {
  const bool first = std::exchange(first_, false);
  if (peek() == '}') {
    ++at_;
    return false;
  }
  if (!first) expect(',');
  *key = text();
  expect(':');
  return true;
}

void JsonReader::begin_array() {
  expect('[');
  first_ = true;
}

bool JsonReader::next_element() {
  const bool first = std::exchange(first_, false);
  if (peek() == ']') {
    ++at_;
    return false;
  }
  if (!first) expect(',');
  return true;
}

// Where the plain text that begins at `at` ends: at a quote,
// a backslash, a control character or the end of the line.
std::size_t JsonReader::plain_end(std::size_t at) const {
  std::uint64_t word = 0;
  while (text_.size() - at >= sizeof word) {
    std::memcpy(&word, text_.data() + at, sizeof word);
    if (const std::uint64_t found = specials(word); found != 0) {
      if constexpr (std::endian::native != std::endian::little) break;
      return at + static_cast<std::size_t>(std::countr_zero(found)) / 8;
    }
    at += sizeof word;
  }
  const auto ends = [](char c) {
    return c == '"' || c == '\\' || static_cast<unsigned char>(c) < 0x20;
  };
  while (at < text_.size() && !ends(text_[at])) ++at;
  return at;
}

std::string_view JsonReader::text() {
  expect('"');
  const std::size_t begin = at_;
  at_ = plain_end(at_);
  if (peek() == '"') return text_.substr(begin, at_++ - begin);
  unescaped_.assign(text_, begin, at_ - begin);
  while (peek() == '\\') {
    ++at_;
    unescape();
    const std::size_t from = at_;
    at_ = plain_end(at_);
    unescaped_.append(text_, from, at_ - from);
  }
  if (at_ >= text_.size()) fail("unterminated string");
  if (text_[at_] != '"') fail("control character in a string");
  ++at_;
  return unescaped_;
}

// The escape after a backslash.
void JsonReader::unescape() {
  const char kind = peek();
  ++at_;
  switch (kind) {
    case '"':
    case '\\':
    case '/':
      unescaped_ += kind;
      return;
    case 'b':
      unescaped_ += '\b';
      return;
    case 'f':
      unescaped_ += '\f';
      return;
    case 'n':
      unescaped_ += '\n';
      return;
    case 'r':
      unescaped_ += '\r';
      return;
    case 't':
      unescaped_ += '\t';
      return;
    case 'u':
      break;
    default:
      --at_;
      fail("unknown escape");
  }
  unsigned code = hex4();
  if (code >= 0xDC00 && code <= 0xDFFF) fail("unpaired surrogate");
  if (code >= 0xD800 && code <= 0xDBFF) {
    expect('\\');
    expect('u');
    const unsigned low = hex4();
    if (low < 0xDC00 || low > 0xDFFF) fail("unpaired surrogate");
    code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
  }
  append_utf8(unescaped_, code);
}

unsigned JsonReader::hex4() {
  unsigned code = 0;
  for (int i = 0; i < 4; ++i, ++at_) {
    const char c = peek();
    const bool digit = c >= '0' && c <= '9';
    const char letter = static_cast<char>(c | 0x20);
    if (!digit && (letter < 'a' || letter > 'f')) fail("\\u without four hex digits");
    code = code * 16 + static_cast<unsigned>(digit ? c - '0' : letter - 'a' + 10);
  }
  return code;
}

void JsonReader::read(std::string& to) { to.assign(text()); }

void JsonReader::read(bool& to) {
  to = peek() == 't';
  expect_word(to ? "true" : "false");
}

// The characters of a JSON number, which the caller converts.
std::string_view JsonReader::number() {
  const std::size_t begin = at_;
  const auto digits = [&] {
    const std::size_t from = at_;
    while (peek() >= '0' && peek() <= '9') ++at_;
    if (at_ == from) fail("expected a number");
    return text_.substr(from, at_ - from);
  };
  if (peek() == '-') ++at_;
  if (const std::string_view whole = digits(); whole.size() > 1 && whole.front() == '0') {
    fail("number with a leading zero");
  }
  if (peek() == '.') {
    ++at_;
    digits();
  }
  if (peek() == 'e' || peek() == 'E') {
    ++at_;
    if (peek() == '+' || peek() == '-') ++at_;
    digits();
  }
  return text_.substr(begin, at_ - begin);
}

void JsonReader::skip_value() { skip_value(0); }

void JsonReader::skip_value(int depth) {
  if (depth > kDepthMax) fail("nested too deeply");
  std::string_view key;
  switch (peek()) {
    case '"':
      text();
      return;
    case '{':
      begin_object();
      while (next_key(&key)) skip_value(depth + 1);
      return;
    case '[':
      begin_array();
      while (next_element()) skip_value(depth + 1);
      return;
    case 't':
      expect_word("true");
      return;
    case 'f':
      expect_word("false");
      return;
    case 'n':
      expect_word("null");
      return;
    default:
      number();
      return;
  }
}

void JsonReader::end() {
  if (at_ != text_.size()) fail("data after the end of the record");
}

}  // namespace journal

// Writing and reading lines, both driven by journal/format/fields.hpp; see the header.
#include "journal/format/record.hpp"

#include <array>
#include <charconv>
#include <cstdint>
#include <utility>

#include "core/run_state.hpp"
#include "core/text.hpp"
#include "journal/format/enums.hpp"
#include "journal/format/fields.hpp"
#include "journal/format/json_reader.hpp"

namespace journal {

namespace {

// ---- writing -----------------------------------------------------------------------------------

// REQUIRES: valid UTF-8.
void write_clean(std::string& out, std::string_view text) {
  out += '"';
  std::size_t plain = 0;  // where the text that needs no escape begins
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && c != '"' && c != '\\' && byte != 0x7F) continue;
    out.append(text, plain, i - plain);
    plain = i + 1;
    switch (c) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\t':
        out += "\\t";
        break;
      case '\r':
        out += "\\r";
        break;
      default:
        out += "\\u00";
        out += core::kHexDigits[byte >> 4];
        out += core::kHexDigits[byte & 15];
    }
  }
  out.append(text, plain);
  out += '"';
}

void write(std::string& out, std::string_view text) {
  if (core::is_valid_utf8(text)) {
    write_clean(out, text);
  } else {
    write_clean(out, core::clean_utf8(text, core::Nul::kept));
  }
}
void write(std::string& out, const std::string& text) { write(out, std::string_view(text)); }
void write(std::string& out, bool value) { out += value ? "true" : "false"; }
template <std::integral N>
requires(!std::same_as<N, bool>) void write(std::string& out, N value) {
  char buffer[24];
  out.append(buffer, std::to_chars(buffer, buffer + sizeof buffer, value).ptr);
}
template <Named E>
void write(std::string& out, E value) {
  write(out, EnumNames<E>::name(value));
}

template <HasFields T>
void write(std::string& out, const T& value);

template <class T>
void write(std::string& out, const std::vector<T>& list) {
  out += '[';
  for (std::size_t i = 0; i < list.size(); ++i) {
    if (i > 0) out += ',';
    write(out, list[i]);
  }
  out += ']';
}

template <class T>
void write_fields(std::string& out, const T& value, bool first) {
  fields(value, [&](const char* name, const auto& member) {
    if (!first) out += ',';
    first = false;
    out += '"';
    out += name;
    out += "\":";
    write(out, member);
  });
}

template <HasFields T>
void write(std::string& out, const T& value) {
  out += '{';
  write_fields(out, value, true);
  out += '}';
}

void write_intents(std::string& out, const std::vector<core::Effect>& intents) {
  out += ",\"intents\":[";
  for (std::size_t i = 0; i < intents.size(); ++i) {
    out += i == 0 ? "{\"type\":" : ",{\"type\":";
    write(out, core::tag_of(intents[i]));
    std::visit([&](const auto& effect) { write_fields(out, effect, false); }, intents[i]);
    out += '}';
  }
  out += ']';
}

std::string write_open(const core::Record& record) {
  std::string out;
  out.reserve(1'024);
  out += "{\"seq\":";
  write(out, record.fact.seq);
  out += ",\"time\":";
  write(out, core::iso_time(record.fact.time_ms));
  out += ",\"epoch\":";
  write(out, record.fact.epoch);
  out += ",\"type\":";
  write(out, core::tag_of(record.fact.body));
  std::visit([&](const auto& fact) { write_fields(out, fact, false); }, record.fact.body);
  write_intents(out, record.intents);
  return out;
}

// ---- reading -----------------------------------------------------------------------------------

struct UnknownType {
  std::string what;
};

template <class T>
void read(JsonReader& in, T& to) {
  in.read(to);
}
template <Named E>
void read(JsonReader& in, E& to) {
  const std::string_view text = in.text();
  for (const E value : EnumNames<E>::kAll) {
    if (EnumNames<E>::name(value) == text) {
      to = value;
      return;
    }
  }
  in.fail("unknown " + std::string(EnumNames<E>::kWhat) + " '" + core::printable(text) + "'");
}

template <HasFields T>
void read(JsonReader& in, T& to);

template <class T>
void read(JsonReader& in, std::vector<T>& to) {
  in.begin_array();
  while (in.next_element()) read(in, to.emplace_back());
}

// Which fields of an object were read: a duplicate is an error,
// since two readers could take different ones.
using Seen = std::uint32_t;

// Reads the fields that stand in the order of the format, which is nearly always all of them.
template <class T>
Seen read_ordered(JsonReader& in, T& to) {
  Seen seen = 0;
  Seen bit = 1;
  fields(to, [&]<std::size_t N>(const char(&name)[N], auto& member) {
    if (in.try_key(name)) {
      seen |= bit;
      read(in, member);
    }
    bit <<= 1;
  });
  return seen;
}

// Reads the value of `key` if it is one of the fields.
template <class T>
bool read_field(JsonReader& in, std::string_view key, T& to, Seen& seen) {
  Seen bit = 1;
  bool found = false;
  fields(to, [&](const char* name, auto& member) {
    if (!found && key == name) {
      found = true;
      if ((seen & bit) != 0) in.fail(std::string("duplicate field ") + name);
      seen |= bit;
      read(in, member);
    }
    bit <<= 1;
  });
  return found;
}

template <class T>
void read_rest(JsonReader& in, T& to) {
  Seen seen = read_ordered(in, to);
  std::string_view key;
  while (in.next_key(&key)) {
    if (!read_field(in, key, to, seen)) in.skip_value();
  }
}

template <HasFields T>
void read(JsonReader& in, T& to) {
  in.begin_object();
  read_rest(in, to);
}

// The alternative with this tag, default-made.
template <class Body>
Body make(std::string_view tag) {
  static const auto table = []<class... T>(std::variant<T...>*) {
    using Maker = Body (*)();
    return std::array{std::pair<std::string_view, Maker>{core::tag_of(Body(T())),
                                                         +[]() -> Body { return T(); }}...};
  }(static_cast<typename Body::Any*>(nullptr));
  for (const auto& [name, maker] : table) {
    if (name == tag) return maker();
  }
  throw UnknownType{"unknown type '" + core::printable(tag) + "'"};
}

template <std::size_t N, class T>
void read_named(JsonReader& in, const char (&name)[N], T& to) {
  if (!in.try_key(name)) in.fail(std::string("expected the field ") + name);
  read(in, to);
}

core::Effect read_intent(JsonReader& in) {
  in.begin_object();
  if (!in.try_key("type")) in.fail("expected the field type first in an intent");
  core::Effect effect = make<core::Effect>(in.text());
  std::visit([&](auto& body) { read_rest(in, body); }, effect);
  return effect;
}

template <class T>
void read_body(JsonReader& in, T& body, Decoded& result) {
  Seen seen = read_ordered(in, body);
  std::string_view key;
  bool has_intents = false;
  bool has_prev = false;
  while (in.next_key(&key)) {
    if (key == "intents") {
      if (std::exchange(has_intents, true)) in.fail("duplicate field intents");
      in.begin_array();
      while (in.next_element()) result.record.intents.push_back(read_intent(in));
    } else if (key == "prev") {
      if (std::exchange(has_prev, true)) in.fail("duplicate field prev");
      read(in, result.prev);
    } else if (!read_field(in, key, body, seen)) {
      in.skip_value();
    }
  }
  if (!has_intents || !has_prev) in.fail(has_prev ? "missing field intents" : "missing field prev");
}

void read_record(JsonReader& in, Decoded& result) {
  core::Fact& fact = result.record.fact;
  in.begin_object();
  read_named(in, "seq", fact.seq);
  if (!in.try_key("time") || !core::parse_iso_time(in.text(), &fact.time_ms)) {
    in.fail("expected the field time, as in 2026-11-23T10:15:00.123Z");
  }
  read_named(in, "epoch", fact.epoch);
  if (!in.try_key("type")) in.fail("expected the field type");
  fact.body = make<core::FactBody>(in.text());
  std::visit([&](auto& body) { read_body(in, body, result); }, fact.body);
  in.end();
}

}  // namespace

std::string encode(const core::Record& record, std::string_view prev) {
  std::string line = write_open(record);
  line += ",\"prev\":";
  write(line, prev);
  line += '}';
  return line;
}

std::string to_json(const core::Record& record) { return write_open(record) + "}"; }

Decoded decode(std::string_view line) {
  Decoded result;
  std::size_t at = 0;
  const auto fail = [&](const std::string& what) {
    result.error = what + " (byte " + std::to_string(at) + ")";
    result.record.intents.clear();
  };
  try {
    JsonReader in(line);
    try {
      read_record(in, result);
    } catch (const UnknownType& unknown) {
      at = in.position();
      result.unknown_type = true;
      fail(unknown.what);
    }
  } catch (const JsonError& bad) {
    at = bad.at;
    fail(bad.what);
  }
  return result;
}

}  // namespace journal

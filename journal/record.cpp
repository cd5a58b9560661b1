// Writing and reading lines, both driven by journal/fields.hpp; see the header.
#include "journal/record.hpp"

#include <array>
#include <boost/json.hpp>
#include <charconv>
#include <optional>
#include <utility>

#include "core/run_state.hpp"
#include "core/text.hpp"
#include "journal/fields.hpp"

namespace journal {

namespace json = boost::json;

namespace {

// ---- writing -----------------------------------------------------------------------------------

void write(std::string& out, std::string_view text) {
  static constexpr char kHex[] = "0123456789abcdef";
  out += '"';
  for (const char c : text) {
    switch (c) {
      case '"': out += "\\\""; break;
      case '\\': out += "\\\\"; break;
      case '\n': out += "\\n"; break;
      case '\t': out += "\\t"; break;
      case '\r': out += "\\r"; break;
      default:
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) {
          out += "\\u00";
          out += kHex[static_cast<unsigned char>(c) >> 4];
          out += kHex[static_cast<unsigned char>(c) & 15];
        } else {
          out += c;
        }
    }
  }
  out += '"';
}
// A line is always valid UTF-8, whatever a caller forgot to clean.
void write(std::string& out, const std::string& text) {
  write(out, std::string_view(core::clean_utf8(text)));
}
void write(std::string& out, bool value) { out += value ? "true" : "false"; }
template <std::integral N>
  requires(!std::same_as<N, bool>)
void write(std::string& out, N value) {
  char buffer[24];
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, value).ptr;
  out.append(buffer, end);
}
void write(std::string& out, core::Finding finding) { write(out, core::name_of(finding)); }
void write(std::string& out, core::ApiVia via) {
  write(out, std::string_view(via == core::ApiVia::workstation ? "workstation" : "recovery_host"));
}

template <class T>
concept HasFields = requires(const T& value) { fields(value, [](const char*, const auto&) {}); };

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
  out.reserve(512);
  out += "{\"seq\":";
  write(out, record.fact.seq);
  out += ",\"time\":";
  write(out, std::string_view(core::iso_time(record.fact.time_ms)));
  out += ",\"epoch\":";
  write(out, record.fact.epoch);
  out += ",\"type\":";
  write(out, core::tag_of(record.fact.body));
  std::visit([&](const auto& fact) { write_fields(out, fact, false); }, record.fact.body);
  write_intents(out, record.intents);
  return out;
}

// ---- reading -----------------------------------------------------------------------------------

struct BadLine {
  std::string what;
};

void read(const json::value& from, std::string& to, const char* name) {
  const json::string* text = from.if_string();
  if (text == nullptr) throw BadLine{std::string(name) + " is not a text"};
  to.assign(text->data(), text->size());
}
void read(const json::value& from, bool& to, const char* name) {
  const bool* value = from.if_bool();
  if (value == nullptr) throw BadLine{std::string(name) + " is not true or false"};
  to = *value;
}
template <std::integral N>
  requires(!std::same_as<N, bool>)
void read(const json::value& from, N& to, const char* name) {
  boost::system::error_code error;
  to = from.to_number<N>(error);
  if (error) throw BadLine{std::string(name) + " is not a number of its kind"};
}
void read(const json::value& from, core::Finding& to, const char* name) {
  std::string text;
  read(from, text, name);
  for (const core::Finding finding : {core::Finding::never_began, core::Finding::running,
                                      core::Finding::killed, core::Finding::rebooted}) {
    if (core::name_of(finding) == text) {
      to = finding;
      return;
    }
  }
  throw BadLine{std::string(name) + " has the unknown value '" + text + "'"};
}
void read(const json::value& from, core::ApiVia& to, const char* name) {
  std::string text;
  read(from, text, name);
  if (text != "workstation" && text != "recovery_host") {
    throw BadLine{std::string(name) + " has the unknown value '" + text + "'"};
  }
  to = text == "workstation" ? core::ApiVia::workstation : core::ApiVia::recovery_host;
}

template <HasFields T>
void read(const json::value& from, T& to, const char* name);

template <class T>
void read(const json::value& from, std::vector<T>& to, const char* name) {
  const json::array* list = from.if_array();
  if (list == nullptr) throw BadLine{std::string(name) + " is not a list"};
  to.resize(list->size());
  for (std::size_t i = 0; i < to.size(); ++i) read((*list)[i], to[i], name);
}

template <class T>
void read_fields(const json::object& from, T& to) {
  fields(to, [&](const char* name, auto& member) {
    if (const json::value* value = from.if_contains(name)) read(*value, member, name);
  });
}

template <HasFields T>
void read(const json::value& from, T& to, const char* name) {
  const json::object* object = from.if_object();
  if (object == nullptr) throw BadLine{std::string(name) + " is not an object"};
  read_fields(*object, to);
}

// The position of the alternative with this tag.
template <class Variant>
std::size_t index_of(std::string_view tag) {
  static const auto tags = []<std::size_t... I>(std::index_sequence<I...>) {
    return std::array{core::tag_of(Variant{std::in_place_index<I>})...};
  }(std::make_index_sequence<std::variant_size_v<Variant>>());
  for (std::size_t i = 0; i < tags.size(); ++i) {
    if (tags[i] == tag) return i;
  }
  throw BadLine{"unknown type '" + std::string(tag) +
                "': written by another version of restorectl?"};
}

template <class Variant>
Variant make(std::string_view tag) {
  static constexpr auto makers = []<std::size_t... I>(std::index_sequence<I...>) {
    return std::array<Variant (*)(), sizeof...(I)>{
        +[]() -> Variant { return Variant{std::in_place_index<I>}; }...};
  }(std::make_index_sequence<std::variant_size_v<Variant>>());
  return makers[index_of<Variant>(tag)]();
}

const json::value& need(const json::object& object, const char* name) {
  const json::value* value = object.if_contains(name);
  if (value == nullptr) throw BadLine{std::string("no field ") + name};
  return *value;
}

std::string_view tag_in(const json::object& object) {
  const json::string* tag = need(object, "type").if_string();
  if (tag == nullptr) throw BadLine{"type is not a text"};
  return {tag->data(), tag->size()};
}

Decoded read_record(const json::object& object) {
  Decoded result;
  core::Fact& fact = result.record.fact;
  read(need(object, "seq"), fact.seq, "seq");
  const json::string* time = need(object, "time").if_string();
  if (time == nullptr || !core::parse_iso_time({time->data(), time->size()}, &fact.time_ms)) {
    throw BadLine{"time is not of the form 2026-11-23T10:15:00.123Z"};
  }
  read(need(object, "epoch"), fact.epoch, "epoch");
  fact.body = make<core::FactBody>(tag_in(object));
  std::visit([&](auto& body) { read_fields(object, body); }, fact.body);
  const json::array* intents = need(object, "intents").if_array();
  if (intents == nullptr) throw BadLine{"intents is not a list"};
  for (const json::value& item : *intents) {
    const json::object* intent = item.if_object();
    if (intent == nullptr) throw BadLine{"an intent is not an object"};
    core::Effect effect = make<core::Effect>(tag_in(*intent));
    std::visit([&](auto& body) { read_fields(*intent, body); }, effect);
    result.record.intents.push_back(std::move(effect));
  }
  read(need(object, "prev"), result.prev, "prev");
  return result;
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
  // Lines are short-lived trees: one arena for each, on the stack for the usual sizes.
  unsigned char buffer[16'384];
  json::monotonic_resource arena(buffer, sizeof buffer);
  boost::system::error_code error;
  const json::value value = json::parse(line, error, &arena);
  Decoded result;
  if (error) {
    result.error = "it is not JSON (" + error.message() + ")";
    return result;
  }
  const json::object* object = value.if_object();
  if (object == nullptr) {
    result.error = "it is not a JSON object";
    return result;
  }
  try {
    return read_record(*object);
  } catch (const BadLine& bad) {
    result.error = bad.what;
    return result;
  }
}

}  // namespace journal

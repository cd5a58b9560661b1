// Walks a default-made value of each type; see the header.
#include "journal/format/schema.hpp"

#include <concepts>
#include <limits>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "core/run_state.hpp"
#include "journal/format/enums.hpp"
#include "journal/format/fields.hpp"

namespace journal {

namespace {

std::string line_break(int depth) {
  return "\n" + std::string(2 * static_cast<unsigned>(depth), ' ');
}

std::string quoted(std::string_view plain) { return '"' + std::string(plain) + '"'; }

// ---- a schema for a member, by its C++ type; `depth` is its indentation ------------------------

std::string schema_of(const std::string&, int) { return R"({"type": "string"})"; }
std::string schema_of(bool, int) { return R"({"type": "boolean"})"; }

template <std::integral N>
requires(!std::same_as<N, bool>) std::string integer_from(N minimum) {
  return R"({"type": "integer", "minimum": )" + std::to_string(minimum) + R"(, "maximum": )" +
         std::to_string(std::numeric_limits<N>::max()) + "}";
}
template <std::integral N>
requires(!std::same_as<N, bool>) std::string schema_of(N, int) {
  return integer_from(std::numeric_limits<N>::min());
}

template <Named E>
std::string schema_of(E, int) {
  std::string names;
  for (const E value : EnumNames<E>::kAll) {
    names += (names.empty() ? "" : ", ") + quoted(EnumNames<E>::name(value));
  }
  return "{\"enum\": [" + names + "]}";
}

template <HasFields T>
std::string schema_of(const T& value, int depth);

template <class T>
std::string schema_of(const std::vector<T>&, int depth) {
  return R"({"type": "array", "items": )" + schema_of(T{}, depth) + "}";
}

// "properties" of a type's own fields, and those before them.
template <HasFields T>
std::string properties_of(const T& value, int depth, std::string first = {}) {
  std::string text = std::move(first);
  fields(value, [&](const char* name, const auto& member) {
    text += (text.empty() ? "" : ",") + line_break(depth + 1) + quoted(name) + ": " +
            schema_of(member, depth + 1);
  });
  return text.empty() ? "\"properties\": {}" : "\"properties\": {" + text + line_break(depth) + "}";
}

template <HasFields T>
std::string schema_of(const T& value, int depth) {
  return R"({"type": "object", "additionalProperties": true, )" + properties_of(value, depth) + "}";
}

// ---- facts and intents --------------------------------------------------------------------------

// Calls f(tag, default-made value) for each alternative of a FactBody or an Effect.
template <class Body, class F>
void each_type(F&& f) {
  [&]<class... T>(std::variant<T...>*) {
    (f(core::tag_of(Body(T())), T()), ...);
  }(static_cast<typename Body::Any*>(nullptr));
}

template <class Body>
std::string tags_of() {
  std::string tags;
  each_type<Body>(
      [&](std::string_view tag, const auto&) { tags += (tags.empty() ? "" : ", ") + quoted(tag); });
  return "{\"enum\": [" + tags + "]}";
}

// What picks the fields by the type.
template <class Body>
std::string choice(std::string_view kind, int depth) {
  std::string text;
  each_type<Body>([&](std::string_view tag, const auto&) {
    text += (text.empty() ? "" : ",") + line_break(depth + 1);
    text += R"({"if": {"properties": {"type": {"const": )" + quoted(tag) + "}}}, ";
    text += R"("then": {"$ref": "#/$defs/)" + std::string(kind) + "." + std::string(tag) + "\"}}";
  });
  return "\"allOf\": [" + text + line_break(depth) + "]";
}

template <class Body>
std::string definitions(std::string_view kind) {
  std::string text;
  each_type<Body>([&](std::string_view tag, const auto& value) {
    text += "," + line_break(2) + quoted(std::string(kind) + "." + std::string(tag)) + ": {" +
            properties_of(value, 2) + "}";
  });
  return text;
}

std::string envelope() {
  std::string text;
  const auto add = [&text](std::string_view name, const std::string& schema) {
    text += (text.empty() ? "" : ",") + line_break(2) + quoted(name) + ": " + schema;
  };
  add("seq", integer_from(std::uint64_t{1}));
  add("time", R"({"type": "string", "pattern": )"
              R"("^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{3}Z$"})");
  add("epoch", integer_from(std::uint64_t{1}));
  add("type", tags_of<core::FactBody>());
  add("intents", R"({"type": "array", "items": {"$ref": "#/$defs/intent"}})");
  add("prev", R"({"type": "string", "pattern": "^[0-9a-f]{64}$"})");
  return "\"properties\": {" + text + line_break(1) + "}";
}

}  // namespace

std::string schema_json() {
  std::string text = R"({
  "$schema": "https://json-schema.org/draft/2020-12/schema",
  "$id": "urn:restorectl:journal-line",
  "title": "A line of a restorectl journal",
  "description": "What a reader accepts; docs/journal-format.md explains it. Printed by: restorectl docs schema",
  "type": "object",
  "required": ["seq", "time", "epoch", "type", "intents", "prev"],
  "additionalProperties": true,
  )";
  text += envelope() + "," + line_break(1) + choice<core::FactBody>("fact", 1) + "," +
          line_break(1) + "\"$defs\": {" + line_break(2);
  text += R"("intent": {"type": "object", "required": ["type"], "additionalProperties": true, )";
  text += "\"properties\": {\"type\": " + tags_of<core::Effect>() + "}," + line_break(3);
  text += choice<core::Effect>("intent", 3) + "}";
  text += definitions<core::FactBody>("fact") + definitions<core::Effect>("intent");
  return text + line_break(1) + "}\n}\n";
}

}  // namespace journal

// Words of an operator; see the header.
#include "states/steps/operator_words.hpp"

#include "states/steps/object_name.hpp"
#include "states/steps/reading.hpp"

namespace states {

namespace json = boost::json;

std::string words_of_list(const json::value& document, std::string_view key,
                          std::string_view before, std::string_view name) {
  const json::array* list = array_at(document, key);
  if (list == nullptr) return {};
  std::string words;
  for (const json::value& one : *list) {
    words += std::string(before) + brief(text_at(one, name), kObjectNameMax);
    if (const std::int64_t revision = number_at(one, "revision"); revision > 0)
      words += " at revision " + std::to_string(revision);
    if (const std::string reason = text_at(one, "reason"); !reason.empty())
      words += " (" + brief(reason, 80) + ")";
    if (const std::string message = text_at(one, "message"); !message.empty())
      words += ": " + brief(message, 300);
  }
  words = brief(words, 1'500);
  const std::int64_t left_out = number_at(document, std::string(key) + "_left_out");
  return left_out > 0 ? words + "; and " + std::to_string(left_out) + " more like these" : words;
}

std::string words_of_degraded(const json::value& document) {
  return words_of_list(document, "degraded", "; the operator reports ", "type");
}

std::string words_of_progress(const json::value& document) {
  return words_of_list(document, "progressing", "; the operator is at work: ", "type");
}

std::string etcd_operator_note(std::string_view printed) {
  const Lines lines = read_lines(printed);
  const auto document = read_json(value_of(lines, "operator"));
  return document ? words_of_degraded(*document) + words_of_progress(*document) : std::string();
}

}  // namespace states

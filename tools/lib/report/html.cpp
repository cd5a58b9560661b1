// The page: a template with a policy, a style, a script and the data; see the header.
#include "core/digest.hpp"
#include "core/text.hpp"
#include "tools/lib/report/report.hpp"

namespace report {

// Made by cmake/embed.cmake from tools/lib/report/page.
extern const char kPagehtml[];
extern const char kPagecss[];
extern const char kPagejs[];

namespace {

// What a Content-Security-Policy calls 'sha256-…'.
std::string source_hash(const std::string& text) {
  core::Sha256 digest;
  digest.update(text);
  return "'sha256-" + core::base64_of(digest.bytes()) + "'";
}

std::string escape(const std::string& text) {
  std::string safe;
  for (const char c : text) {
    switch (c) {
      case '<':
        safe += "&lt;";
        break;
      case '>':
        safe += "&gt;";
        break;
      case '&':
        safe += "&amp;";
        break;
      case '"':
        safe += "&quot;";
        break;
      default:
        safe += c;
    }
  }
  return safe;
}

// The template with each @NAME@ exchanged, in one pass: what is put in is not looked at again.
template <std::size_t N>
std::string filled(const std::string& text,
                   const std::array<std::pair<std::string, std::string>, N>& values) {
  std::string out;
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t mark = text.find('@', at);
    if (mark == std::string::npos) break;
    out.append(text, at, mark - at);
    at = mark;
    for (const auto& [name, value] : values) {
      if (text.compare(mark, name.size(), name) != 0) continue;
      out += value;
      at = mark + name.size();
      break;
    }
    if (at == mark) out += text[at++];
  }
  out.append(text, at, std::string::npos);
  return out;
}

}  // namespace

std::string for_script(const std::string& json) {
  std::string safe;
  safe.reserve(json.size() + json.size() / 16);
  for (std::size_t i = 0; i < json.size(); ++i) {
    const char c = json[i];
    if (c == '<' || c == '>' || c == '&') {
      safe += "\\u00" + core::hex_of({&c, 1});
    } else if (json.compare(i, 3, "\xe2\x80\xa8") == 0 || json.compare(i, 3, "\xe2\x80\xa9") == 0) {
      safe += json[i + 2] == '\xa8' ? "\\u2028" : "\\u2029";
      i += 2;
    } else {
      safe += c;
    }
  }
  return safe;
}

std::string to_html(const Report& report) {
  const std::string style = kPagecss;
  const std::string script = kPagejs;
  const std::string policy = "default-src 'none'; script-src " + source_hash(script) +
                             "; style-src " + source_hash(style) +
                             "; base-uri 'none'; form-action 'none'";
  const core::RunState& state = report.story.state;
  const std::string title =
      "Restore of " + (state.start == nullptr
                           ? std::string("?")
                           : state.start->inventory.cluster + ", run " + state.start->run_id);
  return filled(std::string(kPagehtml), std::array<std::pair<std::string, std::string>, 5>{
                                            {{"@CSP@", policy},
                                             {"@TITLE@", escape(title)},
                                             {"@STYLE@", style},
                                             {"@DATA@", for_script(to_json(report))},
                                             {"@SCRIPT@", script}}});
}

}  // namespace report

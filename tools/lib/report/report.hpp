// Report: a run's story as one file that people look at, offline: a page, Markdown, or JSON.
// Invariant: what the journal says is text in each of them, never markup or script; the page
// fetches nothing, and its security policy admits no script but its own.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tools/lib/postmortem/history.hpp"
#include "tools/lib/postmortem/story.hpp"

namespace report {

// One fact as the list shows it.
struct FactLine {
  std::uint64_t seq = 0;
  std::int64_t time_ms = 0;
  std::string type;
  std::string host;  // may be empty
  std::string step;  // the same
  std::string words;
  bool failure = false;
};

struct Report {
  postmortem::Story story;
  postmortem::ChainVerdict verdict;
  std::vector<FactLine> facts;
  std::string tool_version;
};

// Each returns the whole file. The page is self-contained HTML.
std::string to_html(const Report& report);
std::string to_markdown(const Report& report);
std::string to_json(const Report& report);

// JSON that may stand within a script element: it holds no <, >, & and no line separator.
std::string for_script(const std::string& json);

}  // namespace report

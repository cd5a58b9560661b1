// A transition table as text: what diagrams, the checker's model and the tables' digest are printed
// from. Invariant: the rows come from the very types that the machines run on, never from a copy.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace states {

struct TableRow {
  std::string_view source;
  std::string_view event;
  std::string_view target;  // equals source for internal rows
  std::string_view action;  // empty where nothing is done
};

}  // namespace states

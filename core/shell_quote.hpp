// The one place where a value becomes part of a shell command.
// Invariant: sh reads the result back as exactly the value, whatever bytes it has.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace core {

// Returns the value in single quotes, or as it is where no byte of it means anything to a shell.
// Throws std::invalid_argument for a NUL, which no command line can carry.
std::string shell_quote(std::string_view value);

// The head of a script: a line `name=value` for each pair, its value quoted. Throws as shell_quote.
// REQUIRES: each name is one that sh takes.
std::string assignments(
    std::initializer_list<std::pair<std::string_view, std::string>> names_and_values);

}  // namespace core

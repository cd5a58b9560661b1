// How restorectl ends when it cannot go on. Invariant: whatever ends it has a code, and the code
// tells the exit code.
#pragma once

#include <stdexcept>
#include <string>

#include "tools/restorectl/error_codes.hpp"

namespace restorectl {

// An error that ends the program with that code and these words.
struct Failure : std::runtime_error {
  Failure(Code with, const std::string& what) : std::runtime_error(what), code(with) {}
  Code code;
};

}  // namespace restorectl

// What a job's id is called where a name has a limit: a directory, a unit, a file of a bundle.
// Invariant: a name is a function of the id alone, and an id that fits is its own name, so that
// whoever knows the id finds what was begun under it.
#pragma once

#include <cstddef>
#include <string>

namespace core {

// The id itself where it has at most `whole_max` bytes. Else its beginning and a part of its
// SHA-256, `cut_to` bytes in all.
// REQUIRES: 17 < cut_to <= whole_max.
std::string job_name(const std::string& job, std::size_t whole_max, std::size_t cut_to);

}  // namespace core

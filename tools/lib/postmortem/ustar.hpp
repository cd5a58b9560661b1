// ustar: the container of a bundle. Invariant: there is one way to write an entry, byte for byte,
// and an entry that is written otherwise is none; so two readers cannot understand one archive
// differently. That is more than a library for tar archives promises, and forty lines.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace postmortem {

inline constexpr std::size_t kTarBlock = 512;
inline constexpr std::uint64_t kTarSizeMax = 077777777777;  // eleven octal digits

// The header of a plain file: mode 0600, of user and group 0, of 1970. Names are at most 100 bytes.
std::array<char, kTarBlock> tar_header(std::string_view name, std::uint64_t size);

// Reads a header that tar_header() writes; false for any other block.
bool read_tar_header(const std::array<char, kTarBlock>& block, std::string* name,
                     std::uint64_t* size);

// Zeroes behind a content of that size, up to the next block.
inline std::size_t tar_padding(std::uint64_t size) {
  return (kTarBlock - static_cast<std::size_t>(size % kTarBlock)) % kTarBlock;
}

}  // namespace postmortem

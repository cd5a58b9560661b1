// See the header.
#include "tools/lib/postmortem/ustar.hpp"

#include <cstdio>
#include <cstring>
#include <numeric>

namespace postmortem {

std::array<char, kTarBlock> tar_header(std::string_view name, std::uint64_t size) {
  std::array<char, kTarBlock> block{};
  const auto put = [&block](std::size_t at, std::string_view text) {
    text.copy(block.data() + at, text.size());
  };
  put(0, name.substr(0, 100));
  put(100, "0000600");
  put(108, "0000000");
  put(116, "0000000");
  char octal[24];
  std::snprintf(octal, sizeof octal, "%011llo", static_cast<unsigned long long>(size));
  put(124, octal);
  put(136, "00000000000");
  put(148, "        ");
  put(156, "0");
  put(257, std::string_view("ustar\00000", 8));
  const unsigned sum = std::accumulate(block.begin(), block.end(), 0U, [](unsigned total, char c) {
    return total + static_cast<unsigned char>(c);
  });
  std::snprintf(octal, sizeof octal, "%06o", sum);
  put(148, std::string_view(octal, 7));  // with its NUL; the blank behind it stays
  return block;
}

bool read_tar_header(const std::array<char, kTarBlock>& block, std::string* name,
                     std::uint64_t* size) {
  name->assign(block.data(), ::strnlen(block.data(), 100));
  *size = 0;
  for (std::size_t i = 124; i < 135; ++i) {
    if (block[i] < '0' || block[i] > '7') return false;
    *size = *size * 8 + static_cast<std::uint64_t>(block[i] - '0');
  }
  return !name->empty() && block == tar_header(*name, *size);
}

}  // namespace postmortem

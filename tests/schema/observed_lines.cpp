// Linked into test programs: keeps the lines that journal::encode makes, so that a last test can
// validate them all (CMakeLists.txt here). Invariant: lines that differ only in what the schema
// cannot tell apart are kept once a program; a kept line is whole, whatever kills the program.
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <mutex>
#include <set>
#include <string>
#include <string_view>

#include "journal/format/chain.hpp"
#include "journal/format/record.hpp"

// The linker sends every call of journal::encode here (--wrap). Should its name ever change, no
// line is kept, and that test fails.
std::string real_encode(const core::Record& record,
                        std::string_view prev) asm("__real_" RESTORECTL_ENCODE);
std::string observed_encode(const core::Record& record,
                            std::string_view prev) asm("__wrap_" RESTORECTL_ENCODE);

namespace {

// A text as the schema sees it. Words of small letters could be an enum's values: they stay.
std::string_view class_of_text(std::string_view text) {
  const auto only = [&](std::string_view allowed) {
    return text.find_first_not_of(allowed) == std::string_view::npos;
  };
  if (text.size() == 64 && only("0123456789abcdef")) return "<digest>";
  if (text.size() <= 24 && only("abcdefghijklmnopqrstuvwxyz_")) return text;
  if (text.size() == 24 && text.back() == 'Z' && only("0123456789-:.TZ")) return "<time>";
  return "<text>";
}

std::string shape_of(std::string_view line) {
  std::string shape;
  for (std::size_t at = 0; at < line.size();) {
    if (line[at] == '"') {
      std::size_t end = at + 1;
      while (line[end] != '"') end += line[end] == '\\' ? 2U : 1U;
      shape += class_of_text(line.substr(at + 1, end - at - 1));
      at = end + 1;
    } else if (line[at] == '-' || (line[at] >= '0' && line[at] <= '9')) {
      const std::size_t end = line.find_first_not_of("-0123456789", at);
      const std::string_view number = line.substr(at, end - at);
      shape += number == "0"       ? "0"
               : number.size() > 4 ? "<many>"
               : number[0] == '-'  ? "<-n>"
                                   : "<n>";
      at = end;
    } else {
      shape += line[at++];
    }
  }
  return shape;
}

void keep(const std::string& path, std::string_view line) {
  const std::string partial = path + "." + std::to_string(::getpid());
  const int fd = ::open(partial.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (fd < 0) return;
  const bool whole = ::write(fd, line.data(), line.size()) == static_cast<ssize_t>(line.size());
  ::close(fd);
  if (whole) ::rename(partial.c_str(), path.c_str());
}

void observe(std::string_view line) {
  static const char* const directory = std::getenv("RESTORECTL_OBSERVED_LINES");
  if (directory == nullptr) return;
  static std::mutex mutex;
  static std::set<std::string> known;
  const std::string name = journal::sha256_hex(shape_of(line)).substr(0, 24);
  const std::lock_guard lock(mutex);
  if (!known.insert(name).second) return;
  const std::string path =
      std::string(directory) + "/" + program_invocation_short_name + "." + name + ".json";
  if (::access(path.c_str(), F_OK) != 0) keep(path, line);
}

}  // namespace

std::string observed_encode(const core::Record& record, std::string_view prev) {
  std::string line = real_encode(record, prev);
  observe(line);
  return line;
}

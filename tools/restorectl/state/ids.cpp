// See the header.
#include "tools/restorectl/state/ids.hpp"

#include <sys/random.h>

#include "core/text.hpp"
#include "tools/restorectl/errors.hpp"

namespace restorectl {

std::string random_bytes(std::size_t count) {
  std::string bytes(count, '\0');
  if (::getrandom(bytes.data(), count, 0) != static_cast<ssize_t>(count))
    throw Failure(Code::internal, "cannot get random bytes from the kernel");
  return bytes;
}

std::string new_run_id(std::int64_t now_ms) {
  std::string id;
  for (const char c : core::iso_time(now_ms).substr(0, 23)) {
    if (c >= '0' && c <= '9') id += c;
    if (c == 'T') id += 't';
  }
  return id + "z-" + core::hex_of(random_bytes(4));
}

std::string new_note_id() { return "n-" + core::hex_of(random_bytes(8)); }

}  // namespace restorectl

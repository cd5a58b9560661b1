// See the header.
#include "tools/restorectl/state/fingerprint.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "core/text.hpp"
#include "tools/restorectl/errors.hpp"
#include "tools/restorectl/state/descriptor.hpp"
#include "tools/restorectl/state/ids.hpp"
#include "tools/restorectl/state/state_directory.hpp"

namespace restorectl {

namespace {

using Key = std::array<unsigned char, 32>;

Key key_of(const std::string& run_id) {
  const std::string path = (run_directory(run_id) / "redaction.key").string();
  Key key{};
  if (const Descriptor known(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW)); known) {
    if (::read(known.get(), key.data(), key.size()) == ssize_t{key.size()}) return key;
  }
  const std::string random = random_bytes(key.size());
  std::copy(random.begin(), random.end(), key.begin());
  const Descriptor made(
      ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!made || ::write(made.get(), key.data(), key.size()) != ssize_t{key.size()} ||
      ::fsync(made.get()) != 0) {
    throw Failure(Code::journal_io, fmt::format("cannot write {}: {}; the run was not started",
                                                path, std::strerror(errno)));
  }
  return key;
}

}  // namespace

core::Fingerprint fingerprint_of(const std::string& run_id) {
  return [key = key_of(run_id)](std::string_view secret) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned size = 0;
    ::HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
           reinterpret_cast<const unsigned char*>(secret.data()), secret.size(), digest.data(),
           &size);
    return core::hex_of({reinterpret_cast<const char*>(digest.data()), std::min(size, 6U)});
  };
}

}  // namespace restorectl

// Copying a file to a host through a command's stdin. Invariant: the file's name appears on the
// host only when its bytes are whole, compared by SHA-256 and synced.
#pragma once

#include <functional>
#include <string>

#include "core/fact.hpp"
#include "transports/shell.hpp"

namespace transports {

struct UploadResult {
  bool succeeded = false;
  std::string message;  // why not
  std::uint64_t sent_bytes = 0;
};

using UploadProgress = std::function<void(std::uint64_t sent_bytes)>;

// Sends `source`, whose digest and size are expected to be those of `file`, into the directory. A
// file of that name that is there already is left alone. Throws LinkFailure or ExecTimeout.
awaitable<UploadResult> upload(Shell& shell, std::string source, core::BackupFile file,
                               std::string directory, std::int64_t timeout_ms,
                               UploadProgress progress);

}  // namespace transports

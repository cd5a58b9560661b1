// Copying a file to a host: chunk by chunk into commands' stdin, over several sessions side by
// side. Invariant: the file's name appears on the host only when every chunk's SHA-256 there was
// the expected one and all is synced; of a cut connection at most one chunk is sent again.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/fact.hpp"
#include "transports/shell.hpp"

namespace transports {

struct UploadRequest {
  std::string source;     // path on the workstation
  core::BackupFile file;  // its name on the host, its size, and the digests that it must have
  std::string directory;  // on the host; made where it is not there
  std::vector<core::FileChunks> confirmed;  // of the host's last copy of it, if that is still there
  std::int64_t timeout_ms = 0;              // for each command
};

struct UploadHooks {
  std::function<void(std::uint64_t chunk)> on_confirmed;  // the host has it, its digest is right
  // Bytes on their way or there, by this request or one before it.
  std::function<void(std::uint64_t bytes)> on_progress;
  std::function<void(std::uint64_t bytes)> on_sent;  // so many more, whatever becomes of them
};

struct UploadResult {
  bool succeeded = false;
  std::string message;           // why not; or where on the host the same file was found
  std::uint64_t sent_bytes = 0;  // also those that were sent twice
};

// One more session with the same host; throws LinkFailure where there cannot be one.
using OpenShell = std::function<awaitable<std::shared_ptr<Shell>>()>;

// Brings the file there. A file of that name in the directory is left alone; one of the same name,
// size and SHA-256 elsewhere below /home or /root is copied on the host itself, and only digests
// travel. Throws LinkFailure when the last session broke, or ExecTimeout; what was confirmed until
// then need not be sent again.
awaitable<UploadResult> upload(Shell& shell, OpenShell another, UploadRequest request,
                               UploadHooks hooks);

}  // namespace transports

// Copies a file to a host: chunk by chunk into commands' stdin, over several parallel sessions.
// Invariant: the file's name appears on the host only when every chunk's SHA-256 there is the
// expected one and everything is synced; after a lost connection at most one chunk is sent again.
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
  core::BackupFile file;  // its name on the host, its size, and its expected digests
  std::string directory;  // on the host; created if missing
  std::vector<core::FileChunks> confirmed;  // of the host's last copy of it, if still there
  std::int64_t timeout_ms = 0;              // for each command
};

struct UploadHooks {
  std::function<void(std::uint64_t chunk)> on_confirmed;  // the host has it, with the right digest
  // Bytes in transit or arrived, by this request or an earlier one.
  std::function<void(std::uint64_t bytes)> on_progress;
  std::function<void(std::uint64_t bytes)> on_sent;  // so many more, confirmed or not
};

struct UploadResult {
  bool succeeded = false;
  std::string message;           // the error, or where on the host the same file was found
  std::uint64_t sent_bytes = 0;  // including those sent twice
};

// Opens one more session with the same host; throws LinkFailure.
using OpenShell = std::function<awaitable<std::shared_ptr<Shell>>()>;

// Uploads the file. An existing file of that name in the directory is left alone; one of the same
// name, size and SHA-256 elsewhere below /home or /root is copied on the host itself, so that only
// digests are transferred. Throws LinkFailure when the last session is lost, or ExecTimeout; the
// chunks confirmed until then need not be sent again.
awaitable<UploadResult> upload(Shell& shell, OpenShell another, UploadRequest request,
                               UploadHooks hooks);

}  // namespace transports

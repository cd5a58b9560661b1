// Copies a file that is already on the host, there. Invariant: only digests are transferred; the
// file's name appears in the directory only when the copy's own SHA-256 is the expected one and
// everything is synced; the source is only read.
#pragma once

#include "transports/ssh/ssh_upload.hpp"

namespace transports {

// `request.source` is a path on the host; `request.confirmed` is ignored. An existing file of that
// name in the directory is left alone, as in upload(). The result's message: the error and its
// remedy, or where the file was copied from. Throws LinkFailure or ExecTimeout.
awaitable<UploadResult> copy_on_host(Shell& shell, UploadRequest request, UploadHooks hooks);

}  // namespace transports

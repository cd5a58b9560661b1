// A copy of a file that lies on the host already, made there. Invariant: only digests travel; the
// file's name appears in the directory only when the copy's own SHA-256 was the expected one and
// all is synced; the file that was copied is only read.
#pragma once

#include "transports/ssh/ssh_upload.hpp"

namespace transports {

// `request.source` is a path on the host; what is confirmed is not asked for. A file of that name
// in the directory is left alone, as in upload(). The result's message: why not, and what would
// help; or where it was copied from. Throws LinkFailure or ExecTimeout.
awaitable<UploadResult> copy_on_host(Shell& shell, UploadRequest request, UploadHooks hooks);

}  // namespace transports

// Copies the backup's files to a host, one after the other. Invariant: confirmed chunks count only
// within the session in which the step has looked: a host that has rebooted since may have lost
// what it had not synced.
#pragma once

#include <functional>

#include "core/effect.hpp"
#include "core/ports.hpp"
#include "transports/session_pool.hpp"

namespace transports {

struct BackupCopyHooks {
  std::function<void(core::ChunkConfirmed)> on_confirmed;
  // Of all files: how much is in transit or has arrived.
  std::function<void(std::uint64_t bytes, std::uint64_t of_bytes)> on_progress;
};

// Copies from the workstation, or from the files' place on the host itself. Throws LinkFailure,
// or ExecTimeout where the effect's deadline has passed. REQUIRES: the caller keeps what it refers
// to until this has ended.
awaitable<core::CopyEnded> copy_backup(SessionPool& sessions, const core::Clock& clock,
                                       const core::BackupManifest& backup, core::CopyBackup copy,
                                       BackupCopyHooks hooks);

}  // namespace transports

// One file at a time; see the header.
#include "transports/backup_copies.hpp"

#include <algorithm>
#include <boost/asio/use_awaitable.hpp>

#include "core/backup_place.hpp"
#include "core/text.hpp"
#include "transports/host/host_copy.hpp"

namespace transports {

namespace {

// REQUIRES: the caller keeps what this refers to until it has ended.
awaitable<UploadResult> copy_file(SessionPool& sessions, Shell& on, const core::BackupPlace& place,
                                  const core::CopyBackup& copy, UploadRequest request,
                                  UploadHooks to) {
  if (place.on_host() && place.host != copy.via) {
    UploadResult refused;
    refused.message = "the backup is on " + place.host + ", not on " + copy.via;
    co_return refused;
  }
  if (place.on_host()) co_return co_await copy_on_host(on, std::move(request), std::move(to));
  OpenShell another = [&sessions, via = copy.via]() { return sessions.another(via); };
  co_return co_await upload(on, std::move(another), std::move(request), std::move(to));
}

}  // namespace

awaitable<core::CopyEnded> copy_backup(SessionPool& sessions, const core::Clock& clock,
                                       const core::BackupManifest& backup, core::CopyBackup copy,
                                       BackupCopyHooks hooks) {
  if (!sessions.is_open(copy.via)) copy.confirmed.clear();
  const core::BackupPlace place = core::read_backup_place(backup.directory);
  std::uint64_t of_bytes = 0;
  for (const core::BackupFile& file : backup.files) of_bytes += file.size_bytes;
  std::uint64_t before_bytes = 0;
  core::CopyEnded ended{copy.host, copy.step, true, "", 0};
  const std::shared_ptr<Shell> on = co_await sessions.shell(copy.via);
  for (const core::BackupFile& file : backup.files) {
    UploadHooks to;
    to.on_confirmed = [&](std::uint64_t chunk) {
      hooks.on_confirmed(core::ChunkConfirmed{copy.host, copy.step, file.name, chunk});
    };
    to.on_progress = [&](std::uint64_t bytes) {
      if (hooks.on_progress) hooks.on_progress(before_bytes + bytes, of_bytes);
    };
    UploadRequest request{place.directory + "/" + file.name, file, copy.target_directory,
                          copy.confirmed,
                          std::max<std::int64_t>(1, copy.deadline_ms - clock.now_ms())};
    const UploadResult result =
        co_await copy_file(sessions, *on, place, copy, std::move(request), std::move(to));
    before_bytes += file.size_bytes;
    ended.sent_bytes += result.sent_bytes;
    ended.succeeded = result.succeeded;
    if (!result.message.empty()) ended.message = core::clean_utf8(result.message);
    if (!result.succeeded) break;
  }
  co_return ended;
}

}  // namespace transports

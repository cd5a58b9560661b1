// statfs(2); see the header.
#include "tools/restorectl/state/local_disk.hpp"

#include <fmt/format.h>
#include <sys/vfs.h>

#include <cerrno>

#include "tools/restorectl/errors.hpp"

namespace restorectl {

namespace {

struct Kind {
  std::uint64_t type;
  std::string_view name;
};
// Source: linux/magic.h; fs/smb/common/smbfs_common.h.
constexpr Kind kKinds[] = {
    {0x6969, "NFS"},      {0xFF534D42, "CIFS"}, {0xFE534D42, "SMB"}, {0x517B, "SMB"},
    {0x65735546, "FUSE"}, {0x5346414F, "AFS"},  {0x6B414653, "AFS"}, {0x01021997, "9P"},
};

}  // namespace

std::string_view foreign_kind(std::uint64_t type) {
  for (const Kind& kind : kKinds)
    if (kind.type == type) return kind.name;
  return {};
}

void refuse_foreign_disk(const std::filesystem::path& directory) {
  std::filesystem::path there = directory;
  struct statfs status {};
  while (::statfs(there.c_str(), &status) != 0) {
    // What cannot be asked is refused by whoever writes there first.
    if (errno != ENOENT || !there.has_relative_path()) return;
    there = there.parent_path();
  }
  // The types have 32 bits; f_type's sign depends on the architecture.
  const auto type = static_cast<std::uint64_t>(static_cast<std::uint32_t>(status.f_type));
  const std::string_view kind = foreign_kind(type);
  if (kind.empty()) return;
  throw Failure(Code::journal_io,
                fmt::format("the state directory {} is on {}, where the journal's locks and syncs "
                            "may fail or hang: use a local disk, RESTORECTL_STATE_DIR=DIRECTORY",
                            directory.string(), kind));
}

}  // namespace restorectl

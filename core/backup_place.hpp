// Where a backup lies: in a directory of the workstation, or in one of a host. Invariant: an
// absolute path is one of the workstation, as in every journal from before hosts could be named.
#pragma once

#include <string>
#include <string_view>

namespace core {

struct BackupPlace {
  std::string host;  // the inventory's name of it; empty: the workstation
  std::string directory;

  bool on_host() const { return !host.empty(); }
  // "master-0:/home/core/assets/backup", or the workstation's directory as it is.
  std::string text() const { return on_host() ? host + ":" + directory : directory; }
  bool operator==(const BackupPlace&) const = default;
};

// Reads such a text. One of a host is a name without a slash, a colon and an absolute path;
// everything else is a directory of the workstation. Does not check that the host exists.
BackupPlace read_backup_place(std::string_view text);

}  // namespace core

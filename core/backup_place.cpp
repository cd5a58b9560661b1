// One colon, where scp(1) has it; see the header.
#include "core/backup_place.hpp"

namespace core {

BackupPlace read_backup_place(std::string_view text) {
  const std::size_t colon = text.find_first_of(":/");
  const bool on_host =
      colon != std::string_view::npos && colon > 0 && text.substr(colon).starts_with(":/");
  if (!on_host) return {"", std::string(text)};
  return {std::string(text.substr(0, colon)), std::string(text.substr(colon + 1))};
}

}  // namespace core

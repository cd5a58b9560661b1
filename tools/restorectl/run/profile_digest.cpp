// See the header.
#include "tools/restorectl/run/profile_digest.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/text.hpp"
#include "journal/format/chain.hpp"
#include "states/print/decision_text.hpp"
#include "states/profiles/profiles.hpp"
#include "tools/restorectl/errors.hpp"

namespace restorectl {

std::string digest_of(const states::Profile& profile) {
  return journal::sha256_hex(states::decision_text(profile));
}

const states::Profile& profile_to_drive(const core::RunStarted& started) {
  const std::string version = core::printable(started.tool_version);
  const states::Profile* profile = states::find_profile(started.profile);
  if (profile == nullptr) {
    throw Failure(Code::other_tables, fmt::format("run {} uses profile {}, which restorectl {} "
                                                  "does not have: resume it with restorectl {}",
                                                  started.run_id, core::printable(started.profile),
                                                  RESTORECTL_VERSION, version));
  }
  const auto& older = profile->older_digests;
  const std::string digest = digest_of(*profile);
  if (started.tables_digest != digest &&
      std::find(older.begin(), older.end(), started.tables_digest) == older.end()) {
    throw Failure(
        Code::other_tables,
        fmt::format("restorectl {} started run {} with profile {}, digest {:.12}; this version has "
                    "digest {:.12} and might act differently. Resume it with restorectl {}; "
                    "`restorectl replay {}` shows its state",
                    version, started.run_id, profile->name, core::printable(started.tables_digest),
                    digest, version, started.run_id));
  }
  return *profile;
}

}  // namespace restorectl

// Where runs are kept on the workstation. Invariant: everything below the state directory is the
// user's alone (0700), one directory a run.
#pragma once

#include <filesystem>
#include <string>

namespace restorectl {

// $RESTORECTL_STATE_DIR, else $XDG_STATE_HOME/restorectl, else ~/.local/state/restorectl. Throws
// Failure where none of them is set.
std::filesystem::path state_directory();
std::filesystem::path run_directory(const std::string& run_id);

// The file in a run's directory that says that it was imported.
inline constexpr char kImportedMark[] = "imported";

// True for a run that was imported from a bundle: it can be looked at, and not be driven.
bool is_imported(const std::string& run_id);

// Throws Failure for such a run.
void refuse_imported(const std::string& run_id);

}  // namespace restorectl

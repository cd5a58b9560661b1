// The journal's copies on the hosts: what `adopt` and `journal recover` go on from when the
// workstation is gone. Invariant: before a job may begin on a host, that host has every line up to
// the one that asks for the job; so whatever began somewhere is known to whoever reads there.
// Each driver writes a file of its own, by offset: a late write of a driver before cannot touch it.
#pragma once

#include <string>
#include <vector>

#include "core/ownership.hpp"
#include "transports/shell.hpp"

namespace transports {

// Sends what the host's copy lacks of the whole lines in the file `lines` (the run's
// journal.jsonl). Throws LinkFailure: permanent where the host's copy is no beginning of it.
// `state` is core::kHostState but in tests.
awaitable<void> push_journal(Shell& shell, core::Ownership owner, std::string lines,
                             std::string state = std::string(core::kHostState));

// One driver's copy as a host has it: bytes, not verified.
struct JournalCopy {
  std::string name;  // of its file
  std::string bytes;
};

// Every copy of a run's journal on a host. Throws LinkFailure or ExecTimeout.
awaitable<std::vector<JournalCopy>> fetch_journals(
    Shell& shell, std::string run_id, std::string state = std::string(core::kHostState));

}  // namespace transports

// Going on with a run: what resume, abandon and a takeover share. Invariant: a run is only gone on
// with by the machine that decides upon every fact of its journal as it did.
#pragma once

#include <memory>
#include <string>

#include "core/decision.hpp"
#include "core/run_state.hpp"
#include "journal/disk/store.hpp"
#include "tools/restorectl/run/run_loop.hpp"

namespace restorectl {

struct Reopened {
  std::unique_ptr<journal::Store> journal;
  std::unique_ptr<core::Machine> machine;
};

// Opens the journal, verifies it, and lets today's machine decide anew upon every fact. Throws
// Failure, journal::StoreError, or core::ReplayMismatch where it decides otherwise.
Reopened reopen(const std::string& run_id, journal::LostTail lost_tail);

// Throws Failure where the run is finished or abandoned.
void refuse_if_over(const core::RunState& state, const std::string& run_id);

// Goes on with a run, as `restorectl resume RUN` does.
Exit resume_run(const std::string& run_id, const LoopOptions& options);

}  // namespace restorectl

// The runs of this workstation, and which of them is meant. Invariant: choosing one reads the names
// of directories and, where no name was given, the last lines of journals; only a run that was
// chosen is read whole.
#pragma once

#include <string>
#include <vector>

#include "core/run_state.hpp"
#include "journal/disk/mirror.hpp"

namespace restorectl {

// A run as its mirror tells it.
struct KnownRun {
  std::string id;
  core::RunState state;
  journal::MirrorReport report;
  bool imported = false;  // from a bundle: it can be looked at, and not be driven
  bool over() const;
};

// Every run's id, oldest first; no journal is read.
std::vector<std::string> run_ids();

// True where the run was imported, or the last fact of its journal.jsonl that is no note is its
// end. Only the last lines are read, and not verified.
bool is_over(const std::string& run_id);

// Reads one run's mirror. A run that is not there is one without facts.
KnownRun read_run(const std::string& run_id);

// Every run, oldest first. Runs whose journal cannot be read are listed with their defect.
std::vector<KnownRun> list_runs();

// The run that is meant by an argument, which may be empty (the newest that is not over, else the
// newest) or the beginning of an id. Throws Failure with the candidates.
std::string choose_run(const std::string& argument);

}  // namespace restorectl

// Simulation: one whole restore under faults, from a seed. Invariant: core, states and the
// journal's codec are the real ones; time, hosts, network and disk are models; one seed and one
// schedule of faults are one run, byte for byte.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tests/sim/faults.hpp"

namespace sim {

struct Result {
  std::vector<std::string> broken;  // promises; empty: the run is good
  std::string end;                  // "finished", or why it holds
  bool finished = false;
  std::string head;  // of the journal: the same for the same run
  std::size_t facts = 0;
  int resumes = 0;
  int script_starts = 0;
  std::int64_t virtual_ms = 0;
  std::vector<std::string> journal;  // a line a fact, where asked for
  std::vector<std::string> lines;    // the same as they stand in journal.jsonl, with their chain
};

// The faults that a seed draws.
std::vector<Fault> faults_of(std::uint64_t seed, Severity severity);

// Runs a restore to its end. `told`: fill Result::journal and lines.
Result simulate(std::uint64_t seed, const std::vector<Fault>& faults, bool told = false);

// Takes faults away as long as the run stays bad; returns the few that are needed.
std::vector<Fault> shrink(std::uint64_t seed, std::vector<Fault> faults);

}  // namespace sim

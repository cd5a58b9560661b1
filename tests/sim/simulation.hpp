// Simulation: one whole restore under faults, from a seed. Invariant: core, states and the
// journal's codec are the real ones; time, hosts, network and disk are models; one seed and one
// schedule of faults are one run, byte for byte.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tests/sim/faults.hpp"

namespace sim {

constexpr int kHostsMax = 5;  // for which there are certificate requests (csr_samples.cpp)

struct Result {
  std::vector<std::string> broken;  // promises; empty: the run is good
  std::string end;                  // "finished", or why it holds
  bool finished = false;
  std::string head;  // of the journal: the same for the same run
  std::size_t facts = 0;
  int resumes = 0;
  int script_starts = 0;
  std::int64_t virtual_ms = 0;
  std::vector<std::string> journal;  // its lines as they are stored, where asked for
};

// How many control-plane hosts a seed draws: three mostly, else one, two or five.
int hosts_of(std::uint64_t seed);

// The hosts of so many that a seed's run is without: for one in thirteen seeds, one or more of
// those that are not the recovery host.
std::vector<std::string> absent_of(std::uint64_t seed, int hosts);

// The faults that a seed draws. Here and below, `hosts` 0 means as many as the seed draws.
// REQUIRES: at most kHostsMax hosts.
std::vector<Fault> faults_of(std::uint64_t seed, Severity severity, int hosts = 0);

// Runs a restore to its end. `told`: fill Result::journal.
Result simulate(std::uint64_t seed, const std::vector<Fault>& faults, bool told = false,
                int hosts = 0);

// Takes faults away as long as the run stays bad; returns the few that are needed.
std::vector<Fault> shrink(std::uint64_t seed, std::vector<Fault> faults, int hosts = 0);

}  // namespace sim

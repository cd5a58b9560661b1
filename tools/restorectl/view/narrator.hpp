// Narrator: tells a person at a terminal what happens, a line a fact, and what is awaited while
// nothing does. Invariant: it only reads; whatever a host printed is made harmless before it is
// shown; and no five seconds pass in silence while something is under way.
#pragma once

#include <cstdio>
#include <map>
#include <string>

#include "core/run_state.hpp"
#include "states/engine/profile.hpp"

namespace restorectl {

// One line for a record, without time: "master-1  etcd-stopped  verified: no container of etcd
// runs". Empty for records that say nothing to a person (a repeated look, a tick). `profile` is the
// run's, or nullptr where this version does not know it. `state` is what is known by then, if
// given: how many findings a run ends with.
std::string describe(const core::Record& record, const states::Profile* profile,
                     const core::RunState* state = nullptr);

// ", with 2 findings", or nothing.
std::string findings_words(std::size_t findings);

// Which hosts a finished run was without and what is to be done about them, in lines; empty where
// it was without none.
std::string absent_words(const core::RunState& state);

// What the operator is asked at the gate.
std::string gate_question(const core::RunState& state);

// The words of what a step awaits now, judged anew from its last look; "" where nothing is known.
std::string awaited_words(const core::RunState& state, const std::string& host,
                          std::int64_t now_ms);

class Narrator {
 public:
  // Writes to `out` (not owned) of a run that follows `profile`.
  Narrator(std::FILE* out, const states::Profile* profile) : out_(out), profile_(profile) {}
  // `state` is the fold with this record in it.
  void tell(const core::Record& record, const core::RunState& state);
  // How much of a copy is on the way or there, for the next heartbeat.
  void on_copied(const core::Lane& lane, std::uint64_t bytes, std::uint64_t of_bytes);
  // To be called every second or so: prints what is awaited once five seconds were silent.
  void heartbeat(const core::RunState& state, std::int64_t now_ms);
  void say(const std::string& line);

 private:
  std::FILE* out_;
  const states::Profile* profile_;
  std::int64_t last_said_ms_ = 0;
  struct Copy {
    std::uint64_t at_first = 0;  // what an attempt before had brought there
    std::uint64_t bytes = 0;
    std::uint64_t of_bytes = 0;
    // "512 of 1026 MiB, 41 MiB/s, 12s left", where it has taken so long until now.
    std::string words(std::int64_t taken_ms) const;
  };
  std::map<std::string, Copy> copies_;  // by host
};

}  // namespace restorectl

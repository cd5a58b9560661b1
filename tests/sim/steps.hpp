// Steps: what the scripts of the procedure's steps print and do on the modelled control plane.
// Invariant: a step is modelled by its name; that the real scripts print and do the same is tried
// on real files and hosts (tests/states/scripts_test.cpp, tests/e2e).
#pragma once

#include <set>
#include <string>
#include <string_view>

#include "core/effect.hpp"
#include "tests/sim/control_plane.hpp"

namespace sim {

struct Printed {
  int exit_code = 0;
  std::string out;
  std::string err;
  std::int64_t takes_ms = 0;
};

// How ill the API is just now.
struct ApiIllness {
  int errors_percent = 0;  // of requests answered with 5xx, before or after their effect
  bool stale = false;      // reads may be answered from the past
};

class Steps {
 public:
  Steps(Timeline& time, ControlPlane& plane, const core::RunStarted& start, Chance chance)
      : time_(time), plane_(plane), start_(start), chance_(chance) {}

  Printed look(std::string_view step, Host& host);

  // What owner_print would print there.
  static std::string owner_lines(const Host& host);

  // One part of a step's command: returns how long it takes, or -1 - exit code when it has ended.
  // `state` is the command's own, 0 at first.
  std::int64_t command(std::string_view step, Host& host, const std::string& script,
                       std::string_view job, const core::Ownership& by, int* state,
                       std::string* line);

  ControlPlane& plane() { return plane_; }
  // Whether etcd refuses writes: a backup whose alarm was accepted brings it along.
  bool has_alarm() const;

  ApiIllness api;
  std::set<std::string> degraded;            // cluster operators beside those that roll
  std::map<std::string, int> commands_done;  // how often each change took effect, by host and thing

 private:
  Printed look_at_api(std::string_view step);
  std::string operator_json(const std::string& resource) const;
  std::string operators_json() const;
  std::string csrs_json() const;
  std::string absent_answers() const;
  std::int64_t rename(Host& host, const std::string& from, const std::string& to, int* state);
  std::int64_t script(Host& host, std::string_view job, int* state, std::string* line);
  std::int64_t at_api(std::string_view step, const std::string& script, int* state);

  Timeline& time_;
  ControlPlane& plane_;
  const core::RunStarted& start_;
  Chance chance_;
  bool disarmed_ = false;  // the alarm that came with the backup
};

}  // namespace sim

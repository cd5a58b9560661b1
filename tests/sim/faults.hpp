// Faults: what goes wrong in a simulated run, and when. The contract, that is what is fair:
//   - the driver may die at any moment, also within an append, before or after it is durable; its
//     requests that are under way may still arrive;
//   - the workstation's disk may be full: the append throws, and the line is there or not; it never
//     loses or changes what an append returned from (the journal's own tests are about disks that
//     do);
//   - links break, silently or not, for up to twelve minutes; a request in flight is lost,
//   performed
//     without an answer, or performed up to a minute after the link is back, but never twice;
//   - a host may reboot at any moment, cleanly or not; without sync, each change of the last moment
//     is there or not; its disk is never lost;
//   - processes of jobs may be killed; containers may die, stop slowly, or not stop for minutes;
//   the
//     runtime may forget one that lives, or go on listing one that died, until somebody who was
//     told so ends the process or restarts the runtime;
//   - the API may fail before or after a request's effect, and answer from up to five seconds ago;
//   - another workstation may adopt the run while all hosts can be reached, whether its driver is
//     dead or goes on; that one may be resumed later as well;
//   - the workstation's wall clock may be set by two hours either way, and the workstation may
//   sleep
//     for eight hours;
//   - a host that the run is without may come back before the operator has confirmed, for up to
//     twelve minutes;
//   - a cluster operator may have been degraded when the backup was taken, and stay so; another one
//     may never settle, until the operator has the run end with findings;
//   - nobody else works on the hosts.
// After the last fault the world is well again but for such operators, and somebody resumes
// whatever stopped.
#pragma once

#include <string>
#include <vector>

#include "tests/sim/ledger.hpp"
#include "tests/sim/timeline.hpp"

namespace sim {

struct Fault {
  enum class Kind {
    append,           // `append` at line `line`
    crash,            // the driver dies
    stop,             // ^C
    link,             // to `host` (all hosts where it is empty), silently or not
    reboot,           // cleanly or not
    kill_job,         // whatever job runs on `host`
    container,        // etcd's container of `host` dies
    stuck,            // containers of `host` do not stop
    forgotten,        // the runtime of `host` forgets a container that lives
    ghost,            // the runtime of `host` goes on listing a container that dies
    api_errors,       // some requests fail
    api_stale,        // reads lag
    adopt,            // another workstation takes the run over
    clock,            // the workstation's wall clock is set, back where it is harsh
    sleep,            // the workstation sleeps
    comes_back,       // `host`, which the run is without, is switched on
    degraded_before,  // a cluster operator, when the backup was taken, and ever since
    never_settles,    // another cluster operator, from then on
  };
  Kind kind = Kind::crash;
  std::int64_t at_ms = 0;  // after the start
  std::int64_t for_ms = 0;
  std::string host;
  bool harsh = false;  // silently, uncleanly, back
  std::size_t line = 0;
  AppendFault append = AppendFault::none;
};

enum class Severity { none, light, heavy };

// Draws a schedule for so many hosts. The same seed gives the same one.
std::vector<Fault> draw_faults(Chance& chance, Severity severity, int hosts);

// The cluster operators that the last two kinds are about.
inline constexpr const char* kDegradedBefore = "machine-config";
inline constexpr const char* kNeverSettles = "ingress";

// The container that a fault of the runtime is about.
std::string confused_container(const Fault& fault);

// A fault in words, e.g. "00:12:03 link to master-1 down silently for 40 s".
std::string words_of(const Fault& fault);

}  // namespace sim

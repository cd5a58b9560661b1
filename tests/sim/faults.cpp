// Schedules of faults; see the header.
#include "tests/sim/faults.hpp"

#include "core/text.hpp"
#include "tests/sim/host.hpp"

namespace sim {

namespace {

constexpr std::int64_t kMinute = 60'000;

Fault draw_fault(Chance& chance, int hosts) {
  Fault fault;
  fault.at_ms = chance.between(0, (chance.percent(70) ? 12 : 40) * kMinute);
  fault.for_ms = chance.between(1, chance.percent(80) ? kMinute : 12 * kMinute);
  fault.host = host_name(static_cast<int>(chance.between(0, hosts - 1)));
  fault.harsh = chance.percent(50);
  const auto dice = chance.between(1, 100);
  using Kind = Fault::Kind;
  if (dice <= 20) {
    fault.kind = Kind::append;
    fault.line = static_cast<std::size_t>(chance.between(1, 260));
    fault.append = static_cast<AppendFault>(chance.between(1, 4));
  } else if (dice <= 35) {
    fault.kind = Kind::crash;
  } else if (dice <= 40) {
    fault.kind = Kind::stop;
  } else if (dice <= 65) {
    fault.kind = Kind::link;
    if (chance.percent(30)) fault.host.clear();
  } else if (dice <= 78) {
    fault.kind = Kind::reboot;
    fault.for_ms = chance.between(10'000, 180'000);
  } else if (dice <= 83) {
    fault.kind = Kind::kill_job;
  } else if (dice <= 86) {
    fault.kind = Kind::container;
  } else if (dice <= 89) {
    fault.kind = Kind::stuck;
  } else if (dice <= 91) {
    fault.kind = dice == 90 ? Kind::forgotten : Kind::ghost;
  } else if (dice <= 94) {
    fault.kind = Kind::api_errors;
  } else if (dice <= 96) {
    fault.kind = Kind::adopt;
  } else if (dice <= 97) {
    fault.kind = Kind::clock;
    fault.for_ms = 120 * kMinute;
  } else if (dice <= 98) {
    fault.kind = Kind::sleep;
    fault.for_ms = 480 * kMinute;
  } else if (dice <= 99) {
    fault.kind = Kind::api_stale;
  } else {
    fault.kind = fault.harsh ? Kind::never_settles : Kind::degraded_before;
  }
  return fault;
}

std::string_view name_of(AppendFault fault) {
  switch (fault) {
    case AppendFault::none:
      return "nothing";
    case AppendFault::crash_before:
      return "the driver dies before it is written";
    case AppendFault::crash_after:
      return "the driver dies after it is written";
    case AppendFault::full:
      return "the disk is full";
    case AppendFault::full_but_written:
      return "the disk is full, yet it is written";
  }
  return "?";
}

}  // namespace

std::vector<Fault> draw_faults(Chance& chance, Severity severity, int hosts) {
  std::vector<Fault> faults;
  if (severity == Severity::none) return faults;
  const auto count = severity == Severity::light ? chance.between(1, 3) : chance.between(2, 14);
  for (std::int64_t i = 0; i < count; ++i) faults.push_back(draw_fault(chance, hosts));
  return faults;
}

std::string confused_container(const Fault& fault) {
  return fault.harsh ? "etcd" : "kube-apiserver";
}

std::string words_of(const Fault& fault) {
  using Kind = Fault::Kind;
  if (fault.kind == Kind::append) {
    return "line " + std::to_string(fault.line + 1) + ": " + std::string(name_of(fault.append));
  }
  const std::string at = "after " + core::duration_words(fault.at_ms) + ": ";
  const std::string during = " for " + core::duration_words(fault.for_ms);
  switch (fault.kind) {
    case Kind::append:
      break;
    case Kind::crash:
      return at + "the driver dies";
    case Kind::stop:
      return at + "^C";
    case Kind::link:
      return at + "the link to " + (fault.host.empty() ? "every host" : fault.host) + " breaks" +
             (fault.harsh ? " silently" : "") + during;
    case Kind::reboot:
      return at + fault.host + (fault.harsh ? " loses power" : " reboots") + during;
    case Kind::kill_job:
      return at + "the job on " + fault.host + " is killed";
    case Kind::container:
      return at + "etcd's container on " + fault.host + " dies";
    case Kind::stuck:
      return at + "containers on " + fault.host + " do not stop" + during;
    case Kind::forgotten:
      return at + "the runtime of " + fault.host + " forgets " + confused_container(fault) + during;
    case Kind::ghost:
      return at + confused_container(fault) + " on " + fault.host + " dies and stays listed" +
             during;
    case Kind::api_errors:
      return at + "a third of the API's requests fails" + during;
    case Kind::adopt:
      return at + "another workstation adopts the run";
    case Kind::clock:
      return at + "the workstation's clock is set " + (fault.harsh ? "back" : "forward") + " by " +
             core::duration_words(fault.for_ms);
    case Kind::sleep:
      return at + "the workstation sleeps" + during;
    case Kind::comes_back:
      return at + fault.host + ", which is gone for good, is switched on" + during;
    case Kind::api_stale:
      return at + "the API answers from the past" + during;
    case Kind::degraded_before:
      return std::string("cluster operator ") + kDegradedBefore + " was degraded before the backup";
    case Kind::never_settles:
      return at + "cluster operator " + kNeverSettles + " is degraded and never settles";
  }
  return at;
}

}  // namespace sim

// ConnectPatience: how long an attempt to connect to a host waits for each of its answers (key
// exchange, login, greeting). A host that is starved of processor time answers late, and every
// attempt that is broken off costs it more. No IO and no clock. Invariant: only an attempt that we
// cut short makes the next one of that host longer, and never beyond the limits
// (transports/limits.hpp), so that the patience for a lost link still ends it.
#pragma once

#include <cstdint>
#include <map>
#include <string>

namespace transports {

class ConnectPatience {
 public:
  ConnectPatience(std::int64_t connect_timeout_ms, std::int64_t link_patience_ms);

  // For the next attempt, in ms: the connect time-out at first.
  std::int64_t limit_ms(const std::string& host) const;

  // Notes that an attempt with this limit was cut short: the next one has twice as long. Returns
  // its limit. Several attempts side by side count as one.
  std::int64_t cut_short(const std::string& host, std::int64_t limit_ms);

  // Notes that an attempt with this limit succeeded: the next one has half of it.
  void connected(const std::string& host, std::int64_t limit_ms);

 private:
  std::int64_t least_ms_;
  std::int64_t most_ms_;
  std::map<std::string, std::int64_t> limits_ms_;  // where it is not the least
};

}  // namespace transports

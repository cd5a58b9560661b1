// Network: the links between the workstation and the hosts. Invariant: a request is performed by
// its host at most once, whatever becomes of the link; only the answer can be lost on the way back,
// or the request be late.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "tests/sim/control_plane.hpp"

namespace sim {

class Network {
 public:
  Network(Timeline& time, ControlPlane& plane, Chance chance)
      : time_(time), plane_(plane), chance_(chance) {}

  // What a host does with a request; returns how long the answer takes, in milliseconds.
  using AtHost = std::function<std::int64_t(Host&)>;

  // Sends a request. Later one of `then` and `lost` is called, unless `alive` has become false.
  void ask(std::string via, std::shared_ptr<const bool> alive, AtHost at_host,
           std::function<void()> then, std::function<void(std::string)> lost);

  // Breaks a link for a time. Silently: nobody is told, and it takes seconds to notice.
  void cut(const std::string& host, std::int64_t for_ms, bool silently);

  bool is_up(const std::string& host) {
    return plane_.host(host).up && links_[host].up_again_ms <= time_.now_ms();
  }

  // Changes whenever the link to a host breaks; a session lives as long as it stays the same.
  std::uint64_t epoch(const std::string& host) { return links_[host].epoch; }
  // How long after a break the workstation notices.
  std::int64_t notice_ms(const std::string& host);

 private:
  struct Link {
    std::uint64_t epoch = 0;
    std::int64_t up_again_ms = 0;
    bool silent = false;
  };
  Timeline& time_;
  ControlPlane& plane_;
  Chance chance_;
  std::map<std::string, Link> links_;
};

}  // namespace sim

// Requests, answers and their loss; see the header.
#include "tests/sim/network.hpp"

namespace sim {

std::int64_t Network::notice_ms(const std::string& host) {
  // docs/transports.md: a silent peer is noticed within eight seconds.
  return links_[host].silent ? chance_.between(6'000, 8'000) : chance_.between(10, 100);
}

void Network::cut(const std::string& host, std::int64_t for_ms, bool silently) {
  Link& link = links_[host];
  ++link.epoch;
  link.silent = silently;
  link.up_again_ms = std::max(link.up_again_ms, time_.now_ms() + for_ms);
}

void Network::ask(std::string via, std::shared_ptr<const bool> alive, AtHost at_host,
                  std::function<void()> then, std::function<void(std::string)> lost) {
  const auto lose = [this, via, alive, lost](const char* words) {
    time_.after(notice_ms(via), [alive, lost, words] {
      if (*alive) lost(words);
    });
  };
  if (links_[via].up_again_ms > time_.now_ms()) {
    time_.after(links_[via].silent ? 10'000 : 50, [alive, lost] {
      if (*alive) lost("cannot connect");
    });
    return;
  }
  const std::uint64_t epoch = links_[via].epoch;
  const std::int64_t there_ms = chance_.between(1, 40);
  const std::int64_t back_ms = chance_.between(1, 40);
  time_.after(there_ms, [=, this] {
    if (!plane_.host(via).up) return lose("the host does not answer");
    if (links_[via].epoch != epoch) {
      // What is in the kernel's buffers may still arrive when the link is back.
      if (chance_.percent(30)) {
        time_.at(links_[via].up_again_ms + chance_.between(1, 60'000), [=, this] {
          if (plane_.host(via).up) at_host(plane_.host(via));
        });
      }
      return lose("the link broke");
    }
    const int boot = plane_.host(via).boot;
    const std::int64_t takes_ms = at_host(plane_.host(via));
    time_.after(takes_ms + back_ms, [=, this] {
      if (links_[via].epoch != epoch || plane_.host(via).boot != boot) {
        return lose("the link broke");
      }
      if (*alive) then();
    });
  });
}

}  // namespace sim

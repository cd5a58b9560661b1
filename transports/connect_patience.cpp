// Doubling and halving; see the header.
#include "transports/connect_patience.hpp"

#include <algorithm>

#include "transports/limits.hpp"

namespace transports {

ConnectPatience::ConnectPatience(std::int64_t connect_timeout_ms, std::int64_t link_patience_ms)
    : least_ms_(connect_timeout_ms),
      most_ms_(std::max(connect_timeout_ms,
                        std::min(limits::kConnectGrowthMax * connect_timeout_ms,
                                 link_patience_ms / limits::kConnectPartOfPatience))) {}

std::int64_t ConnectPatience::limit_ms(const std::string& host) const {
  const auto known = limits_ms_.find(host);
  return known == limits_ms_.end() ? least_ms_ : known->second;
}

std::int64_t ConnectPatience::cut_short(const std::string& host, std::int64_t limit_ms) {
  const std::int64_t next_ms = std::max(this->limit_ms(host), std::min(2 * limit_ms, most_ms_));
  limits_ms_[host] = next_ms;
  return next_ms;
}

void ConnectPatience::connected(const std::string& host, std::int64_t limit_ms) {
  limits_ms_[host] = std::min(this->limit_ms(host), std::max(limit_ms / 2, least_ms_));
}

}  // namespace transports

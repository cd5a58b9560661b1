// Timeline and Chance: the simulator's clock and its dice. Invariant: nothing else in a simulation
// knows the time or draws a number, so one seed is one run, byte for byte, on every machine.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

#include "core/ports.hpp"

namespace sim {

// Numbers from a seed (splitmix64). The standard's distributions differ between libraries, so the
// few that are needed stand here.
class Chance {
 public:
  explicit Chance(std::uint64_t seed) : state_(seed) {}

  std::uint64_t next() {
    state_ += 0x9e3779b97f4a7c15U;
    std::uint64_t z = state_;
    z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27U)) * 0x94d049bb133111ebU;
    return z ^ (z >> 31U);
  }
  // A number from..to, both included.
  std::int64_t between(std::int64_t from, std::int64_t to) {
    return from + static_cast<std::int64_t>(next() % static_cast<std::uint64_t>(to - from + 1));
  }
  // True in `percent` of 100 cases.
  bool percent(int percent) { return between(1, 100) <= percent; }

 private:
  std::uint64_t state_;
};

// Virtual time, in milliseconds of UTC. Tasks of the same time run in the order they were given.
class Timeline final : public core::Clock {
 public:
  using Task = std::function<void()>;

  std::int64_t now_ms() const override { return now_ms_; }

  void at(std::int64_t when_ms, Task task) {
    tasks_.push_back({std::max(when_ms, now_ms_), order_++, std::move(task)});
    std::push_heap(tasks_.begin(), tasks_.end(), Later{});
  }
  void after(std::int64_t delay_ms, Task task) { at(now_ms_ + delay_ms, std::move(task)); }

  // Runs the next task, and moves the time to it. False: there is none.
  bool step() {
    if (tasks_.empty()) return false;
    std::pop_heap(tasks_.begin(), tasks_.end(), Later{});
    Entry entry = std::move(tasks_.back());
    tasks_.pop_back();
    now_ms_ = entry.when_ms;
    entry.task();
    return true;
  }

 private:
  struct Entry {
    std::int64_t when_ms;
    std::uint64_t order;
    Task task;
  };
  struct Later {
    bool operator()(const Entry& a, const Entry& b) const {
      return a.when_ms != b.when_ms ? a.when_ms > b.when_ms : a.order > b.order;
    }
  };
  std::vector<Entry> tasks_;
  std::uint64_t order_ = 0;
  std::int64_t now_ms_ = 1'795'000'000'000;
};

}  // namespace sim

// Lanes: the spans of every host, and its outages. Invariant: spans of one host follow each other
// without overlap; one that nobody saw the end of stays open, or ends when its driver did.
#pragma once

#include <map>
#include <string>

#include "tools/lib/postmortem/story.hpp"

namespace postmortem {

class Lanes {
 public:
  // One record, in order.
  void note(const core::Record& record);

  // Nobody looks any more from `at_ms` on: the last fact of a driver that died or stopped. A
  // command at a host goes on there, and its span with it.
  void driver_gone(std::int64_t at_ms, std::uint64_t seq);

  // What keeps the hosts busy now: the reason for which time passes, and whose it is.
  struct Busy {
    std::string what;  // empty: no lane has anything under way
    std::string host;
    std::string step;
    std::uint64_t seq = 0;
  };
  Busy busy() const;

  // Whether anything is under way that has a fact for its end.
  bool in_flight() const;

  // Whether a lane waits for the operator.
  bool any_held() const;

  std::vector<Span> spans() const;      // by host, then by time
  std::vector<Outage> outages() const;  // by time

 private:
  struct Track {
    std::vector<Span> spans;
    bool open = false;       // of the last one
    bool in_flight = false;  // an effect without its outcome
    std::vector<Outage> outages;
    bool link_down = false;
    std::map<std::string, int> attempts;  // by step
  };

  void take_fact(const core::Fact& fact);
  void take_intent(const core::Effect& intent, std::int64_t at_ms, std::uint64_t seq);
  void note_link(Track& lane, const core::Fact& fact, const std::string& host);
  static void close(Track& lane, std::int64_t at_ms, std::uint64_t seq, std::string words);
  static void open(Track& lane, Span span);

  std::map<std::string, Track, std::less<>> lanes_;
};

}  // namespace postmortem

// LineCutter: a job's output, as bytes come, cut into whole lines of valid UTF-8.
// Invariant: memory is bounded whatever a host prints, and so is what a job may write into the
// journal: a line is cut at kLineBytesMax, and lines beyond kLinesMax are counted but not reported;
// the full output stays on the host.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "core/text.hpp"
#include "transports/limits.hpp"

namespace transports {

// The last bytes of a text, made valid UTF-8.
inline std::string tail_of(const std::string& text, std::size_t bytes_max) {
  return core::clean_utf8(text.size() <= bytes_max ? text : text.substr(text.size() - bytes_max));
}

// How many lines of a job were reported, by all its followers in turn: after a lost link the job is
// followed again from the last line that was reported, and its later lines come once more. Of a job
// whose end is found by settling, and not by following, the lines left out are not reported.
struct LineCount {
  int told = 0;
  std::uint64_t left_out = 0;
  std::uint64_t counted_to = 0;  // the byte after the last line that was left out

  // The line that is reported at the job's end in place of those left out.
  std::string note() const {
    return "[restorectl: " + std::to_string(left_out) +
           " more lines not shown; the full output is in the job's directory]";
  }
};

class LineCutter {
 public:
  static constexpr std::size_t kLineBytesMax = limits::kJobLineBytesMax;
  static constexpr std::size_t kTailBytesMax = limits::kJobTailBytesMax;
  static constexpr int kLinesMax = limits::kJobLinesMax;

  // `on_line` gets the offset of the byte after each line's newline, and the line without it.
  // REQUIRES: `count` is the job's and outlives the cutter.
  LineCutter(std::uint64_t offset, LineCount& count,
             std::function<void(std::uint64_t, std::string)> on_line)
      : offset_(offset), count_(count), on_line_(std::move(on_line)) {}

  void take(std::string_view bytes) {
    tail_ += bytes.substr(bytes.size() - std::min(bytes.size(), kTailBytesMax));
    if (tail_.size() > 2 * kTailBytesMax) tail_.erase(0, tail_.size() - kTailBytesMax);
    for (const char c : bytes) {
      ++offset_;
      if (c != '\n') {
        if (line_.size() < kLineBytesMax) line_ += c;
        continue;
      }
      if (count_.told < kLinesMax) {
        ++count_.told;
        on_line_(offset_, core::clean_utf8(line_));
      } else if (offset_ > count_.counted_to) {
        ++count_.left_out;
        count_.counted_to = offset_;
      }
      line_.clear();
    }
  }

  // The last bytes that were taken, for the outcome.
  std::string tail() const { return tail_of(tail_, kTailBytesMax); }

 private:
  std::uint64_t offset_;
  LineCount& count_;
  std::function<void(std::uint64_t, std::string)> on_line_;
  std::string line_;
  std::string tail_;
};

}  // namespace transports

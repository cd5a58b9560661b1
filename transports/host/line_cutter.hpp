// LineCutter: a job's output, as bytes come, cut into whole lines of valid UTF-8.
// Invariant: its memory is bounded whatever a host prints: a line's end beyond kLineBytesMax is
// left out, and lines beyond kLinesMax are counted and not told; the output itself stays on the
// host.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "core/text.hpp"

namespace transports {

// The last bytes of a text, made valid UTF-8.
inline std::string tail_of(const std::string& text, std::size_t bytes_max) {
  return core::clean_utf8(text.size() <= bytes_max ? text : text.substr(text.size() - bytes_max));
}

class LineCutter {
 public:
  static constexpr std::size_t kLineBytesMax = 4'096;
  static constexpr std::size_t kTailBytesMax = 2'048;
  static constexpr int kLinesMax = 2'000;

  // `on_line` is told the offset of the byte after each line's newline, and the line without it.
  LineCutter(std::uint64_t offset, std::function<void(std::uint64_t, std::string)> on_line)
      : offset_(offset), on_line_(std::move(on_line)) {}

  void take(std::string_view bytes) {
    tail_ += bytes.substr(bytes.size() - std::min(bytes.size(), kTailBytesMax));
    if (tail_.size() > 2 * kTailBytesMax) tail_.erase(0, tail_.size() - kTailBytesMax);
    for (const char c : bytes) {
      ++offset_;
      if (c != '\n') {
        if (line_.size() < kLineBytesMax) line_ += c;
        continue;
      }
      if (lines_ < kLinesMax) {
        ++lines_;
        on_line_(offset_, core::clean_utf8(line_));
      }
      line_.clear();
    }
  }

  // The last bytes that were taken, for the outcome.
  std::string tail() const { return tail_of(tail_, kTailBytesMax); }

 private:
  std::uint64_t offset_;
  std::function<void(std::uint64_t, std::string)> on_line_;
  std::string line_;
  std::string tail_;
  int lines_ = 0;
};

}  // namespace transports

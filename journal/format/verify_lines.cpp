// Two threads and a short queue of batches; see the header.
#include "journal/format/verify_lines.hpp"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace journal {

namespace {

// Large enough that handing over a batch costs little compared
// with its lines; only a few of them are in memory.
constexpr std::size_t kFirstBatchBytes = 8U << 10;  // most journals are short
constexpr std::size_t kBatchBytes = 256U << 10;
constexpr std::size_t kBatchesMax = 4;

struct Batch {
  std::string bytes;
  std::vector<std::size_t> ends;
  std::vector<HexDigest> hashes;
  Defect defect;  // behind the last line
  bool last = false;
};

class Pipeline {
 public:
  explicit Pipeline(const LineSource& source) : reader_([this, &source] { run(source); }) {}
  ~Pipeline() {
    {
      const std::lock_guard lock(mutex_);
      abandoned_ = true;
    }
    changed_.notify_all();
    reader_.join();
  }
  Pipeline(const Pipeline&) = delete;
  Pipeline& operator=(const Pipeline&) = delete;

  // The next batch; the one with `last` is the last. Throws what the source threw.
  Batch take() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return !ready_.empty() || failure_; });
    if (ready_.empty()) std::rethrow_exception(failure_);
    Batch batch = std::move(ready_.front());
    ready_.pop_front();
    lock.unlock();
    changed_.notify_all();
    return batch;
  }

 private:
  static Batch fill(const LineSource& source, std::size_t bytes_max) {
    Batch batch;
    batch.bytes.reserve(bytes_max + (bytes_max >> 2));
    std::string_view line;
    while (batch.bytes.size() < bytes_max) {
      if (!source(&line, &batch.defect)) {
        batch.last = true;
        return batch;
      }
      batch.bytes += line;
      batch.ends.push_back(batch.bytes.size());
      batch.hashes.push_back(sha256_of(line));
    }
    return batch;
  }

  void run(const LineSource& source) {
    try {
      std::size_t bytes_max = kFirstBatchBytes;
      for (bool last = false; !last; bytes_max = std::min(2 * bytes_max, kBatchBytes)) {
        Batch batch = fill(source, bytes_max);
        last = batch.last;
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] { return ready_.size() < kBatchesMax || abandoned_; });
        if (abandoned_) return;
        ready_.push_back(std::move(batch));
        lock.unlock();
        changed_.notify_all();
      }
    } catch (...) {
      const std::lock_guard lock(mutex_);
      failure_ = std::current_exception();
      changed_.notify_all();
    }
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Batch> ready_;
  std::exception_ptr failure_;
  bool abandoned_ = false;
  std::thread reader_;  // last: it uses all the others
};

}  // namespace

Verified verify_lines(const LineSource& source, const RecordVisitor& visitor) {
  ChainVerifier verifier;
  Pipeline pipeline(source);
  // A line is confirmed by the next one's prev; until then its record is held back.
  core::Record held;
  std::string_view held_line;
  Head head;     // of what was handed out
  Head last;     // of what is held
  Batch before;  // keeps the held line's bytes
  const auto hand_out = [&] {
    if (held_line.empty()) return;
    visitor(std::move(held), held_line);
    held_line = {};
  };
  while (true) {
    Batch batch = pipeline.take();
    std::size_t begin = 0;
    for (std::size_t i = 0; i < batch.ends.size(); begin = batch.ends[i++]) {
      const std::string_view line(batch.bytes.data() + begin, batch.ends[i] - begin);
      core::Record record;
      if (Defect defect = verifier.take(line, batch.hashes[i], &record)) {
        if (defect.kind == DefectKind::altered) return {std::move(head), std::move(defect)};
        hand_out();
        return {verifier.head(), std::move(defect)};
      }
      hand_out();
      std::swap(head, last);
      last = verifier.head();
      held = std::move(record);
      held_line = line;
    }
    if (batch.last) {
      hand_out();
      return {verifier.head(), batch.defect};
    }
    if (!batch.ends.empty()) before = std::move(batch);
  }
}

}  // namespace journal

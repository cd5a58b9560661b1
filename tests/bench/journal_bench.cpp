// How fast is the journal? Three figures with their limits, measured on the file system of the
// temporary directory (set TMPDIR for another): a synced append against the bare writing of the
// same bytes, and opening, verifying and folding 10,000 and 1,000,000 facts. The program ends with
// 1 where a limit is exceeded. Optimised builds only: -O0 says nothing.
#include <benchmark/benchmark.h>
#include <fcntl.h>
#include <leveldb/db.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "core/run_state.hpp"
#include "journal/disk/store.hpp"
#include "journal/format/record.hpp"
#include "tests/journal/samples.hpp"

namespace {

namespace fs = std::filesystem;

double seconds_of(const auto& work) {
  const auto begin = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

double median(std::vector<double> values) {
  std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2),
                   values.end());
  return values[values.size() / 2];
}

// Facts as a run has them, in turns: progress lines, looks with what they saw, ends of jobs.
core::Record fact(std::uint64_t seq) {
  const std::string job = "20261123t101500z-4f2a91c0.restore.master-0.1";
  const std::int64_t now_ms = 1'795'428'900'000 + static_cast<std::int64_t>(seq) * 250;
  core::Record record{{seq, now_ms, 1, core::Ticked{}}, {}};
  if (seq == 1) {
    record.fact.body = core::RunStarted{};
    return record;
  }
  switch (seq % 4) {
    case 0:
      record.fact.body =
          core::JobProgressed{"master-0", "restore_etcd", job, seq * 80,
                              "...stopping etcd-pod.yaml, waiting for its container"};
      break;
    case 1:
      record.fact.body =
          core::Observed{"master-1", "etcd_stopped", 0, "containers 0\nmanifest gone\n", "", false};
      record.intents = {core::Wait{"master-1", "etcd_stopped", now_ms + 2'000}};
      break;
    case 2:
      record.fact.body = core::Ticked{"master-1", "etcd_stopped"};
      record.intents = {core::Look{"master-1", "etcd_stopped", "master-1",
                                   "crictl ps --name '^etcd$' -q | wc -l\n", true, 2'000, 0,
                                   now_ms}};
      break;
    default:
      record.fact.body = core::JobEnded{"master-0",
                                        "restore_etcd",
                                        job,
                                        0,
                                        12'345,
                                        std::string(64, 'e'),
                                        "static-pod-resources restored\n"};
  }
  return record;
}

// What the limit for one append is about: a fact of 600 to 900 bytes with its intents.
core::Record large_fact(std::uint64_t seq) {
  core::Record record = fact(4 * seq + 3);
  record.fact.seq = seq;
  record.intents = {core::RunJob{
      "master-0", "restore_etcd", "master-0", "20261123t101500z-4f2a91c0.restore.master-0.2",
      "set -eu\nexport KUBECONFIG=/etc/kubernetes/static-pod-resources/kube\n"
      "exec /usr/local/bin/cluster-restore.sh /home/core/backup\n",
      1'795'428'900'000}};
  return record;
}

// A journal without the waiting for the disk: LevelDB's
// own means, one write a fact, and the mirror.
void build(const fs::path& run, std::uint64_t facts) {
  fs::create_directories(run);
  leveldb::Options options;
  options.create_if_missing = true;
  options.compression = leveldb::kNoCompression;
  options.write_buffer_size = journal::Store::kLogBytesMax;
  options.max_file_size = 64U << 20;
  options.block_size = 64U << 10;
  leveldb::DB* opened = nullptr;
  if (!leveldb::DB::Open(options, journal::database_path(run), &opened).ok()) std::abort();
  const std::unique_ptr<leveldb::DB> db(opened);
  std::ofstream mirror(journal::mirror_path(run), std::ios::binary);
  std::string prev(journal::kNoPrevious);
  for (std::uint64_t seq = 1; seq <= facts; ++seq) {
    const std::string line = journal::encode(fact(seq), prev);
    prev = journal::sha256_hex(line);
    std::string key(8, '\0');
    for (std::size_t i = 0; i < 8; ++i) key[i] = static_cast<char>(seq >> (8 * (7 - i)) & 0xFF);
    if (!db->Put({}, key, line).ok()) std::abort();
    mirror << line << '\n';
  }
}

void open_and_fold(const fs::path& run, std::uint64_t facts) {
  core::RunState state;
  const auto store = journal::Store::open(run, [&](core::Record&& record) { state.note(record); });
  if (state.facts != facts) std::abort();
}

int over = 0;

void judge(benchmark::State& state, const char* what, double measured, double limit, bool at_most) {
  const bool kept = at_most ? measured <= limit : measured >= limit;
  over += kept ? 0 : 1;
  state.counters["measured"] = measured;
  state.counters["limit"] = limit;
  char words[160];
  std::snprintf(words, sizeof words, "%s: %.4g, limit %s %.4g (%.2f of it): %s", what, measured,
                at_most ? "<=" : ">=", limit, measured / limit, kept ? "kept" : "EXCEEDED");
  state.SetLabel(words);
}

// In turns of a few dozen each, so that a disk that is slow for a while is so for both.
void synced_append(benchmark::State& state) {
  constexpr int kTurns = 40;
  constexpr int kWrites = 25;
  const journal_tests::TempDir temporary;
  const fs::path& directory = temporary.path();
  const auto store = journal::Store::create(directory / "run");
  const int fd = ::open((directory / "bare").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  const std::string line = journal::encode(large_fact(1), journal::kNoPrevious);
  off_t offset = 0;
  std::uint64_t seq = 0;
  std::vector<double> bare;
  std::vector<double> append;
  for (auto _ : state) {
    for (int turn = 0; turn < kTurns; ++turn) {
      bare.push_back(seconds_of([&] {
        for (int i = 0; i < kWrites; ++i, offset += static_cast<off_t>(line.size())) {
          if (::pwrite(fd, line.data(), line.size(), offset) < 0 || ::fdatasync(fd) != 0)
            std::abort();
        }
      }));
      append.push_back(seconds_of([&] {
        for (int i = 0; i < kWrites; ++i) store->append(large_fact(++seq));
      }));
    }
  }
  ::close(fd);
  state.counters["line_bytes"] = static_cast<double>(line.size());
  state.counters["bare_us"] = median(bare) / kWrites * 1e6;
  state.counters["append_us"] = median(append) / kWrites * 1e6;
  judge(state, "append / bare pwrite+fdatasync", median(append) / median(bare), 1.3, true);
}
BENCHMARK(synced_append)->Iterations(1)->Unit(benchmark::kMillisecond);

// As a run leaves them, all in LevelDB's log: each round opens a fresh copy.
void open_10k(benchmark::State& state) {
  constexpr std::uint64_t kFacts = 10'000;
  const journal_tests::TempDir temporary;
  const fs::path& directory = temporary.path();
  build(directory / "made", kFacts);
  std::vector<double> times;
  for (auto _ : state) {
    fs::remove_all(directory / "run");
    fs::copy(directory / "made", directory / "run", fs::copy_options::recursive);
    ::sync();  // the copying is not what is measured
    times.push_back(seconds_of([&] { open_and_fold(directory / "run", kFacts); }));
    state.SetIterationTime(times.back());
  }
  judge(state, "10,000 facts, ms", median(times) * 1e3, 50, true);
}
BENCHMARK(open_10k)->Iterations(15)->UseManualTime()->Unit(benchmark::kMillisecond);

void open_1m(benchmark::State& state) {
  constexpr std::uint64_t kFacts = 1'000'000;
  const journal_tests::TempDir temporary;
  const fs::path& directory = temporary.path();
  build(directory / "run", kFacts);
  ::sync();
  // The first opening also turns the rest of the log into a table.
  state.counters["first_s"] = seconds_of([&] { open_and_fold(directory / "run", kFacts); });
  std::vector<double> times;
  for (auto _ : state) {
    times.push_back(seconds_of([&] { open_and_fold(directory / "run", kFacts); }));
    state.SetIterationTime(times.back());
  }
  judge(state, "1,000,000 facts, facts/s", static_cast<double>(kFacts) / median(times), 600'000,
        false);
}
BENCHMARK(open_1m)->Iterations(5)->UseManualTime()->Unit(benchmark::kMillisecond);

}  // namespace

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  benchmark::RunSpecifiedBenchmarks();
  return over == 0 ? 0 : 1;
}

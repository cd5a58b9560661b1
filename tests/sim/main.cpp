// restorectl-sim: many simulated restores under faults. Prints each seed that breaks a promise,
// with the few faults that are needed for it.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <atomic>
#include <cstdio>
#include <fstream>
#include <mutex>
#include <thread>

#include "tests/sim/host.hpp"
#include "tests/sim/simulation.hpp"

namespace {

struct Sums {
  std::uint64_t runs = 0, finished = 0, held = 0, bad = 0, facts = 0, resumes = 0;
  std::int64_t virtual_ms = 0;
};

struct Options {
  std::uint64_t seeds = 1'000;
  std::uint64_t first = 1;
  sim::Severity faults = sim::Severity::heavy;
  unsigned threads = std::max(1U, std::thread::hardware_concurrency());
  std::int64_t show = -1;
  int hosts = 0;  // as many as each seed draws
  std::string journal;
};

void print_bad(std::uint64_t seed, const sim::Result& result, std::vector<sim::Fault> faults,
               int hosts) {
  std::printf("seed %llu: %s\n", static_cast<unsigned long long>(seed), result.end.c_str());
  for (const std::string& words : result.broken) std::printf("  broken: %s\n", words.c_str());
  faults = sim::shrink(seed, std::move(faults), hosts);
  for (const sim::Fault& fault : faults) std::printf("  needs: %s\n", sim::words_of(fault).c_str());
  std::fflush(stdout);
}

int show(const Options& options) {
  const auto seed = static_cast<std::uint64_t>(options.show);
  const auto faults = sim::faults_of(seed, options.faults, options.hosts);
  for (const sim::Fault& fault : faults) std::printf("fault: %s\n", sim::words_of(fault).c_str());
  const sim::Result result = sim::simulate(seed, faults, true, options.hosts);
  std::ofstream file;
  if (!options.journal.empty()) file.open(options.journal);
  for (const std::string& line : result.journal)
    options.journal.empty() ? static_cast<void>(std::printf("%s\n", line.c_str()))
                            : static_cast<void>(file << line << '\n');
  if (!options.journal.empty() && !file.flush()) {
    std::fprintf(stderr, "cannot write %s\n", options.journal.c_str());
    return 2;
  }
  std::printf("end: %s, %zu facts, %d resumes, journal head %s\n", result.end.c_str(), result.facts,
              result.resumes, result.head.c_str());
  for (const std::string& words : result.broken) std::printf("broken: %s\n", words.c_str());
  return result.broken.empty() ? 0 : 1;
}

void work(const Options& options, std::atomic<std::uint64_t>& next, std::mutex& mutex, Sums& sums) {
  for (;;) {
    const std::uint64_t at = next++;
    if (at >= options.seeds) return;
    const std::uint64_t seed = options.first + at;
    std::vector<sim::Fault> faults = sim::faults_of(seed, options.faults, options.hosts);
    const sim::Result result = sim::simulate(seed, faults, false, options.hosts);
    const std::lock_guard lock(mutex);
    ++sums.runs;
    sums.finished += result.finished ? 1 : 0;
    sums.held += result.finished ? 0 : 1;
    sums.facts += result.facts;
    sums.resumes += static_cast<std::uint64_t>(result.resumes);
    sums.virtual_ms += result.virtual_ms;
    if (result.broken.empty()) continue;
    if (++sums.bad <= 10) print_bad(seed, result, std::move(faults), options.hosts);
  }
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app{"Simulated restores under faults; one seed is one run, byte for byte"};
  app.add_option("--seeds", options.seeds, "How many (default 1000)");
  app.add_option("--first", options.first, "The first seed (default 1)");
  app.add_option("--threads", options.threads, "How many at once (default: one a core)");
  app.add_option("--seed", options.show, "Show one seed: its faults, its journal and its end");
  app.add_option("--journal", options.journal, "With --seed: write the journal to this file");
  app.add_option("--hosts", options.hosts, "How many hosts (default: drawn from the seed)")
      ->check(CLI::Range(1, sim::kHostsMax));
  app.add_flag("--longest-names", sim::longest_names, "Hosts with names of 253 characters");
  const std::map<std::string, sim::Severity> severities = {{"none", sim::Severity::none},
                                                           {"light", sim::Severity::light},
                                                           {"heavy", sim::Severity::heavy}};
  app.add_option("--faults", options.faults, "none, light or heavy (default)")
      ->transform(CLI::CheckedTransformer(severities));
  app.footer(
      "Examples:\n  restorectl-sim --seeds 20000\n  restorectl-sim --seed 17\n"
      "  restorectl-sim --seeds 200 --hosts 1");
  CLI11_PARSE(app, argc, argv);
  if (options.show >= 0) return show(options);

  Sums sums;
  std::mutex mutex;
  std::atomic<std::uint64_t> next{0};
  std::vector<std::thread> threads;
  for (unsigned i = 0; i < options.threads; ++i) {
    threads.emplace_back([&] { work(options, next, mutex, sums); });
  }
  for (std::thread& thread : threads) thread.join();
  const auto number = [](std::uint64_t value) { return static_cast<unsigned long long>(value); };
  std::printf(
      "%llu runs, seeds %llu to %llu: %llu finished, %llu held for a reason, %llu broke a promise; "
      "%llu facts, %llu resumes, %lld hours of virtual time\n",
      number(sums.runs), number(options.first), number(options.first + options.seeds - 1),
      number(sums.finished), number(sums.held), number(sums.bad), number(sums.facts),
      number(sums.resumes), static_cast<long long>(sums.virtual_ms / 3'600'000));
  return sums.bad == 0 ? 0 : 1;
}

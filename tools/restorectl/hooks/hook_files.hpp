// Hooks: commands of the operator's own that hear of a run's facts. Invariant: what is known of a
// hook is one file, hooks/N.json of the run, which is changed whole and durably; no secret of a
// hook's command gets into the journal, which is the outbox that hooks are fed from.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace restorectl {

inline constexpr std::size_t kHooksMax = 16;
inline constexpr std::size_t kHookCommandMax = 4'096;

// A fact that a hook did not take however often it was tried.
struct Undelivered {
  std::uint64_t seq = 0;
  std::string type;
  std::string why;
};

struct Hook {
  int number = 0;            // its file's
  std::string on;            // a fact's type, or "*" for all
  std::string command;       // for /bin/sh -c
  std::uint64_t behind = 0;  // every fact up to this number is settled: delivered, given up, or of
                             // another type
  std::uint64_t delivered = 0;               // how many were
  std::uint64_t given_up = 0;                // how many were not
  std::vector<Undelivered> last_given_up{};  // of those, the last ones

  bool wants(std::string_view type) const { return on == "*" || on == type; }
};

// Adds those that the run has not yet; they hear of the facts behind number `behind`. Throws
// Failure where they cannot be written or become too many.
void add_hooks(const std::string& run_id, const std::vector<std::string>& texts,
               std::uint64_t behind);

// The run's hooks in their order; a file that is none is left out, and named in `strange` if given.
std::vector<Hook> hooks_of(const std::string& run_id, std::vector<std::string>* strange = nullptr);

// Writes what became of a hook. Throws Failure.
void keep_hook(const std::string& run_id, const Hook& hook);

}  // namespace restorectl

// The journal's copies on the hosts: what `adopt` and `journal recover` start from when the
// workstation is lost. Invariant: before a job may begin on a host, that host has every line up to
// the one that asks for the job; so whatever began on a host can be read there.
// Each driver writes its own file, by offset: a late write of an earlier driver cannot touch it.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/digest.hpp"
#include "core/ownership.hpp"
#include "transports/shell.hpp"

namespace transports {

// Sends one driver's journal to hosts. A host's copy is compared as a whole at the first contact in
// a session; from then on a push reads and sends what is new, and asks for the copy's length.
class JournalCopies {
 public:
  // `lines` is the run's journal.jsonl. `state` is core::kHostState except in tests.
  JournalCopies(core::Ownership owner, std::string lines,
                std::string state = std::string(core::kHostState));

  // Sends what the host's copy lacks of the whole lines in the file. Throws LinkFailure: permanent
  // where the host's copy is not a prefix of it.
  awaitable<void> push(std::string host, std::shared_ptr<Shell> shell);

  // Bytes of the file that the pushes have read, in all.
  std::uint64_t bytes_read() const { return bytes_read_; }

 private:
  // The file's first `size` bytes, which a host is known to have.
  struct Copy {
    std::uint64_t size = 0;
    core::Sha256 digest;
    std::weak_ptr<Shell> compared_in;
  };
  awaitable<void> bring(Copy& copy, Shell& shell, bool compared);
  bool compare(Copy& copy, std::uint64_t size, const std::string& digest);
  std::string read_from(std::uint64_t offset, std::uint64_t size_max);

  core::Ownership owner_;
  std::string lines_;
  std::string directory_;
  std::string path_;
  std::map<std::string, Copy> copies_;
  std::uint64_t bytes_read_ = 0;
};

// One driver's copy as a host has it: bytes, not verified.
struct JournalCopy {
  std::string name;  // of its file
  std::string bytes;
};

// Every copy of a run's journal on a host. Throws LinkFailure or ExecTimeout.
awaitable<std::vector<JournalCopy>> fetch_journals(
    Shell& shell, std::string run_id, std::string state = std::string(core::kHostState));

}  // namespace transports

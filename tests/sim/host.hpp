// Host: one modelled control-plane host. Invariant: its files are what a disk would hold; whatever
// was never synced may be gone after a power loss, and nothing else may.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/ownership.hpp"

namespace sim {

// The control plane's hosts have their numbers for names. With `longest_names`, which is the
// process's and is not set while a simulation runs, these are whole domain names of 253 characters,
// as long as Kubernetes allows, that differ in the last one only.
inline bool longest_names = false;
std::string host_name(int number);

// A path and what stands there: a token that names the content, e.g. "data of master-1".
class Files {
 public:
  // A file's own token, or that of the first file below a directory; empty: nothing is there.
  std::string at(std::string_view path) const;
  bool exists(std::string_view path) const { return !at(path).empty(); }
  void write(const std::string& path, std::string token) { files_[path] = std::move(token); }
  // As rename(2) does it, with everything below. A target that exists is replaced.
  void rename(std::string_view from, std::string_view to);
  void remove(std::string_view path);
  std::vector<std::string> below(std::string_view directory) const;
  bool holds(std::string_view token) const;

 private:
  std::map<std::string, std::string, std::less<>> files_;
};

// The directory of a remote job, and the process that works for it (docs/remote-job.md).
struct Job {
  bool durable = false;  // the directory outlives a power loss
  bool began = false;
  bool settled = false;  // began by whoever settled the doubt
  int boot = 0;          // in which it began
  bool alive = false;
  std::optional<int> rc;
  std::string output;
  int times_begun = 0;
};

struct Host {
  std::string name;
  std::optional<core::SeenOwner> owner;  // whom it obeys
  std::vector<std::string> journal;      // its copy of the driver's lines
  int boot = 1;
  bool up = true;
  Files files;
  std::set<std::string> containers;
  std::set<std::string> forgotten;  // containers that live and that the runtime does not list
  std::set<std::string> ghosts;     // containers that it lists, although their process is gone
  int kubelet_starts = 1;
  bool kubelet_active = true;
  std::map<std::string, Job> jobs;
  std::map<std::string, std::set<std::uint64_t>> parts;  // chunks of unfinished copies
  // How to undo what the disk may not hold yet, and since when.
  std::vector<std::pair<std::int64_t, std::function<void()>>> unsynced;

  // What the runtime lists as running.
  bool lists(const std::string& container) const {
    return ghosts.contains(container) ||
           (containers.contains(container) && !forgotten.contains(container));
  }
  std::string boot_id() const { return name + "-boot-" + std::to_string(boot); }
};

}  // namespace sim

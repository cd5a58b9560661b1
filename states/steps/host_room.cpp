// What is written where, and what is free there; see the header. Source: docs/procedure.md, S2, S7
// and S9.
#include "states/steps/host_room.hpp"

#include <algorithm>
#include <map>

#include "states/steps/host_paths.hpp"
#include "states/steps/reading.hpp"

namespace states {

using core::StepContext;

namespace {

constexpr std::int64_t kMiB = 1 << 20;
constexpr std::int64_t kSpareBytes = 256 * kMiB;      // for jobs, logs and etcd's own log files
constexpr std::int64_t kRehearsalSpare = 200 * kMiB;  // as rehearse-restore.act.sh has it
constexpr std::int64_t kUnpacked = 10;  // times the archive: its manifests and certificates
constexpr std::int64_t kInodesMin = 2'000;
constexpr std::int64_t kBytesMax = std::int64_t{1} << 56;  // no file system has more to count

struct Place {
  std::string device;
  std::string mount;
  std::int64_t free = 0;
  std::int64_t inodes_free = 0;
  std::int64_t inodes = 0;  // 0: the file system makes them as it needs them
};
using Places = std::map<std::string, Place, std::less<>>;

std::vector<std::string> words_of(std::string_view line) {
  std::vector<std::string> words;
  while (!line.empty()) {
    const std::size_t end = std::min(line.find(' '), line.size());
    if (end > 0) words.emplace_back(line.substr(0, end));
    line.remove_prefix(std::min(end + 1, line.size()));
  }
  return words;
}

Places read_places(std::string_view out) {
  Places places;
  for (const std::string& line : values_of(out, "room")) {
    const std::vector<std::string> words = words_of(line);
    if (words.size() != 7) continue;
    const std::int64_t blocks = count_of(words[3]);
    const std::int64_t block = count_of(words[4]);
    if (blocks < 0 || block <= 0 || blocks > kBytesMax / block) continue;
    places[words[0]] = {words[1], words[2], blocks * block, count_of(words[5]), count_of(words[6])};
  }
  return places;
}

std::int64_t bytes_of(const StepContext& context, std::string_view ending) {
  std::int64_t bytes = 0;
  for (const core::BackupFile& file : context.start().backup.files)
    if (file.name.ends_with(ending)) bytes += static_cast<std::int64_t>(file.size_bytes);
  return bytes;
}

std::string mib(std::int64_t bytes) { return std::to_string(bytes / kMiB) + " MiB"; }

// What one file system must hold at once, and why.
struct Need {
  std::int64_t bytes = 0;
  std::string why;
  void add(std::int64_t more, const std::string& what) {
    bytes += more;
    if (more > 0) why += (why.empty() ? "" : ", ") + what + " " + mib(more);
  }
};

class Room {
 public:
  Room(const StepContext& context, std::string_view out, Findings& found)
      : context_(context), found_(found), places_(read_places(out)) {
    const Lines lines = read_lines(out);
    member_ = std::max<std::int64_t>(count_of(value_of(lines, "member_bytes")), 0);
  }

  bool known() const { return places_.contains(kEtcdData) && places_.contains(kEtcdBackup); }

  void find() {
    std::map<std::string, const Place*> devices;
    for (const auto& [name, place] : places_) devices.emplace(place.device, &place);
    for (const auto& [device, place] : devices) {
      const Need need = need_of(device);
      if (need.bytes > 0 && place->free < need.bytes) {
        problem(brief(place->mount, 100) + " has " + mib(place->free) + " free and needs " +
                    mib(need.bytes) + " (" + need.why + ")",
                "free up space in " + brief(place->mount, 100));
      }
      if (place->inodes > 0 && place->inodes_free < kInodesMin) {
        problem(brief(place->mount, 100) + " has " + std::to_string(place->inodes_free) +
                    " inodes free and needs " + std::to_string(kInodesMin),
                "delete small files in " + brief(place->mount, 100) + " (df -i)");
      }
    }
    rehearsal();
  }

 private:
  void problem(const std::string& what, const std::string& remedy) {
    found_.problems.push_back(what);
    found_.remedies.push_back(remedy);
  }

  bool is_on(std::string_view place, const std::string& device) const {
    const auto found = places_.find(place);
    return found != places_.end() && found->second.device == device;
  }

  // The most of two moments: cluster-restore.sh has copied the live data out of its own mount, and
  // etcd has restored the snapshot where that was. A rename within a mount needs no room.
  Need need_of(const std::string& device) const {
    const bool data = is_on(kEtcdData, device);
    const bool backup = is_on(kEtcdBackup, device);
    const bool own = is_on(core::kHostState, device);
    // A disk of etcd's own may be full of the data that will leave it.
    const bool leaves = context_.on_recovery_host() && data && apart();
    Need common;
    if (backup || own || (data && !leaves)) common.add(kSpareBytes, "spare");
    if (!context_.on_recovery_host()) {
      if (data) common.add(snapshot(), "etcd's data of the restored cluster");
      return common;
    }
    if (own) common.add(snapshot() + archive(), "the copy of the backup");
    if (is_on("/etc/kubernetes", device)) common.add(kUnpacked * archive(), "the unpacked archive");
    Need moved = common;
    if (backup && apart()) moved.add(member_, "the live etcd data, copied from its own mount");
    Need restored = moved;
    if (backup) restored.add(snapshot(), "the script's copy of the snapshot");
    if (data) restored.add(snapshot(), "the restored data");
    if (leaves && !backup && !own) restored.add(kSpareBytes, "spare");
    if (leaves) restored.bytes -= std::min(member_, restored.bytes);
    return restored.bytes > moved.bytes ? restored : moved;
  }

  // It skips itself then.
  void rehearsal() {
    const auto place = places_.find(core::kHostState);
    if (!context_.on_recovery_host() || place == places_.end()) return;
    const std::int64_t need = snapshot() + archive() + snapshot() * 11 / 10 + kRehearsalSpare;
    if (place->second.free >= need) return;
    found_.notices.push_back("no trial restore will run: it needs " + mib(need) + " in " +
                             brief(place->second.mount, 100));
  }

  bool apart() const {
    return places_.find(kEtcdData)->second.mount != places_.find(kEtcdBackup)->second.mount;
  }
  std::int64_t snapshot() const { return bytes_of(context_, ".db"); }
  std::int64_t archive() const { return bytes_of(context_, ".tar.gz"); }

  const StepContext& context_;
  Findings& found_;
  const Places places_;
  std::int64_t member_ = 0;
};

// The looks of okd-4.7/2 and before print what is free in /var/lib only. There the recovery host
// holds the copy, the script's own copy and the restored data at the same time.
void find_room_of_var(const StepContext& context, const Lines& lines, Findings& found) {
  const std::int64_t free = count_of(value_of(lines, "free_bytes"));
  const std::int64_t size = bytes_of(context, ".db");
  const std::int64_t need = (context.on_recovery_host() ? 3 : 1) * size + kSpareBytes;
  if (free < 0 || free >= need) return;
  found.problems.push_back("/var/lib has " + mib(free) + " free and needs " + mib(need) +
                           " for a snapshot of " + mib(size));
  found.remedies.push_back("free up space in /var/lib");
}

void find_memory(const StepContext& context, const Lines& lines, Findings& found) {
  const std::int64_t available = count_of(value_of(lines, "memory_bytes"));
  const std::int64_t size = bytes_of(context, ".db");
  if (!context.on_recovery_host() || available < 0 || available >= size + kSpareBytes) return;
  found.notices.push_back("only " + mib(available) +
                          " of memory is available for an etcd database "
                          "of " +
                          mib(size));
}

}  // namespace

void find_room(const StepContext& context, std::string_view out, Findings& found) {
  const Lines lines = read_lines(out);
  Room room(context, out, found);
  if (room.known())
    room.find();
  else
    find_room_of_var(context, lines, found);
  find_memory(context, lines, found);
}

}  // namespace states

// The messages; see the header.
#include "journal/disk/store_words.hpp"

#include <cerrno>
#include <cstring>

#include "journal/disk/log_scan.hpp"
#include "journal/disk/reserve.hpp"

namespace journal {

namespace fs = std::filesystem;

namespace {

std::string fact(std::uint64_t seq) { return "fact " + std::to_string(seq); }

std::string range(std::uint64_t first, std::uint64_t last) {
  return first == last ? fact(first)
                       : "facts " + std::to_string(first) + " to " + std::to_string(last);
}

// The position of a log's first damaged record, with the fact before it. Empty: no record is.
std::string place_in(const fs::path& file, bool holds_facts, std::uint64_t* seq) {
  const LogScan scan = scan_log(file, true);
  if (scan.end != LogEnd::damaged) return {};
  std::string place = "db/" + file.filename().string() + ", byte " + std::to_string(scan.at);
  if (holds_facts && scan.last_sequence > 0) {
    *seq = scan.last_sequence + 1;
    place += ", after " + fact(scan.last_sequence);
  }
  return place;
}

}  // namespace

void refuse_damaged(const fs::path& run, const std::string& what, std::uint64_t seq,
                    std::uint64_t lost_facts) {
  throw StoreError(
      StoreFault::damaged,
      "the journal in " + run.string() + " is damaged: " + what +
          ". Nothing was changed on any host or in any file. `restorectl journal recover " +
          run.filename().string() +
          "` rebuilds it from the hosts' copies and moves the damaged files to "
          "set-aside/; until then, read journal.jsonl with `restorectl replay`",
      seq, lost_facts);
}

void refuse_defect(const fs::path& run, const Defect& defect) {
  if (defect.kind == DefectKind::unknown_type) {
    throw StoreError(StoreFault::other_version,
                     "the journal in " + run.string() +
                         " was written by another version: " + fact(defect.seq) + ": " +
                         defect.what + ". Use the restorectl that wrote it",
                     defect.seq);
  }
  refuse_damaged(run, fact(defect.seq) + ": " + defect.what, defect.seq);
}

void refuse_unopened(const fs::path& run, const std::string& words) {
  const fs::path database = database_path(run);
  std::uint64_t seq = 0;
  std::string place;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(database, error)) {
    if (place.empty() && entry.path().extension() == ".log")
      place = place_in(entry.path(), true, &seq);
  }
  const fs::path manifest = current_manifest(database);
  if (place.empty() && !manifest.empty()) place = place_in(manifest, false, &seq);
  if (place.empty()) place = "db/, in the file that LevelDB names";
  refuse_damaged(run, place + ": LevelDB reports: " + words, seq);
}

void refuse_without_reserve(const fs::path& run) {
  refuse_io("the journal in " + run.string() + " needs " + std::to_string(kReserveBytes >> 20) +
            " MiB of free disk space, which are reserved before anything is done on a host. Free "
            "disk space, then try again");
}

void refuse_io(const std::string& what) {
  throw StoreError(StoreFault::io, what + ": " + std::strerror(errno));
}

void refuse_other_mirror(const fs::path& run, const MirrorState& mirror, std::uint64_t stored,
                         LostTail lost_tail) {
  if (mirror.differs_at > stored) {
    refuse_damaged(run,
                   "journal.jsonl continues after " + fact(stored) +
                       ", the last one in the database, but its line " +
                       std::to_string(mirror.differs_at) +
                       " does not follow the line before it. If journal.jsonl was altered, move "
                       "it aside: it is rebuilt from the database, whose own chain is intact",
                   mirror.differs_at);
  }
  if (mirror.differs_at > 0) {
    refuse_damaged(
        run,
        "journal.jsonl and the database differ at " + fact(mirror.differs_at) +
            ", although the database's own chain is intact. Compare both heads with one kept "
            "elsewhere; if the database is right, move journal.jsonl aside: it is rebuilt",
        mirror.differs_at);
  }
  if (lost_tail == LostTail::recover) return;
  if (mirror.extra_lines > 0) {
    refuse_damaged(
        run,
        "the database ends with " + fact(stored) + " and has lost " +
            range(stored + 1, stored + mirror.extra_lines) +
            ", which it had acknowledged; journal.jsonl still has them, with an intact chain. To "
            "recover them, run `restorectl resume --take-back`",
        stored + 1, mirror.extra_lines);
  }
  if (mirror.extra_torn) {
    refuse_damaged(
        run,
        "the database ends with " + fact(stored) + " and has lost " + fact(stored + 1) +
            ", which it had acknowledged: journal.jsonl has only the beginning of it. To continue "
            "without it, run `restorectl resume --take-back`; its commands, if any, may have run",
        stored + 1, 0);
  }
}

std::vector<std::string> notices_of(const fs::path& database, const MirrorState& mirror,
                                    std::uint64_t stored) {
  std::vector<std::string> notices;
  if (!mirror.found) {
    notices.push_back(
        "journal.jsonl is missing and is rebuilt from the database. Without it, facts missing "
        "after " +
        fact(stored) + " cannot be detected: compare the head with one kept elsewhere");
  } else if (mirror.whole_lines < stored) {
    notices.push_back("journal.jsonl lacked " + range(mirror.whole_lines + 1, stored) +
                      ", as after a power loss: completed from the database");
  } else if (mirror.torn) {
    notices.push_back("journal.jsonl ended in zeroes, as after a power loss: they were removed");
  }
  const bool log_torn = scan_log(newest_log(database), false).end != LogEnd::clean;
  if (log_torn && mirror.extra_lines == 0 && !mirror.extra_torn) {
    notices.push_back("the database's log ends in the middle of a write, after " + fact(stored) +
                      ": that fact is lost. " +
                      (mirror.found
                           ? "It is not in journal.jsonl either, so none of its commands were run"
                           : "Whether its commands were run is unknown"));
  }
  const fs::path manifest = current_manifest(database);
  if (!manifest.empty() && scan_log(manifest, false).end != LogEnd::clean) {
    notices.push_back(
        "the database's list of files ends in the middle of a write; the files it names are "
        "intact up to " +
        fact(stored));
  }
  if (mirror.extra_lines > 0) {
    notices.push_back("the database had lost " + range(stored + 1, stored + mirror.extra_lines) +
                      ": recovered from journal.jsonl");
  }
  if (mirror.extra_torn) {
    const std::string lost = fact(stored + mirror.extra_lines + 1);
    notices.push_back(lost + " is lost: journal.jsonl had only its beginning, which was removed");
  }
  return notices;
}

}  // namespace journal

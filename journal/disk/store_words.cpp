// The sentences; see the header.
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

// Where the first damaged record of a log stands, with the fact before it. Empty: in no log.
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
  throw StoreError(StoreFault::damaged,
                   "the journal in " + run.string() + " is damaged: " + what +
                       ". Nothing was changed, on no host and in no file. `restorectl journal "
                       "recover " +
                       run.filename().string() +
                       "` writes it anew from the copies that the hosts have, and keeps what is "
                       "here aside; until then journal.jsonl can be read with `restorectl replay`",
                   seq, lost_facts);
}

void refuse_defect(const fs::path& run, const Defect& defect) {
  if (defect.kind == DefectKind::unknown_type) {
    throw StoreError(StoreFault::other_version,
                     "the journal in " + run.string() +
                         " is of another version: " + fact(defect.seq) + ": " + defect.what +
                         ". Go on with the restorectl that wrote it",
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
  if (place.empty()) place = "in db/, at the file that is named behind";
  refuse_damaged(run, place + ": LevelDB says: " + words, seq);
}

void refuse_without_reserve(const fs::path& run) {
  refuse_io("the journal in " + run.string() + " needs " + std::to_string(kReserveBytes >> 20) +
            " MiB of free disk before anything is done on a host, so that it cannot run out in the "
            "midst of it. Free some, then try again");
}

void refuse_io(const std::string& what) {
  throw StoreError(StoreFault::io, what + ": " + std::strerror(errno));
}

void refuse_other_mirror(const fs::path& run, const MirrorState& mirror, std::uint64_t stored,
                         LostTail lost_tail) {
  if (mirror.differs_at > stored) {
    refuse_damaged(run,
                   "journal.jsonl goes on after " + fact(stored) +
                       ", the last of the database, and at line " +
                       std::to_string(mirror.differs_at) +
                       " with what does not follow. If it was altered, move it aside: it is then "
                       "written anew from the database, whose own chain is whole",
                   mirror.differs_at);
  }
  if (mirror.differs_at > 0) {
    refuse_damaged(
        run,
        "journal.jsonl and the database differ at " + fact(mirror.differs_at) +
            ", while the database's own chain is whole. Compare their heads with one that "
            "was kept elsewhere; where the database is right, move journal.jsonl aside, "
            "and it is written anew",
        mirror.differs_at);
  }
  if (lost_tail == LostTail::recover) return;
  if (mirror.extra_lines > 0) {
    refuse_damaged(
        run,
        "the database ends with " + fact(stored) + " and has lost " +
            range(stored + 1, stored + mirror.extra_lines) +
            ", which it had acknowledged; journal.jsonl still has them, whole and chained "
            "on. `restorectl resume --take-back` takes them back from there",
        stored + 1, mirror.extra_lines);
  }
  if (mirror.extra_torn) {
    refuse_damaged(
        run,
        "the database ends with " + fact(stored) + " and has lost " + fact(stored + 1) +
            ", which it had acknowledged: journal.jsonl has the beginning of it. "
            "`restorectl resume --take-back` goes on without it; its commands, if any, may "
            "have been run",
        stored + 1, 0);
  }
}

std::vector<std::string> notices_of(const fs::path& database, const MirrorState& mirror,
                                    std::uint64_t stored) {
  std::vector<std::string> notices;
  if (!mirror.found) {
    notices.push_back(
        "journal.jsonl is missing and is written anew from the database. Without it nobody can "
        "tell "
        "whether facts are missing after " +
        fact(stored) + ": compare the head with one that was kept elsewhere");
  } else if (mirror.whole_lines < stored) {
    notices.push_back("journal.jsonl lacks " + range(mirror.whole_lines + 1, stored) +
                      ", as after a power loss; completed from the database");
  } else if (mirror.torn) {
    notices.push_back("journal.jsonl ends in zeroes, as after a power loss; they are cut off");
  }
  const bool log_torn = scan_log(newest_log(database), false).end != LogEnd::clean;
  if (log_torn && mirror.extra_lines == 0 && !mirror.extra_torn) {
    notices.push_back("the database's log was cut off within a write, after " + fact(stored) +
                      ": that fact is lost. " +
                      (mirror.found
                           ? "It was not in journal.jsonl either, so that nothing was done upon it"
                           : "Whether anything was done upon it is not known"));
  }
  const fs::path manifest = current_manifest(database);
  if (!manifest.empty() && scan_log(manifest, false).end != LogEnd::clean) {
    notices.push_back(
        "the database's list of files was cut off within a write; what it names is whole "
        "up to " +
        fact(stored));
  }
  if (mirror.extra_lines > 0) {
    notices.push_back("the database had lost " + range(stored + 1, stored + mirror.extra_lines) +
                      "; taken back from journal.jsonl");
  }
  if (mirror.extra_torn) {
    const std::string lost = fact(stored + mirror.extra_lines + 1);
    notices.push_back(lost + " is lost: journal.jsonl has only its beginning, which is cut off");
  }
  return notices;
}

}  // namespace journal

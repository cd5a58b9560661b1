// The only file that knows LevelDB. Why each option: docs/journal-format.md, "What LevelDB does by
// itself, and what we do about it".
#include "journal/store.hpp"

#include <fcntl.h>
#include <leveldb/db.h>
#include <leveldb/write_batch.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "journal/log_tail.hpp"
#include "journal/mirror.hpp"
#include "journal/record.hpp"

namespace journal {

namespace fs = std::filesystem;

fs::path database_path(const fs::path& run_directory) { return run_directory / "db"; }
fs::path mirror_path(const fs::path& run_directory) { return run_directory / "journal.jsonl"; }

namespace {

// Big-endian, so that LevelDB's byte order is the order of facts.
std::string key_of(std::uint64_t seq) {
  std::string key(8, '\0');
  for (int i = 7; i >= 0; --i, seq >>= 8) {
    key[static_cast<std::size_t>(i)] = static_cast<char>(seq & 0xFF);
  }
  return key;
}

leveldb::Options options() {
  leveldb::Options options;
  options.create_if_missing = false;
  options.paranoid_checks = true;  // else a flipped bit drops facts from the middle without a word
  options.compression = leveldb::kNoCompression;
  // One log file for a whole run: LevelDB does not sync the directory when it begins a new one.
  options.write_buffer_size = 256u << 20;
  options.max_file_size = 64u << 20;
  return options;
}

void sync_directory(const fs::path& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const bool synced = fd >= 0 && ::fsync(fd) == 0;
  const std::string why = std::strerror(errno);
  if (fd >= 0) ::close(fd);
  if (!synced) throw StoreError(StoreFault::io, "cannot sync " + path.string() + ": " + why);
}

[[noreturn]] void damaged(const fs::path& run, const std::string& what) {
  throw StoreError(StoreFault::damaged,
                   "the journal in " + run.string() + " is damaged: " + what +
                       ". Nothing was changed, on no host and in no file. Keep a copy of the whole "
                       "directory; journal.jsonl in it can be read with `restorectl replay`");
}

[[noreturn]] void explain(const fs::path& run, const leveldb::Status& status) {
  const std::string words = status.ToString();
  if (words.find("LOCK") != std::string::npos || words.find("already held") != std::string::npos) {
    throw StoreError(StoreFault::locked, "the journal in " + run.string() +
                                             " is open in another process: a restorectl drives this "
                                             "run already; watch it with `restorectl status`");
  }
  if (status.IsIOError() && words.find("No such file") == std::string::npos) {
    throw StoreError(StoreFault::io, "the journal in " + run.string() + " cannot be opened: " + words);
  }
  damaged(run, "LevelDB says: " + words);
}

}  // namespace

struct Store::Disk {
  fs::path run;
  std::unique_ptr<leveldb::DB> db;
  int mirror_fd = -1;
  Head head{0, std::string(kNoPrevious)};
  bool failed = false;
  std::vector<std::string> notices;

  ~Disk() {
    if (mirror_fd >= 0) ::close(mirror_fd);
  }

  void put(std::uint64_t seq, const std::string& line) {
    leveldb::WriteOptions write;
    write.sync = true;
    const leveldb::Status status = db->Put(write, key_of(seq), line);
    if (!status.ok()) {
      failed = true;
      throw core::JournalError("the journal cannot be written (" + run.string() +
                               "): " + status.ToString() +
                               "; nothing further was done. Free the disk, then resume");
    }
  }

  // Not synced and not the authority: what is missing here is completed at the next open.
  void mirror(const std::string& line) {
    if (mirror_fd < 0) return;
    const std::string text = line + "\n";
    if (::write(mirror_fd, text.data(), text.size()) != static_cast<ssize_t>(text.size())) {
      ::close(mirror_fd);
      mirror_fd = -1;
    }
  }

  void open_mirror() {
    mirror_fd = ::open(mirror_path(run).c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    if (mirror_fd < 0) {
      throw StoreError(StoreFault::io, "cannot write " + mirror_path(run).string() + ": " +
                                           std::strerror(errno));
    }
  }

  void verify(const RecordVisitor& visitor);
  void reconcile_mirror(const RecordVisitor& visitor);
};

// The whole database, line by line: keys without a gap, each line a record that follows the one before.
void Store::Disk::verify(const RecordVisitor& visitor) {
  ChainVerifier verifier;
  leveldb::ReadOptions read;
  read.verify_checksums = true;
  read.fill_cache = false;
  const std::unique_ptr<leveldb::Iterator> it(db->NewIterator(read));
  for (it->SeekToFirst(); it->Valid(); it->Next()) {
    const std::uint64_t seq = verifier.head().seq + 1;
    if (it->key().ToString() != key_of(seq)) damaged(run, "fact " + std::to_string(seq) + " is missing");
    core::Record record;
    const leveldb::Slice value = it->value();
    const std::string wrong = verifier.take({value.data(), value.size()}, &record);
    if (!wrong.empty()) damaged(run, "fact " + std::to_string(seq) + ": " + wrong);
    visitor(record);
  }
  if (!it->status().ok()) {
    damaged(run, "after fact " + std::to_string(verifier.head().seq) + ": " + it->status().ToString());
  }
  head = verifier.head();
}

// Line N of the mirror must be line N of the database. The mirror is written after the database, so
// it may lack lines; it can only have more where the database lost its tail, as after a torn write.
void Store::Disk::reconcile_mirror(const RecordVisitor& visitor) {
  std::uint64_t mirrored = 0;
  std::uint64_t whole_bytes = 0;
  const std::uint64_t stored = head.seq;
  const MirrorReport report = read_mirror(
      mirror_path(run), [&](const core::Record& record, std::string_view line) {
        mirrored = record.fact.seq;
        whole_bytes += line.size() + 1;
        if (mirrored > stored) {
          put(mirrored, std::string(line));
          head = {mirrored, sha256_hex(line)};
          visitor(record);
          return;
        }
        std::string value;
        const leveldb::Status status = db->Get(leveldb::ReadOptions(), key_of(mirrored), &value);
        if (!status.ok() || value != line) {
          damaged(run, "journal.jsonl and the database differ at fact " + std::to_string(mirrored));
        }
      });
  if (!report.defect.empty()) damaged(run, "journal.jsonl, " + report.defect);
  if (mirrored > stored) {
    notices.push_back("the database had lost its last facts (" + std::to_string(stored + 1) + " to " +
                      std::to_string(mirrored) + "); they were taken back from journal.jsonl");
  }
  if (report.torn_tail &&
      ::truncate(mirror_path(run).c_str(), static_cast<off_t>(whole_bytes)) != 0) {
    throw StoreError(StoreFault::io, "cannot mend the last line of " + mirror_path(run).string());
  }
  open_mirror();
  for (std::uint64_t seq = mirrored + 1; seq <= head.seq; ++seq) {
    std::string line;
    if (!db->Get(leveldb::ReadOptions(), key_of(seq), &line).ok()) {
      damaged(run, "fact " + std::to_string(seq) + " cannot be read again");
    }
    mirror(line);
  }
}

Store::Store(std::unique_ptr<Disk> disk) : disk_(std::move(disk)) {}
Store::~Store() = default;

std::unique_ptr<Store> Store::create(const fs::path& run_directory) {
  ::umask(077);
  std::error_code error;
  fs::create_directories(run_directory, error);
  if (error) {
    throw StoreError(StoreFault::io, "cannot make " + run_directory.string() + ": " + error.message());
  }
  if (fs::exists(database_path(run_directory)) || fs::exists(mirror_path(run_directory))) {
    throw StoreError(StoreFault::exists, "there is a journal in " + run_directory.string() + " already");
  }
  auto disk = std::make_unique<Disk>();
  disk->run = run_directory;
  leveldb::Options creating = options();
  creating.create_if_missing = true;
  creating.error_if_exists = true;
  leveldb::DB* db = nullptr;
  const leveldb::Status status = leveldb::DB::Open(creating, database_path(run_directory), &db);
  disk->db.reset(db);
  if (!status.ok()) explain(run_directory, status);
  disk->open_mirror();
  sync_directory(database_path(run_directory));
  sync_directory(run_directory);
  sync_directory(run_directory.parent_path());
  return std::unique_ptr<Store>(new Store(std::move(disk)));
}

std::unique_ptr<Store> Store::open(const fs::path& run_directory, const RecordVisitor& visitor) {
  ::umask(077);
  const fs::path database = database_path(run_directory);
  if (!fs::exists(run_directory)) {
    throw StoreError(StoreFault::not_found, "there is no run in " + run_directory.string());
  }
  // Asked to create, LevelDB would take a lost CURRENT for a new database and delete the old files.
  if (!fs::exists(database / "CURRENT")) damaged(run_directory, "db/CURRENT is missing");
  auto disk = std::make_unique<Disk>();
  disk->run = run_directory;
  const bool torn = log_ends_torn(database);
  leveldb::DB* db = nullptr;
  const leveldb::Status status = leveldb::DB::Open(options(), database, &db);
  disk->db.reset(db);
  if (!status.ok()) explain(run_directory, status);
  sync_directory(database);
  disk->verify(visitor);
  const std::uint64_t stored = disk->head.seq;
  disk->reconcile_mirror(visitor);
  if (disk->head.seq == 0) damaged(run_directory, "it holds no fact at all");
  if (torn && disk->head.seq == stored) {
    disk->notices.push_back("the database's last record was torn: what was written last, after fact " +
                            std::to_string(stored) + ", is lost");
  }
  return std::unique_ptr<Store>(new Store(std::move(disk)));
}

void Store::append(const core::Record& record) {
  Disk& disk = *disk_;
  if (disk.failed) {
    throw core::JournalError("the journal in " + disk.run.string() +
                             " failed before; it takes nothing until it is opened anew");
  }
  if (record.fact.seq != disk.head.seq + 1) {
    disk.failed = true;
    throw core::JournalError("fact " + std::to_string(record.fact.seq) + " does not follow fact " +
                             std::to_string(disk.head.seq));
  }
  const std::string line = encode(record, disk.head.sha256);
  disk.put(record.fact.seq, line);
  disk.head = {record.fact.seq, sha256_hex(line)};
  disk.mirror(line);
}

const Head& Store::head() const { return disk_->head; }
const std::vector<std::string>& Store::notices() const { return disk_->notices; }

}  // namespace journal

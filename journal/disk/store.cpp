// The only file that knows LevelDB. Why each option: docs/journal-format.md, "What LevelDB does by
// itself, and what we do about it".
#include "journal/disk/store.hpp"

#include <leveldb/db.h>
#include <leveldb/env.h>
#include <leveldb/helpers/memenv.h>
#include <sys/stat.h>

#include <thread>
#include <utility>

#include "journal/disk/directories.hpp"
#include "journal/disk/log_scan.hpp"
#include "journal/disk/mirror_file.hpp"
#include "journal/disk/reserve.hpp"
#include "journal/disk/store_words.hpp"
#include "journal/format/record.hpp"
#include "journal/format/verify_lines.hpp"

namespace journal {

namespace fs = std::filesystem;

fs::path database_path(const fs::path& run_directory) { return run_directory / "db"; }
fs::path mirror_path(const fs::path& run_directory) { return run_directory / "journal.jsonl"; }

namespace {

// Accepts what is written and keeps nothing.
class NullFile final : public leveldb::WritableFile {
 public:
  leveldb::Status Append(const leveldb::Slice&) override { return {}; }
  leveldb::Status Close() override { return {}; }
  leveldb::Status Flush() override { return {}; }
  leveldb::Status Sync() override { return {}; }
};

class NullLogger final : public leveldb::Logger {
 public:
  void Logv(const char*, std::va_list) override {}
};

// LevelDB rewrites its files while it opens, before anybody could verify them. So
// each journal is opened twice: first as a rehearsal, in which all that LevelDB
// writes goes to memory and all that it removes stays, and then, if every fact is
// intact, for real. The lock is held throughout. The second time, a new log's name
// is made durable before its first record can be: LevelDB itself syncs directories
// only together with its MANIFEST, and a power loss could take a whole log away.
class JournalEnv final : public leveldb::EnvWrapper {
 public:
  using Status = leveldb::Status;

  JournalEnv() : EnvWrapper(leveldb::Env::Default()), opener_(std::this_thread::get_id()) {}
  ~JournalEnv() override {
    if (kept_lock_ != nullptr) target()->UnlockFile(kept_lock_);
  }

  void begin_rehearsal() { memory_.reset(leveldb::NewMemEnv(target())); }
  void end_rehearsal() { memory_.reset(); }
  bool lock_is_held_elsewhere() const { return locked_; }

  Status NewSequentialFile(const std::string& name, leveldb::SequentialFile** file) override {
    return home_of(name)->NewSequentialFile(name, file);
  }
  Status NewRandomAccessFile(const std::string& name, leveldb::RandomAccessFile** file) override {
    return home_of(name)->NewRandomAccessFile(name, file);
  }
  Status NewWritableFile(const std::string& name, leveldb::WritableFile** file) override {
    if (memory_) {
      // Compactions run on LevelDB's own thread; a rehearsal needs none.
      if (std::this_thread::get_id() != opener_) return Status::IOError(name, "only rehearsing");
      return memory_->NewWritableFile(name, file);
    }
    Status status = target()->NewWritableFile(name, file);
    if (!status.ok()) return status;
    status = owned(status, name);
    if (status.ok() && name.ends_with(".log") && !sync_directory(fs::path(name).parent_path()))
      status = Status::IOError(name, "cannot sync its directory");
    if (!status.ok()) delete std::exchange(*file, nullptr);
    return status;
  }
  Status NewAppendableFile(const std::string& name, leveldb::WritableFile** file) override {
    if (!memory_) return target()->NewAppendableFile(name, file);
    *file = new NullFile;
    return {};
  }
  bool FileExists(const std::string& name) override { return home_of(name)->FileExists(name); }
  Status GetFileSize(const std::string& name, std::uint64_t* size) override {
    return home_of(name)->GetFileSize(name, size);
  }
  Status CreateDir(const std::string& name) override {
    return memory_ ? Status() : owned(target()->CreateDir(name), name, 0700);
  }
  Status RemoveFile(const std::string& name) override {
    if (!memory_) return target()->RemoveFile(name);
    return memory_->FileExists(name) ? memory_->RemoveFile(name) : Status();
  }
  Status RenameFile(const std::string& from, const std::string& to) override {
    if (memory_) return memory_->RenameFile(from, to);
    const Status status = target()->RenameFile(from, to);
    if (!status.ok() || sync_directory(fs::path(to).parent_path())) return status;
    return Status::IOError(to, "cannot sync its directory");
  }
  Status LockFile(const std::string& name, leveldb::FileLock** lock) override {
    if (kept_lock_ != nullptr) {
      *lock = std::exchange(kept_lock_, nullptr);
      return {};
    }
    const Status status = target()->LockFile(name, lock);
    const std::string words = status.ToString();
    locked_ = words.find("already held") != std::string::npos ||
              words.find("temporarily unavailable") != std::string::npos;
    const Status mine = owned(status, name);
    if (status.ok() && !mine.ok()) target()->UnlockFile(std::exchange(*lock, nullptr));
    return mine;
  }
  Status UnlockFile(leveldb::FileLock* lock) override {
    if (!memory_) return target()->UnlockFile(lock);
    kept_lock_ = lock;
    return {};
  }

  Status NewLogger(const std::string& name, leveldb::Logger** logger) override {
    const Status status = target()->NewLogger(name, logger);
    return owned(status, name);
  }

 private:
  // LevelDB makes its files readable for everybody, and some of them later, on its own.
  static Status owned(const Status& status, const std::string& name, mode_t mode = 0600) {
    if (!status.ok() || ::chmod(name.c_str(), mode) == 0) return status;
    return Status::IOError(name, "cannot set its mode");
  }

  leveldb::Env* home_of(const std::string& name) {
    return memory_ && memory_->FileExists(name) ? memory_.get() : target();
  }

  const std::thread::id opener_;
  std::unique_ptr<leveldb::Env> memory_;
  leveldb::FileLock* kept_lock_ = nullptr;
  bool locked_ = false;
};

// Big-endian, so that LevelDB's byte order is the order of facts.
std::string key_of(std::uint64_t seq) {
  std::string key(8, '\0');
  for (std::size_t i = 8; i-- > 0; seq >>= 8) key[i] = static_cast<char>(seq & 0xFF);
  return key;
}

std::string_view view_of(const leveldb::Slice& slice) { return {slice.data(), slice.size()}; }

// Reads facts 1, 2, 3 … and gives each line to the mirror's comparer.
LineSource source_of(leveldb::Iterator& it, MirrorComparer& mirror) {
  it.SeekToFirst();
  return [&it, &mirror, seq = std::uint64_t{0}](std::string_view* line, Defect* defect) mutable {
    if (seq > 0) it.Next();
    ++seq;
    if (!it.Valid() && it.status().ok()) return false;
    if (!it.status().ok()) {
      *defect = {DefectKind::unreadable, seq, "cannot be read: " + it.status().ToString()};
      return false;
    }
    if (view_of(it.key()) != key_of(seq)) {
      *defect = {DefectKind::gap, seq, "missing, but the database has later facts"};
      return false;
    }
    *line = view_of(it.value());
    mirror.take(*line);
    return true;
  };
}

}  // namespace

struct Store::Disk {
  explicit Disk(const fs::path& run_directory) : run(run_directory) {}
  fs::path run;
  JournalEnv env;
  NullLogger quiet;
  std::unique_ptr<leveldb::DB> db;  // behind what it uses
  MirrorWriter mirror;
  Head head;
  bool failed = false;
  std::vector<std::string> notices;

  leveldb::Options options(std::size_t log_bytes_max) {
    leveldb::Options options;
    options.env = &env;
    options.create_if_missing = false;
    options.paranoid_checks = true;  // else a flipped bit drops facts silently
    options.compression = leveldb::kNoCompression;
    options.write_buffer_size = log_bytes_max;
    options.max_file_size = 64U << 20;
    options.block_size = 64U << 10;
    return options;
  }
  void open_database(const leveldb::Options& options);
  MirrorState rehearse(const Visitor& visitor, LostTail lost_tail);
  void open_for_real();
  void recover_tail(const MirrorState& state, const Visitor& visitor);
  void put(std::uint64_t seq, std::string_view line);
  void open_mirror(const MirrorState& state);
  void begin_append();
  void append(std::string_view line);
};

void Store::Disk::open_database(const leveldb::Options& options) {
  leveldb::DB* opened = nullptr;
  const leveldb::Status status = leveldb::DB::Open(options, database_path(run), &opened);
  db.reset(opened);
  if (status.ok()) return;
  const std::string words = status.ToString();
  if (env.lock_is_held_elsewhere()) {
    throw StoreError(StoreFault::locked,
                     "the journal in " + run.string() +
                         " is open in another process: another restorectl is driving this run; "
                         "check it with `restorectl status`");
  }
  if (status.IsIOError()) {
    throw StoreError(StoreFault::io, "cannot open the journal in " + run.string() + ": " + words);
  }
  refuse_unopened(run, words);
}

// Verifies every fact without changing a byte. Throws StoreError.
MirrorState Store::Disk::rehearse(const Visitor& visitor, LostTail lost_tail) {
  const fs::path database = database_path(run);
  if (!fs::exists(database) && !fs::exists(mirror_path(run))) {
    throw StoreError(StoreFault::not_found,
                     "no journal in " + run.string() +
                         ". Unless its files were removed by hand, the run ended before its first "
                         "fact and nothing was done on any host: remove the directory and start a "
                         "new run. If the files were lost, the hosts have copies: "
                         "`restorectl adopt HOST`");
  }
  // Asked to create, LevelDB would take a lost CURRENT for a new database and remove the old files.
  if (!fs::exists(database / "CURRENT")) refuse_damaged(run, "db/CURRENT is missing");
  if (newest_log(database).empty()) refuse_damaged(run, "db/ has no log file: it was removed");

  env.begin_rehearsal();
  leveldb::Options rehearsing = options(kLogBytesMax);
  rehearsing.info_log = &quiet;
  rehearsing.reuse_logs = true;  // avoids writing a table of the log's facts
  open_database(rehearsing);
  leveldb::ReadOptions reading;
  reading.verify_checksums = true;
  reading.fill_cache = false;
  MirrorComparer comparer(mirror_path(run));
  std::unique_ptr<leveldb::Iterator> it(db->NewIterator(reading));
  const Verified verified = verify_lines(
      source_of(*it, comparer),
      [&visitor](core::Record&& record, std::string_view) { visitor(std::move(record)); });
  it.reset();
  db.reset();
  if (verified.defect) refuse_defect(run, verified.defect);
  head = verified.head;
  const MirrorState& state = comparer.finish(head);
  if (head.seq == 0 && state.extra_lines == 0 && state.differs_at == 0) {
    refuse_damaged(run,
                   "it has no facts, as when a start was interrupted before the first one: then "
                   "nothing was done, and you can start a new run");
  }
  refuse_other_mirror(run, state, head.seq, lost_tail);
  notices = notices_of(database, state, head.seq);
  return state;
}

void Store::Disk::open_for_real() {
  env.end_rehearsal();
  open_database(options(kLogBytesMax));
  if (!sync_directory(database_path(run))) refuse_io("cannot sync " + database_path(run).string());
  std::string line;
  const leveldb::Status status = db->Get(leveldb::ReadOptions(), key_of(head.seq), &line);
  if (head.seq > 0 && (!status.ok() || sha256_hex(line) != head.sha256)) {
    refuse_damaged(
        run, "fact " + std::to_string(head.seq) + " changed while the journal was being opened",
        head.seq);
  }
}

void Store::Disk::recover_tail(const MirrorState& state, const Visitor& visitor) {
  FileLines lines(mirror_path(run), state.whole_bytes);
  ChainVerifier verifier(head);
  std::string_view line;
  Defect defect;
  for (std::uint64_t i = 0; i < state.extra_lines; ++i) {
    core::Record record;
    if (lines.next(&line, &defect)) defect = verifier.take(line, &record);
    if (defect || verifier.head().seq != head.seq + 1) {
      refuse_damaged(run, "journal.jsonl changed while it was being read", head.seq + 1);
    }
    put(head.seq + 1, line);
    head = verifier.head();
    visitor(std::move(record));
  }
}

// A failed write may be in the log in part, or even whole. So nothing is written after it; the
// next open finds out, and takes what is there for an intent in doubt.
void Store::Disk::put(std::uint64_t seq, std::string_view line) {
  leveldb::WriteOptions writing;
  writing.sync = true;
  const leveldb::Status status = db->Put(writing, key_of(seq), {line.data(), line.size()});
  if (status.ok()) return;
  failed = true;
  give_back_reserve(run);
  throw core::JournalError(
      "cannot write the journal (" + run.string() + "): " + status.ToString() +
      ". Nothing further was done. Free disk space, then resume; if the disk "
      "is broken, continue on another workstation with `restorectl adopt HOST`");
}

// Completes the mirror from the database.
void Store::Disk::open_mirror(const MirrorState& state) {
  std::uint64_t seq = state.whole_lines;
  bool written = mirror.open(mirror_path(run), state.whole_bytes);
  leveldb::ReadOptions reading;
  reading.fill_cache = false;
  const std::unique_ptr<leveldb::Iterator> it(db->NewIterator(reading));
  for (it->Seek(key_of(seq + 1)); written && it->Valid(); it->Next(), ++seq) {
    written = mirror.append(view_of(it->value()));
  }
  if (!written || !mirror.sync()) refuse_io("cannot write " + mirror_path(run).string());
  if (seq != head.seq) refuse_damaged(run, "its facts cannot be read again", seq + 1);
}

Store::Store(std::unique_ptr<Disk> disk) : disk_(std::move(disk)) {}
Store::~Store() = default;

std::unique_ptr<Store> Store::create(const fs::path& run_directory, std::size_t log_bytes_max) {
  make_directory(run_directory);
  if (!take_reserve(run_directory)) {
    const int why = errno;
    fs::remove(run_directory);  // it is new and empty
    errno = why;
    refuse_without_reserve(run_directory);
  }
  auto disk = std::make_unique<Disk>(run_directory);
  leveldb::Options creating = disk->options(log_bytes_max);
  creating.create_if_missing = true;
  creating.error_if_exists = true;
  disk->open_database(creating);
  disk->open_mirror({});
  for (const fs::path& path : {database_path(run_directory), run_directory}) {
    if (!sync_directory(path)) refuse_io("cannot sync " + path.string());
  }
  return std::unique_ptr<Store>(new Store(std::move(disk)));
}

std::unique_ptr<Store> Store::open(const fs::path& run_directory, const Visitor& visitor,
                                   LostTail lost_tail) {
  auto disk = std::make_unique<Disk>(run_directory);
  const MirrorState state = disk->rehearse(visitor, lost_tail);
  disk->open_for_real();
  disk->recover_tail(state, visitor);
  disk->open_mirror(state);
  if (!take_reserve(run_directory)) refuse_without_reserve(run_directory);
  return std::unique_ptr<Store>(new Store(std::move(disk)));
}

Store::Inspection Store::inspect(const fs::path& run_directory, const Visitor& visitor) {
  Disk disk(run_directory);
  disk.rehearse(visitor, LostTail::refuse);
  return {disk.head, disk.notices};
}

void Store::Disk::begin_append() {
  if (failed) {
    throw core::JournalError("an earlier write to the journal in " + run.string() +
                             " failed: it accepts nothing until it is opened again");
  }
  failed = true;  // until the record is durable, whatever leaves the function that appends it
}

// REQUIRES: begin_append(), and `line` follows the last one.
void Store::Disk::append(std::string_view line) {
  const std::uint64_t seq = head.seq + 1;
  if (line.size() > kLineBytesMax) {
    throw core::JournalError("fact " + std::to_string(seq) + " has " + std::to_string(line.size()) +
                             " bytes; a line can have at most " + std::to_string(kLineBytesMax));
  }
  put(seq, line);
  head = {seq, sha256_hex(line)};
  failed = false;
  if (!mirror.append(line)) {
    notices.push_back("journal.jsonl can no longer be written; it lacks the facts from " +
                      std::to_string(seq) + " on until the journal is opened again");
  }
}

void Store::append(const core::Record& record) {
  Disk& disk = *disk_;
  disk.begin_append();
  if (record.fact.seq != disk.head.seq + 1) {
    throw core::JournalError("fact " + std::to_string(record.fact.seq) + " does not follow fact " +
                             std::to_string(disk.head.seq));
  }
  disk.append(encode(record, disk.head.sha256));
}

void Store::append_line(std::string_view line) {
  Disk& disk = *disk_;
  disk.begin_append();
  core::Record record;
  if (const Defect defect = ChainVerifier(disk.head).take(line, &record)) {
    throw core::JournalError("cannot append line " + std::to_string(defect.seq) + ": " +
                             defect.what);
  }
  disk.append(line);
}

const Head& Store::head() const { return disk_->head; }
const std::vector<std::string>& Store::notices() const { return disk_->notices; }

}  // namespace journal

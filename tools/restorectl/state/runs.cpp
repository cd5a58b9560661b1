// The state directory; see the header.
#include "tools/restorectl/state/runs.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <pwd.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "core/text.hpp"
#include "journal/disk/store.hpp"
#include "tools/restorectl/errors.hpp"

namespace restorectl {

namespace fs = std::filesystem;

fs::path state_directory() {
  const auto variable = [](const char* name) {
    const char* value = std::getenv(name);
    return std::string(value == nullptr ? "" : value);
  };
  if (const std::string own = variable("RESTORECTL_STATE_DIR"); !own.empty())
    return fs::absolute(own);
  if (const std::string xdg = variable("XDG_STATE_HOME"); !xdg.empty())
    return fs::path(xdg) / "restorectl";
  const std::string home = variable("HOME");
  if (home.empty())
    throw Failure(Code::no_state_directory, "HOME is not set; set RESTORECTL_STATE_DIR");
  return fs::path(home) / ".local/state/restorectl";
}

fs::path run_directory(const std::string& run_id) { return state_directory() / "runs" / run_id; }

bool KnownRun::over() const {
  return imported || state.stage == core::RunStage::finished ||
         state.stage == core::RunStage::abandoned;
}

void refuse_imported(const std::string& run_id) {
  std::error_code error;
  if (!fs::exists(run_directory(run_id) / kImportedMark, error)) return;
  throw Failure(
      Code::run_is_imported,
      fmt::format("run {} was imported from a bundle: it can be replayed here, and not be "
                  "driven. To go on with it where it is not ended: `restorectl adopt "
                  "HOST --reason …`",
                  run_id));
}

KnownRun read_run(const std::string& run_id) {
  KnownRun run;
  run.id = run_id;
  std::error_code error;
  run.imported = fs::exists(run_directory(run_id) / kImportedMark, error);
  run.report = journal::read_mirror(
      journal::mirror_path(run_directory(run_id)),
      [&](const core::Record& record, const auto&...) { run.state.note(record); });
  return run;
}

std::vector<KnownRun> list_runs() {
  std::vector<KnownRun> runs;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(state_directory() / "runs", error)) {
    if (entry.is_directory()) runs.push_back(read_run(entry.path().filename().string()));
  }
  std::sort(runs.begin(), runs.end(),
            [](const KnownRun& a, const KnownRun& b) { return a.id < b.id; });
  return runs;
}

std::string choose_run(const std::string& argument) {
  const std::vector<KnownRun> runs = list_runs();
  if (runs.empty()) {
    throw Failure(Code::no_such_run,
                  fmt::format("there is no run in {}; begin one with `restorectl start`",
                              state_directory().string()));
  }
  if (argument.empty()) {
    const auto open =
        std::find_if(runs.rbegin(), runs.rend(), [](const KnownRun& run) { return !run.over(); });
    return open == runs.rend() ? runs.back().id : open->id;
  }
  std::vector<std::string> candidates;
  for (const KnownRun& run : runs) {
    if (run.id == argument) return run.id;
    if (run.id.starts_with(argument)) candidates.push_back(run.id);
  }
  if (candidates.size() == 1) return candidates.front();
  if (candidates.empty()) {
    for (const KnownRun& run : runs) candidates.push_back(run.id);
    throw Failure(Code::no_such_run,
                  fmt::format("there is no run '{}'; there are: {}", core::printable(argument),
                              fmt::join(candidates, ", ")));
  }
  throw Failure(Code::ambiguous_run,
                fmt::format("'{}' could be any of: {}", core::printable(argument),
                            fmt::join(candidates, ", ")));
}

std::string new_run_id(std::int64_t now_ms) {
  const std::string time = core::iso_time(now_ms);
  unsigned char random[4];
  if (::getrandom(random, sizeof random, 0) != static_cast<ssize_t>(sizeof random)) {
    throw Failure(Code::internal, "the kernel gives no random bytes");
  }
  std::string id;
  // With milliseconds, so that the order of ids is the order of runs.
  for (const char c : time.substr(0, 23)) {
    if (c >= '0' && c <= '9') id += c;
    if (c == 'T') id += 't';
  }
  id += "z-";
  for (const unsigned char byte : random) id += fmt::format("{:02x}", byte);
  return id;
}

std::string whoami() {
  const passwd* user = ::getpwuid(::geteuid());
  char host[256] = "";
  ::gethostname(host, sizeof host - 1);
  return fmt::format("{}@{}", user == nullptr ? std::to_string(::geteuid()) : user->pw_name, host);
}

ClusterLock::ClusterLock(const std::string& cluster) {
  const fs::path directory = state_directory() / "clusters";
  std::error_code error;
  fs::create_directories(directory, error);
  const fs::path path = directory / (cluster + ".lock");
  fd_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd_ < 0) throw Failure(Code::file_not_written, fmt::format("cannot write {}", path.string()));
  if (::flock(fd_, LOCK_EX | LOCK_NB) != 0) {
    ::close(fd_);
    throw Failure(Code::cluster_is_driven,
                  fmt::format("another restorectl on this workstation drives cluster '{}' right "
                              "now; watch it with `restorectl status`",
                              cluster));
  }
}

ClusterLock::~ClusterLock() { ::close(fd_); }

int driver_of(const std::string& run_id) {
  const fs::path lock = journal::database_path(run_directory(run_id)) / "LOCK";
  const int fd = ::open(lock.c_str(), O_RDWR | O_CLOEXEC);
  if (fd < 0) return 0;
  struct flock query {};
  query.l_type = F_WRLCK;
  query.l_whence = SEEK_SET;
  const bool asked = ::fcntl(fd, F_GETLK, &query) == 0;
  ::close(fd);
  return asked && query.l_type != F_UNLCK ? query.l_pid : 0;
}

}  // namespace restorectl

// import: take a verified bundle in, to look into it here with replay and report.
#include <fmt/format.h>

#include <filesystem>
#include <fstream>

#include "core/text.hpp"
#include "journal/disk/store.hpp"
#include "tools/restorectl/state/state_directory.hpp"
#include "tools/restorectl/verbs/check_bundle.hpp"
#include "tools/restorectl/verbs/verbs.hpp"

namespace restorectl {

namespace fs = std::filesystem;

namespace {

Exit import_bundle(const BundleOptions& options) {
  std::string signature;
  const postmortem::BundleReading reading = checked_bundle(options, &signature);
  const std::string& run_id = reading.manifest.run_id;
  if (run_id.empty() || run_id.size() > 100 || run_id.front() == '.' ||
      run_id.find('/') != std::string::npos) {
    refuse_bundle(options, "manifest-differs", "the run ID is not a valid directory name");
  }
  const fs::path directory = run_directory(run_id);
  std::error_code error;
  if (fs::exists(directory, error))
    throw Failure(
        Code::run_is_here,
        fmt::format("run {} already exists, in {}; `restorectl replay {}` shows the bundle",
                    core::printable(run_id), directory.string(), core::printable(options.bundle)));
  // Whole under another name first: a run that is half there would be taken for a damaged one.
  const fs::path part = state_directory() / ("importing-" + run_id);
  fs::remove_all(part, error);
  fs::create_directories(part);
  {
    std::ofstream lines(journal::mirror_path(part), std::ios::binary);
    postmortem::read_bundle(options.bundle,
                            [&](core::Record&&, std::string_view line) { lines << line << '\n'; });
    std::ofstream mark(part / kImportedMark);
    mark << "from " << fs::absolute(options.bundle).string() << "\n" << signature << "\n";
    if (!lines.flush() || !mark.flush())
      throw Failure(Code::file_not_written, fmt::format("cannot write below {}", part.string()));
  }
  fs::create_directories(directory.parent_path());
  fs::rename(part, directory);
  fmt::print(
      "imported run {} of cluster {}: it can be replayed and reported, but not resumed\n{}\n",
      core::printable(run_id), core::printable(reading.manifest.cluster),
      core::printable(signature));
  return Exit::done;
}

}  // namespace

void add_import(Verb app) {
  auto options = std::make_shared<BundleOptions>();
  Verb verb = app.verb("import", "Import a verified bundle, for replay, report and runs");
  add_bundle_options(verb, *options);
  verb.footer("Example:\n  restorectl import bundle.tar --key operator.pub\n");
  verb.does([options] { return import_bundle(*options); });
}

}  // namespace restorectl

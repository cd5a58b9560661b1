// See the header.
#include "tools/restorectl/ending.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>

#include "core/replay.hpp"
#include "core/text.hpp"
#include "journal/disk/store.hpp"

namespace restorectl {

namespace {

int fail(Code code, const std::string& what) {
  const std::string shown = text_of(code);
  std::fflush(stdout);  // the last word, also where both go into one file
  fmt::print(stderr, "restorectl: {}: {}\n", shown, core::printable(what));
  // A script has the code; a person is told what to do with it.
  if (::isatty(STDERR_FILENO) != 0) fmt::print(stderr, "  details: restorectl explain {}\n", shown);
  return static_cast<int>(exit_of(code));
}

Code code_of(journal::StoreFault fault) {
  switch (fault) {
    case journal::StoreFault::not_found:
      return Code::journal_not_found;
    case journal::StoreFault::exists:
      return Code::journal_exists;
    case journal::StoreFault::locked:
      return Code::journal_locked;
    case journal::StoreFault::other_version:
      return Code::journal_other_version;
    case journal::StoreFault::damaged:
      return Code::journal_damaged;
    case journal::StoreFault::io:
      return Code::journal_io;
  }
  return Code::internal;
}

}  // namespace

int end_of(const Action& action) {
  try {
    return static_cast<int>(action());
  } catch (const Failure& failure) {
    return fail(failure.code, failure.what());
  } catch (const journal::StoreError& error) {
    return fail(code_of(error.fault), error.what());
  } catch (const core::JournalError& error) {
    return fail(Code::journal_not_appended, error.what());
  } catch (const core::ReplayMismatch& mismatch) {
    return fail(Code::decides_otherwise,
                fmt::format("this version would act differently than the journal says: {}",
                            mismatch.what()));
  } catch (const std::filesystem::filesystem_error& error) {
    // Only the state directory's own files are handled in a way that throws these.
    return fail(Code::no_state_directory, error.what());
  } catch (const std::exception& error) {
    return fail(Code::internal,
                fmt::format("a bug in restorectl, please report it: {}", error.what()));
  }
}

}  // namespace restorectl

// Every error that restorectl can end or hold with, by a number that is never given another
// meaning. Invariant: each has a page, docs/errors/R<number>.md, which `restorectl explain` prints,
// and a test that provokes it; the build fails where one lacks (cmake/error_pages.cmake).
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "states/engine/hold.hpp"

namespace restorectl {

// A script can tell from it alone what to do next (README, "Exit codes"); the numbers are never
// given another meaning.
enum class Exit : int {
  done = 0,
  internal = 1,  // a bug in the program
  input = 2,     // usage, inventory or backup: nothing was done
  held = 3,      // the run waits for the operator; resume goes on
  refused = 4,   // another run or another process is in the way: nothing was done
  journal = 5,   // the journal is damaged, unwritable or from another version
  differ = 6,    // diff --exit-code: the runs differ; replay --against: so does this version
  stopped = 130  // by ^C, a closed terminal or SIGTERM; resume goes on
};

// X(name, number, how restorectl ends, title). R1: what was asked for. R2: the journal. R3: hosts.
// R4: why a step holds. R9: restorectl itself.
#define RESTORECTL_ERROR_CODES(X)                                                                  \
  X(usage, 1001, input, "invalid command line")                                                    \
  X(no_state_directory, 1002, input, "no state directory")                                         \
  X(file_not_written, 1003, input, "a file cannot be written")                                     \
  X(file_not_read, 1004, input, "a file cannot be read")                                           \
  X(file_is_there, 1005, input, "the file already exists")                                         \
  X(no_moment, 1006, input, "invalid time or duration")                                            \
  X(no_such_fact, 1007, input, "no such fact in the journal")                                      \
  X(no_such_step, 1008, input, "no such step in the procedure")                                    \
  X(no_such_format, 1009, input, "unknown report format")                                          \
  X(note_refused, 1010, input, "invalid note")                                                     \
  X(hook_refused, 1011, input, "invalid hook")                                                     \
  X(no_such_code, 1012, input, "no such error code or step")                                       \
  X(no_hooks, 1013, input, "the run has no hooks")                                                 \
  X(absence_not_stated, 1014, input, "that a host is off was not confirmed")                       \
  X(findings_refused, 1016, input, "the run cannot end with findings")                             \
  X(inventory_not_read, 1021, input, "the inventory cannot be read")                               \
  X(inventory_wrong, 1022, input, "the inventory is invalid")                                      \
  X(backup_refused, 1101, input, "the backup failed verification")                                 \
  X(defect_not_acceptable, 1102, input, "the defect cannot be accepted")                           \
  X(backup_place_wrong, 1104, input, "invalid backup location")                                    \
  X(backup_not_read_there, 1105, input, "the backup could not be verified on its host")            \
  X(no_such_run, 1201, input, "no such run")                                                       \
  X(ambiguous_run, 1202, input, "several runs match")                                              \
  X(run_is_over, 1203, refused, "the run has ended")                                               \
  X(cluster_has_a_run, 1204, refused, "the cluster has an unfinished run")                         \
  X(cluster_is_driven, 1205, refused, "another process drives a run of the cluster")               \
  X(run_is_imported, 1206, refused, "an imported run cannot be driven")                            \
  X(other_tables, 1207, journal, "this version cannot drive the run")                              \
  X(bundle_refused, 1301, journal, "the bundle failed verification")                               \
  X(run_is_here, 1302, refused, "the bundle's run already exists here")                            \
  X(not_signed, 1303, input, "the bundle could not be signed")                                     \
  X(no_public_key, 1304, input, "no public key to verify the signature")                           \
  X(journal_damaged, 2001, journal, "the journal is damaged")                                      \
  X(journal_other_version, 2002, journal, "the journal was written by another version")            \
  X(journal_not_found, 2003, input, "journal not found")                                           \
  X(journal_exists, 2004, refused, "a journal already exists")                                     \
  X(journal_locked, 2005, refused, "the journal is locked by another process")                     \
  X(journal_io, 2006, journal, "I/O error on the journal")                                         \
  X(journal_not_appended, 2007, journal, "a fact could not be written to the journal")             \
  X(decides_otherwise, 2008, journal, "this version would act differently")                        \
  X(history_not_intact, 2009, journal, "the history failed verification")                          \
  X(history_empty, 2010, journal, "the history is empty")                                          \
  X(copies_differ, 2011, journal, "the hosts' copies of the journal diverge")                      \
  X(host_not_named, 3001, input, "no known host to read the journal from")                         \
  X(host_unowned, 3002, input, "no run owns the host")                                             \
  X(host_owned_by_other, 3003, refused, "the host is owned by another run")                        \
  X(no_copy_on_hosts, 3004, input, "no copy of the journal found")                                 \
  X(host_not_reached, 3005, refused, "a required host is unreachable")                             \
  X(absent_host_answers, 3006, refused, "a host that is to be left out answers")                   \
  X(hold_witness, 4001, held, "held: the host is not in the required state")                       \
  X(hold_time, 4002, held, "held: timed out")                                                      \
  X(hold_link, 4003, held, "held: the connection to the host was not restored")                    \
  X(hold_way, 4004, held, "held: the host denies access or is not the expected one")               \
  X(hold_ran_before, 4005, held, "held: the command ran before and is not repeated automatically") \
  X(hold_command, 4006, held, "held: the command failed")                                          \
  X(hold_copy, 4007, held, "held: copying the backup failed")                                      \
  X(internal, 9001, internal, "internal error")

enum class Code : int {
#define RESTORECTL_CODE(name, number, exit, title) name = number,
  RESTORECTL_ERROR_CODES(RESTORECTL_CODE)
#undef RESTORECTL_CODE
};

struct ErrorCode {
  Code code;
  Exit exit;
  std::string_view title;
};

// All of them, by their numbers.
std::span<const ErrorCode> error_codes();

// "R1201".
std::string text_of(Code code);
// The other way round, in either case and with or without the R; nothing where there is none.
std::optional<Code> read_code(std::string_view text);

Exit exit_of(Code code);

// Why a step holds, also in journals from before there were codes.
Code code_of(core::HoldKind kind);

// The page of docs/errors, as it was when the program was built.
std::string_view page_of(Code code);

}  // namespace restorectl

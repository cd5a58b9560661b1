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
  internal = 1,  // a defect of the program
  input = 2,     // usage, inventory or backup: nothing was done
  held = 3,      // the run waits for the operator; resume goes on
  refused = 4,   // another run or another process stands in the way: nothing was done
  journal = 5,   // the journal is damaged, unwritable or from another version
  differ = 6,    // diff --exit-code: the runs part; replay --against: today decides otherwise
  stopped = 130  // by ^C, a closed terminal or SIGTERM; resume goes on
};

// X(name, number, how restorectl ends, title). R1: what was asked for. R2: the journal. R3: hosts.
// R4: why a step holds. R9: restorectl itself.
#define RESTORECTL_ERROR_CODES(X)                                                          \
  X(usage, 1001, input, "the command line is not understood")                              \
  X(no_state_directory, 1002, input, "there is no place for runs")                         \
  X(file_not_written, 1003, input, "a file cannot be written")                             \
  X(file_not_read, 1004, input, "a file cannot be read")                                   \
  X(file_is_there, 1005, input, "a file of that name is there already")                    \
  X(no_moment, 1006, input, "that is no moment or duration of the run")                    \
  X(no_such_fact, 1007, input, "the journal has no such fact")                             \
  X(no_such_step, 1008, input, "the procedure has no such step")                           \
  X(no_such_format, 1009, input, "a report has no such format")                            \
  X(note_refused, 1010, input, "a note is not taken")                                      \
  X(hook_refused, 1011, input, "a hook is not taken")                                      \
  X(no_such_code, 1012, input, "there is no such code or step to explain")                 \
  X(no_hooks, 1013, input, "the run has no hooks")                                         \
  X(inventory_not_read, 1021, input, "the inventory cannot be read")                       \
  X(inventory_wrong, 1022, input, "the inventory is wrong")                                \
  X(backup_refused, 1101, input, "the backup is not to be restored")                       \
  X(defect_not_acceptable, 1102, input, "that defect of a backup cannot be accepted")      \
  X(backup_place_wrong, 1104, input, "that is no place of a backup on a host")             \
  X(backup_not_read_there, 1105, input, "the backup was not read on its host")             \
  X(no_such_run, 1201, input, "there is no such run")                                      \
  X(ambiguous_run, 1202, input, "several runs could be meant")                             \
  X(run_is_over, 1203, refused, "the run is over")                                         \
  X(cluster_has_a_run, 1204, refused, "the cluster has an unfinished run")                 \
  X(cluster_is_driven, 1205, refused, "another process drives the cluster")                \
  X(run_is_imported, 1206, refused, "the run was imported, and cannot be driven here")     \
  X(other_tables, 1207, journal, "the run was begun with other transition tables")         \
  X(bundle_refused, 1301, journal, "a bundle is refused")                                  \
  X(run_is_here, 1302, refused, "the run of a bundle is here already")                     \
  X(not_signed, 1303, input, "the bundle could not be signed")                             \
  X(no_public_key, 1304, input, "there is no public key to check a signature with")        \
  X(journal_damaged, 2001, journal, "the journal is damaged")                              \
  X(journal_other_version, 2002, journal, "the journal was written by another restorectl") \
  X(journal_not_found, 2003, input, "there is no journal")                                 \
  X(journal_exists, 2004, refused, "a journal is there already")                           \
  X(journal_locked, 2005, refused, "another process has the journal open")                 \
  X(journal_io, 2006, journal, "the journal's disk does not do what it is asked for")      \
  X(journal_not_appended, 2007, journal, "a fact could not be journaled")                  \
  X(decides_otherwise, 2008, journal, "today's machine would decide otherwise")            \
  X(history_not_intact, 2009, journal, "a history does not verify")                        \
  X(history_empty, 2010, journal, "a history holds no fact")                               \
  X(copies_differ, 2011, journal, "the hosts' copies of the journal do not agree")         \
  X(host_not_named, 3001, input, "no host is known to read a copy of the journal from")    \
  X(host_obeys_none, 3002, input, "the host obeys no run")                                 \
  X(host_obeys_another, 3003, refused, "the host obeys another run")                       \
  X(no_copy_on_hosts, 3004, input, "no host has a copy of the journal")                    \
  X(host_not_reached, 3005, refused, "a host is not reached, and must be")                 \
  X(hold_witness, 4001, held, "held: the host is not as the step needs it")                \
  X(hold_time, 4002, held, "held: not within its time")                                    \
  X(hold_link, 4003, held, "held: the link did not come back")                             \
  X(hold_way, 4004, held, "held: the host refuses, or is not the one it was")              \
  X(hold_ran_before, 4005, held, "held: the command ran before and is not run twice")      \
  X(hold_command, 4006, held, "held: the command failed")                                  \
  X(hold_copy, 4007, held, "held: the copy of the backup failed")                          \
  X(internal, 9001, internal, "a defect of restorectl")

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

// What runs on hosts, from transports/host/sh and transports/ssh/sh, embedded by cmake/embed.cmake.
// Invariant: a value enters a script only as an assignment at its head (core::assignments).
#pragma once

namespace transports::sh {

extern const char kJournallistsh[];
extern const char kJournalputsh[];
extern const char kJournalsizesh[];

}  // namespace transports::sh

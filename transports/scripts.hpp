// What runs on hosts: the files of transports/host/sh and transports/ssh/sh, embedded by
// cmake/embed.cmake and named as it names them. Invariant: a value enters a script only as an
// assignment at its head (core::assignments); each file says which it needs.
#pragma once

namespace transports::sh {

extern const char kBootcausesh[];
extern const char kClaimsh[];
extern const char kCopysh[];
extern const char kFencesh[];
extern const char kFollowsh[];
extern const char kGreetingsh[];
extern const char kJournallistsh[];
extern const char kJournalputsh[];
extern const char kJournalsizesh[];
extern const char kNofencesh[];
extern const char kProgramsh[];
extern const char kSetsidsh[];
extern const char kSettlesh[];
extern const char kStartsh[];
extern const char kSystemdrunsh[];
extern const char kUploadbeginsh[];
extern const char kUploadfinishsh[];
extern const char kUploadreceivesh[];
extern const char kVerdictsh[];
extern const char kWrappersh[];

}  // namespace transports::sh

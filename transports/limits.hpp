// Every time-out and size limit of the transports, with its reason. What an operator can set is in
// the inventory instead (core::Timing, SshSettings), and a step's deadlines are in the step; how
// long a host waits for its owner's lock is part of journaled scripts (core/ownership.cpp, 30 s).
#pragma once

#include <cstddef>
#include <cstdint>

namespace transports::limits {

// ---- commands -----------------------------------------------------------------------------------

// The default for a command: settling a job, fetching a list.
inline constexpr std::int64_t kExecTimeoutMs = 60'000;
inline constexpr std::size_t kExecOutBytesMax = 1 << 20;
inline constexpr std::size_t kExecErrBytesMax = 16'384;

// A look's first and shortest time-out (transports/look_poll.hpp): a hung command is reported soon,
// and the look at the deadline itself can still end when the API is slow.
inline constexpr std::int64_t kLookTimeoutMs = 60'000;
inline constexpr std::int64_t kLookTimeoutMinMs = 20'000;
inline constexpr int kLookTimeoutGrowth = 4;

// The first command on a new session reads two files: a host that takes longer is unhealthy.
inline constexpr std::int64_t kGreetingTimeoutMs = 20'000;
inline constexpr std::size_t kGreetingBytesMax = 4'096;

// Of what a login shell prints before a command, for the case that no command follows. It is longer
// than the marker.
inline constexpr std::size_t kLoginNoiseBytesMax = 4'096;

// A journal's copy, in either direction: megabytes over a link that may be slow.
inline constexpr std::int64_t kJournalTimeoutMs = 600'000;
inline constexpr std::size_t kJournalBytesMax = 512U << 20;

// How much longer than the program itself its command may take, for sending 3 MB at a few KB/s.
inline constexpr std::int64_t kProgramSendingMs = 1'800'000;
inline constexpr std::size_t kProgramErrBytesMax = 4'096;
inline constexpr std::size_t kProgramLineBytesMax = 8U << 20;
// The reader is built to need less than 64 MiB; a bug in it must not use up a host's memory.
inline constexpr std::int64_t kProgramMemoryKiB = 1'048'576;

// ---- jobs ---------------------------------------------------------------------------------------

// How long follow waits for a launch before it takes the claim itself: systemd-run needs
// milliseconds, and a later launch finds the claim taken.
inline constexpr int kLaunchWaitTicks = 200;  // of 50 ms
inline constexpr std::size_t kSettleBytesMax = 4'096;

// The longest name of a file, and of a unit with its prefix and its ".service". A name that is cut
// (core/job_name.hpp) has room left: while a unit runs, systemd makes a link ".#invocation:" UNIT
// with sixteen digits at its end.
inline constexpr std::size_t kNameBytesMax = 255;
inline constexpr std::size_t kCutJobNameBytes = 200;

// How much of a job's output is journaled; all of it stays on the host.
inline constexpr std::size_t kJobLineBytesMax = 4'096;
inline constexpr std::size_t kJobTailBytesMax = 2'048;
inline constexpr int kJobLinesMax = 2'000;

// ---- the link -----------------------------------------------------------------------------------

// A link that is up is dead after six seconds of silence: long enough for a flapping route, short
// enough to notice a reboot soon. TCP detects a silent kernel (keep-alive, in seconds, and the
// time-out for unacknowledged data); a silent sshd is detected by counting ticks. A host that was
// silent for longer while it let us in is given twice that, and kSilenceTicksMost at the most.
inline constexpr int kKeepAliveS = 2;
inline constexpr int kKeepAliveTries = 2;
inline constexpr int kUnacknowledgedMs = 6'000;
inline constexpr std::int64_t kSilenceTickMs = 500;
inline constexpr int kSilenceTicksBeforeAsking = 4;
inline constexpr int kSilenceTicksMax = 12;
inline constexpr int kSilenceTicksMost = 48;

// How far the time for an answer to an attempt to connect may grow: to so many times the connect
// time-out, and to such a part of the link's patience, so that an attempt with its three answers
// (key exchange, login, greeting) ends within it.
inline constexpr int kConnectGrowthMax = 8;
inline constexpr int kConnectPartOfPatience = 4;

// Output that was read and not handed over yet; beyond it the rest stays in the socket.
inline constexpr std::size_t kUnreadBytesMax = 256 * 1024;
// How much one call into libssh may send.
inline constexpr std::size_t kInputPieceBytes = 256 * 1024;

// An ssh-agent: its operator may have to confirm the use of a key. libssh takes no longer answers.
inline constexpr int kAgentAnswerS = 60;
inline constexpr std::size_t kAgentBytesMax = 256 * 1024;

// ---- copies -------------------------------------------------------------------------------------

// Parallel sessions. One is limited by its window: sshd grants 2 MiB a round trip.
inline constexpr int kUploadLanesMax = 4;
// After so many wrong digests of one chunk, the corruption is not by chance.
inline constexpr int kChunkTriesMax = 3;
// The longest line that a copy's command prints.
inline constexpr std::size_t kCopyLineBytesMax = 256;

}  // namespace transports::limits

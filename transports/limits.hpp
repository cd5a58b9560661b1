// Every time-out and size limit of the transports, with its reason. What an operator may set stands
// in the inventory instead (core::Timing, SshSettings), and a step's deadlines with the step; how
// long a host waits for its owner's lock is part of journaled scripts (core/ownership.cpp, 30 s).
#pragma once

#include <cstddef>
#include <cstdint>

namespace transports::limits {

// ---- commands -----------------------------------------------------------------------------------

// A command for which nobody asked for another limit: settling a job, fetching a list.
inline constexpr std::int64_t kExecTimeoutMs = 60'000;
inline constexpr std::size_t kExecOutBytesMax = 1 << 20;
inline constexpr std::size_t kExecErrBytesMax = 16'384;

// A look, at first and at least (transports/look_poll.hpp): a hung command is to be told soon, and
// the look at the deadline itself is to come to its end, with an API that is slow.
inline constexpr std::int64_t kLookTimeoutMs = 60'000;
inline constexpr std::int64_t kLookTimeoutMinMs = 20'000;
inline constexpr int kLookTimeoutGrowth = 4;

// The first question on a new session: two files are read, so a host that takes longer is not well.
inline constexpr std::int64_t kGreetingTimeoutMs = 20'000;
inline constexpr std::size_t kGreetingBytesMax = 4'096;

// A journal's copy, one way or the other: megabytes over a link that may be slow.
inline constexpr std::int64_t kJournalTimeoutMs = 600'000;
inline constexpr std::size_t kJournalBytesMax = 512U << 20;

// How much longer than a program itself its command may take: for its way to the host, 3 MB at a
// few KB/s.
inline constexpr std::int64_t kProgramSendingMs = 1'800'000;
inline constexpr std::size_t kProgramErrBytesMax = 4'096;
inline constexpr std::size_t kProgramLineBytesMax = 8U << 20;
// The reader is built to need less than 64 MiB; a defect of it must not take a host's memory away.
inline constexpr std::int64_t kProgramMemoryKiB = 1'048'576;

// ---- jobs ---------------------------------------------------------------------------------------

// How long follow waits for a launch before it takes the claim itself: systemd-run takes
// milliseconds, and a launch that comes later finds the claim taken.
inline constexpr int kLaunchWaitTicks = 200;  // of 50 ms
inline constexpr std::size_t kSettleBytesMax = 4'096;

// What of a job's output goes into the journal; all of it stays on the host.
inline constexpr std::size_t kJobLineBytesMax = 4'096;
inline constexpr std::size_t kJobTailBytesMax = 2'048;
inline constexpr int kJobLinesMax = 2'000;

// ---- the link -----------------------------------------------------------------------------------

// A link is dead after six seconds without a sign of life: a reboot is noticed soon, and a route
// that flaps is not. TCP notices by itself where the kernel is silent (keep-alive, in seconds, and
// the time for unacknowledged data); where only sshd is, silence is counted in ticks.
inline constexpr int kKeepAliveS = 2;
inline constexpr int kKeepAliveTries = 2;
inline constexpr int kUnacknowledgedMs = 6'000;
inline constexpr std::int64_t kSilenceTickMs = 500;
inline constexpr int kSilenceTicksBeforeAsking = 4;
inline constexpr int kSilenceTicksMax = 12;

// Output that was read and not handed over yet; then the rest stays in the socket.
inline constexpr std::size_t kUnreadBytesMax = 256 * 1024;
// What one call into libssh may put on its way.
inline constexpr std::size_t kInputPieceBytes = 256 * 1024;

// ---- copies -------------------------------------------------------------------------------------

// Sessions side by side. One is bound by its window: sshd grants 2 MiB a round trip.
inline constexpr int kUploadLanesMax = 4;
// A chunk that arrives so often with another digest is not altered by chance.
inline constexpr int kChunkTriesMax = 3;
// Of a line that a copy's command prints; longer ones are not ours.
inline constexpr std::size_t kCopyLineBytesMax = 256;

}  // namespace transports::limits

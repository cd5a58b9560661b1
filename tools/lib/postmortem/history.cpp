// Journals from files; see the header.
#include "tools/lib/postmortem/history.hpp"

#include <fmt/format.h>

#include "tools/lib/postmortem/bundle.hpp"

namespace postmortem {

ChainVerdict verdict_of(const journal::MirrorReport& report) {
  ChainVerdict verdict;
  verdict.head = report.head;
  verdict.seq = report.head.seq;
  if (!report.defect.empty()) {
    verdict.state = ChainState::altered;
    verdict.seq = report.defect_seq;
    verdict.words = fmt::format("altered at fact {}: {}", report.defect_seq, report.defect);
  } else if (report.head.seq == 0) {
    verdict.words = report.found ? "nothing to verify: the journal has no facts"
                                 : "nothing to verify: no such file";
  } else if (report.torn_tail) {
    verdict.state = ChainState::cut;
    verdict.words = fmt::format(
        "truncated after fact {}: the last line is incomplete (still being written, or the run was "
        "interrupted)",
        report.head.seq);
  } else {
    verdict.state = ChainState::intact;
    verdict.words = fmt::format("intact: {} facts without a gap, each chained to the previous one",
                                report.head.seq);
  }
  return verdict;
}

ChainVerdict read_history(const Source& source, const Visitor& visitor) {
  if (source.kind == Source::Kind::bundle) return read_bundle(source.path, visitor);
  return verdict_of(journal::read_mirror(source.path, visitor));
}

}  // namespace postmortem

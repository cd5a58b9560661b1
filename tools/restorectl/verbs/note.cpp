// note: a person's words in the journal, also while a driver has it open.
#include <fmt/format.h>

#include <chrono>
#include <fstream>
#include <iostream>
#include <iterator>
#include <thread>

#include "core/redact.hpp"
#include "core/text.hpp"
#include "journal/disk/store.hpp"
#include "tools/restorectl/hooks/hook_launch.hpp"
#include "tools/restorectl/run/notes.hpp"
#include "tools/restorectl/state/drivers.hpp"
#include "tools/restorectl/state/ids.hpp"
#include "tools/restorectl/state/runs.hpp"
#include "tools/restorectl/state/state_directory.hpp"
#include "tools/restorectl/state/system_clock.hpp"
#include "tools/restorectl/verbs/verbs.hpp"

namespace restorectl {

namespace {

struct NoteOptions {
  std::string run;
  std::string text;
  std::string host;
  std::string step;
  std::string evidence;
};

std::string read_evidence(const std::string& from) {
  if (from.empty()) return {};
  std::string text(kNoteEvidenceMax + 1, '\0');
  if (from == "-") {
    std::cin.read(text.data(), static_cast<std::streamsize>(text.size()));
    text.resize(static_cast<std::size_t>(std::cin.gcount()));
  } else {
    std::ifstream file(from, std::ios::binary);
    if (!file)
      throw Failure(Code::file_not_read,
                    fmt::format("cannot read evidence file {}", core::printable(from)));
    file.read(text.data(), static_cast<std::streamsize>(text.size()));
    text.resize(static_cast<std::size_t>(file.gcount()));
  }
  if (text.size() > kNoteEvidenceMax)
    throw Failure(Code::note_refused,
                  fmt::format("the evidence is larger than {} KiB: attach only the relevant part",
                              kNoteEvidenceMax / 1024));
  return text;
}

core::Noted note_of(const NoteOptions& options) {
  if (options.text.empty() || options.text.size() > kNoteTextMax)
    throw Failure(Code::note_refused, fmt::format("a note must be 1 to {} bytes", kNoteTextMax));
  const core::Redactor redactor;
  return {new_note_id(),
          whoami(),
          redactor.text(core::clean_utf8(options.text)),
          core::clean_utf8(options.host),
          core::clean_utf8(options.step),
          redactor.text(core::clean_utf8(read_evidence(options.evidence)))};
}

// A note decides nothing, so any version may add it, whatever tables wrote the run; what waits in
// the inbox from before goes in with it. Returns the last one's number.
std::uint64_t journal_notes(const std::string& run_id) {
  core::RunState state;
  const auto store = journal::Store::open(run_directory(run_id),
                                          [&](const core::Record& record) { state.note(record); });
  for (const core::Noted& note : waiting_notes(run_id, state)) {
    const core::Fact fact{state.facts + 1, std::max(SystemClock().now_ms(), state.last_ms),
                          state.owner.epoch, note};
    store->append({fact, {}});
    state.note(fact);
    forget_note(run_id, note);
  }
  ensure_delivery(run_id);
  return state.facts;
}

// The number of the fact once the driver has taken it; 0: it has not yet.
std::uint64_t seq_of(const std::string& run_id, const std::string& id) {
  std::uint64_t seq = 0;
  journal::read_mirror(journal::mirror_path(run_directory(run_id)),
                       [&](const core::Record& record, std::string_view) {
                         const auto* noted = std::get_if<core::Noted>(&record.fact.body);
                         if (noted != nullptr && noted->id == id) seq = record.fact.seq;
                       });
  return seq;
}

Exit take_note(const NoteOptions& options) {
  const std::string run_id = choose_run(options.run);
  refuse_imported(run_id);
  const core::Noted note = note_of(options);
  if (read_run(run_id).state.start == nullptr)
    throw Failure(Code::note_refused,
                  fmt::format("run {} has no facts yet; the note was not saved", run_id));
  leave_note(run_id, note);
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(5);
  while (std::chrono::steady_clock::now() < deadline) {
    if (driver_of(run_id) == 0) {
      try {
        journal_notes(run_id);
      } catch (const journal::StoreError& error) {
        if (error.fault != journal::StoreFault::locked) throw;  // a driver has come meanwhile
      }
    }
    if (const std::uint64_t seq = seq_of(run_id, note.id)) {
      fmt::print("noted: fact {} of run {}\n", seq, run_id);
      return Exit::done;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  fmt::print("the note is queued for run {}; its driver (process {}) has not journaled it yet\n",
             run_id, driver_of(run_id));
  return Exit::done;
}

}  // namespace

void add_note(Verb app) {
  auto options = std::make_shared<NoteOptions>();
  Verb verb = app.verb("note", "Add a note to a run's journal, for example about manual work");
  verb.option("run", options->run, "The run ID or a prefix of it").required();
  verb.option("text", options->text, "The text of the note").required();
  const Option host = verb.option("--host", options->host, "The host that the note is about");
  verb.option("--step", options->step, "The step that the note is about").needs(host);
  verb.option("--evidence", options->evidence,
              "A file to attach, at most 64 KiB; - for standard input");
  verb.footer(
      "Examples:\n"
      "  restorectl note 20261123t101500z \"storage team called, ticket 4711\"\n"
      "  journalctl -u kubelet | tail -n 50 | restorectl note 20261123t101500z \"restarted by "
      "hand\" \\\n"
      "    --host master-1 --step restart-kubelet --evidence -\n\n"
      "A note changes no decision: `restorectl resume` checks the host again and verifies a step\n"
      "that was done by hand.\n");
  verb.does([options] { return take_note(*options); });
}

}  // namespace restorectl

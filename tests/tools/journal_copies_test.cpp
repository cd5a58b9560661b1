// A takeover's copies: which of them counts, and that its bytes are what is written.
#include "tools/restorectl/run/journal_copies.hpp"

#include "core/driver.hpp"
#include "journal/disk/mirror.hpp"
#include "tests/tools/verbs.hpp"
#include "tools/restorectl/errors.hpp"

using restorectl::newest_of;
using restorectl::VerifiedCopy;
using restorectl::verify_copy;

namespace {

std::string text_of(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// The lines anew, each with a field of a version to come; the chain is made anew too.
std::string with_unknown_fields(const std::string& text) {
  std::string lines;
  std::string prev(journal::kNoPrevious);
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) {
    const std::size_t chain = line.rfind(",\"prev\":");
    line = line.substr(0, chain) + ",\"of_tomorrow\":{\"depth\":[1,\"two\"]},\"prev\":\"" + prev +
           "\"}";
    prev = journal::sha256_hex(line);
    lines += line + "\n";
  }
  return lines;
}

class JournalCopies : public Verbs {
 protected:
  // Takes the copy over, as takeover.cpp does, and adds one fact of this version.
  void expect_taken_over(const std::string& name, const std::string& text) {
    const VerifiedCopy copy = verify_copy(name, text);
    ASSERT_EQ(copy.text, text) << name;
    const fs::path run = dir / "taken" / name;
    const core::Fact fact{copy.head.seq + 1, copy.records.back().fact.time_ms, 7,
                          core::Noted{"n-1", "me@here", "taken over", "", "", ""}};
    restorectl::write_copy(copy, run)->append({fact, {}});
    const std::string written = text_of(run / "journal.jsonl");
    ASSERT_TRUE(written.starts_with(text)) << name;
    EXPECT_EQ(
        std::count(written.begin() + static_cast<std::ptrdiff_t>(text.size()), written.end(), '\n'),
        1)
        << name;
    // The database, which is the authority, has the same lines.
    const auto found = journal::Store::inspect(run, [](core::Record&&) {});
    EXPECT_EQ(found.head.seq, copy.head.seq + 1);
    EXPECT_TRUE(found.notices.empty()) << found.notices.front();
  }
};

}  // namespace

TEST_F(JournalCopies, KeepFieldsThatThisVersionDoesNotKnowAndLackThoseThatItWouldWrite) {
  int histories = 0;
  for (const auto& entry : fs::directory_iterator(fs::path(RESTORECTL_TOP) / "tests/histories")) {
    if (entry.path().extension() != ".jsonl") continue;
    ++histories;
    const std::string text = text_of(entry.path());
    expect_taken_over(entry.path().stem(), text);
    expect_taken_over(entry.path().stem().string() + "-of-tomorrow", with_unknown_fields(text));
  }
  EXPECT_GE(histories, 4);
}

TEST_F(JournalCopies, OfAVersionWithAnotherTypeOfFactAreRefusedAndNotTakenForShorterOnes) {
  const std::string text = text_of(fs::path(RESTORECTL_TOP) / "tests/histories/sim-18-held.jsonl");
  const VerifiedCopy whole = verify_copy("m0", text);
  const std::string foreign =
      R"({"seq":)" + std::to_string(whole.head.seq + 1) +
      R"(,"time":"2026-11-23T10:15:00.123Z","epoch":1,"type":"teleported","intents":[],"prev":")" +
      whole.head.sha256 + "\"}\n";
  try {
    verify_copy("m0, journal.1", text + foreign);
    FAIL() << "it was taken for a copy that ends before";
  } catch (const restorectl::Failure& failure) {
    EXPECT_EQ(failure.code, restorectl::Code::journal_other_version);
    EXPECT_NE(std::string(failure.what()).find("m0, journal.1, line"), std::string::npos);
    EXPECT_NE(std::string(failure.what()).find("teleported"), std::string::npos) << failure.what();
  }
  // A torn last line is no fact: the copy is what stands before it.
  EXPECT_EQ(verify_copy("m0", text + foreign.substr(0, 20)).head, whole.head);
}

TEST_F(JournalCopies, TheNewestIsTheLastDriversAndTheOthersAreBeginningsOfIt) {
  const std::string text = text_of(fs::path(RESTORECTL_TOP) / "tests/histories/sim-18-held.jsonl");
  const std::string half = text.substr(0, text.find('\n', text.size() / 2) + 1);
  EXPECT_EQ(newest_of({verify_copy("m0", half), verify_copy("m1", text)}, "r").from, "m1");
  EXPECT_THROW(newest_of({}, "r"), restorectl::Failure);
  EXPECT_THROW(newest_of({verify_copy("m0", "no journal\n")}, "r"), restorectl::Failure);
  const std::string other = with_unknown_fields(half);
  EXPECT_THROW(newest_of({verify_copy("m0", other), verify_copy("m1", text)}, "r"),
               restorectl::Failure);
}

TEST_F(JournalCopies, ALineThatDoesNotFollowIsNotAppended) {
  const std::string text = text_of(fs::path(RESTORECTL_TOP) / "tests/histories/sim-18-held.jsonl");
  const std::string first = text.substr(0, text.find('\n'));
  const std::string second =
      text.substr(first.size() + 1, text.find('\n', first.size() + 1) - first.size() - 1);
  for (const std::string& wrong : {second, std::string("no record"), first + " "}) {
    const fs::path run = dir / "wrong";
    fs::remove_all(run);
    const auto store = journal::Store::create(run);
    EXPECT_THROW(store->append_line(wrong), core::JournalError);
    EXPECT_THROW(store->append_line(first), core::JournalError) << "it failed before";
  }
}

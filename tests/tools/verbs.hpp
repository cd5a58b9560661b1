// Verbs: the program as a user meets it, in a state directory of its own, without any host.
#pragma once

#include <gtest/gtest.h>
#include <sys/wait.h>

#include <filesystem>
#include <fstream>

#include "journal/disk/store.hpp"
#include "states/profiles/profiles.hpp"
#include "tools/restorectl/run/profile_digest.hpp"

namespace fs = std::filesystem;

// A run's id, for tests that begin no run.
inline constexpr const char* kRun = "20261123t101500000z-0000aaaa";

class Verbs : public ::testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/restorectl-verbs-XXXXXX";
    dir = ::mkdtemp(name);
    std::ofstream(dir / "inventory.yaml")
        << "cluster: lab\nrecoveryHost: m0\nhosts:\n  - name: m0\n    address: 192.0.2.1\n"
           "  - name: m1\n    address: 192.0.2.2\n";
  }
  void TearDown() override { fs::remove_all(dir); }

  struct Ended {
    int code;
    std::string text;
  };
  Ended run(const std::string& words) {
    const std::string command = "cd " + dir.string() +
                                " && RESTORECTL_STATE_DIR=" + (dir / "state").string() + " " +
                                run_by + " " + RESTORECTL_BIN + " " + words + " 2>&1";
    FILE* pipe = ::popen(command.c_str(), "r");
    std::string text;
    for (int c; (c = std::fgetc(pipe)) != EOF;) text += static_cast<char>(c);
    const int status = ::pclose(pipe);
    return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, text};
  }
  // What a run that `start` begins today pins.
  static std::string newest_digest() { return restorectl::digest_of(states::newest_profile()); }
  // A run that was begun, and in which nothing but its first fact happened.
  void write_run(const std::string& id, const std::string& tables) {
    core::RunStarted start;
    start.run_id = id;
    start.tool_version = "0.0.9";
    start.tables_digest = tables;
    start.profile = states::newest_profile().name;
    start.inventory.cluster = "lab";
    start.inventory.recovery_host = "m0";
    start.inventory.hosts = {{"m0", "192.0.2.1", "m0", {}}, {"m1", "192.0.2.2", "m1", {}}};
    const auto store = journal::Store::create(dir / "state/runs" / id);
    const core::Fact fact{1, 1'795'418'943'184, 1, start};
    store->append({fact, states::make_run_machine()->apply(fact).effects});
  }
  fs::path dir;
  std::string run_by;  // words of the shell that the program is run by, such as env's
};

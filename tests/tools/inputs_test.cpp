// The inventory file and the backup directory: every fault is named with its place.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "tools/lib/backup/pair.hpp"
#include "tools/restorectl/errors.hpp"
#include "tools/restorectl/input/inventory_file.hpp"

namespace fs = std::filesystem;
using restorectl::Failure;

namespace {

constexpr const char* kGood =
    "cluster: prod-1\nrecoveryHost: master-0\nhosts:\n"
    "  - name: master-0\n    address: 192.0.2.11\n  - name: master-1\n    address: 192.0.2.12\n";

class Inputs : public ::testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/restorectl-inputs-XXXXXX";
    dir = ::mkdtemp(name);
  }
  void TearDown() override { fs::remove_all(dir); }
  fs::path write(const std::string& name, const std::string& text) {
    std::ofstream(dir / name) << text;
    return dir / name;
  }
  std::string inventory_fault(const std::string& text) {
    try {
      restorectl::read_inventory(write("inventory.yaml", text));
    } catch (const Failure& failure) {
      EXPECT_EQ(failure.code, restorectl::Code::inventory_wrong);
      return failure.what();
    }
    return "no fault";
  }
  std::string backup_fault() {
    try {
      backup::find_pair(dir);
    } catch (const backup::Defect& defect) {
      return defect.what();
    }
    return "no fault";
  }
  fs::path dir;
};

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  text.replace(text.find(from), from.size(), to);
  return text;
}

}  // namespace

TEST_F(Inputs, ASmallInventoryIsRead) {
  const core::Inventory inventory = restorectl::read_inventory(write(
      "inventory.yaml",
      std::string(kGood) + "timing:\n  poll: 200ms\n  csrQuiet: 1m\n  linkBackoffMax: 30s\n"));
  EXPECT_EQ(inventory.cluster, "prod-1");
  EXPECT_EQ(inventory.hosts.size(), 2u);
  EXPECT_EQ(inventory.hosts[1].node_name, "master-1");
  EXPECT_EQ(inventory.timing.poll_ms, 200);
  EXPECT_EQ(inventory.timing.csr_quiet_ms, 60'000);
  EXPECT_EQ(inventory.timing.link_backoff_max_ms, 30'000);
}

TEST_F(Inputs, AStepsDeadlineCanBeRaisedAndNotLowered) {
  const std::string steps = std::string(kGood) + "timing:\n  steps:\n    ";
  const core::Inventory inventory = restorectl::read_inventory(
      write("inventory.yaml", steps + "await-etcd-rollout: 90m\n    copy-backup: 6h\n"));
  const std::vector<core::StepDeadline> raised = {{"await-etcd-rollout", 5'400'000},
                                                  {"copy-backup", 21'600'000}};
  EXPECT_EQ(inventory.timing.steps, raised);
  EXPECT_NE(inventory_fault(steps + "await-etcd-rollout: 5m\n")
                .find(":10: timing.steps: the default of 'await-etcd-rollout' is 40 min"),
            std::string::npos);
  EXPECT_NE(inventory_fault(steps + "await-etcd: 5m\n")
                .find(":10: timing.steps: no such step 'await-etcd'"),
            std::string::npos);
  EXPECT_NE(inventory_fault(steps + "await-etcd-rollout: long\n").find("must be a duration"),
            std::string::npos);
  EXPECT_NE(inventory_fault(std::string(kGood) + "timing:\n  steps: 90m\n").find("must be a map"),
            std::string::npos);
}

TEST_F(Inputs, EveryInventoryFaultNamesItsLine) {
  EXPECT_NE(inventory_fault(std::string(kGood) + "timing:\n  linkBackoffMax: 0s\n")
                .find("timing.linkBackoffMax: must be at least 100ms"),
            std::string::npos);
  EXPECT_NE(inventory_fault(replaced(kGood, "name: master-1", "name: master-0"))
                .find("inventory.yaml:6: hosts[1].name: host 'master-0' is listed twice"),
            std::string::npos);
  EXPECT_NE(
      inventory_fault(replaced(kGood, "192.0.2.12", "192.0.2.11")).find(":7: hosts[1].address"),
      std::string::npos);
  EXPECT_NE(inventory_fault(replaced(kGood, "recoveryHost: master-0", "recoveryHost: master-7"))
                .find(":2: recoveryHost: 'master-7' is not one"),
            std::string::npos);
  EXPECT_NE(inventory_fault(replaced(kGood, "recoveryHost", "recoverHost"))
                .find(":2: unknown key 'recoverHost'"),
            std::string::npos);
  EXPECT_NE(inventory_fault(replaced(kGood, "name: master-1", "name: -oProxyCommand=x"))
                .find("hosts[1].name"),
            std::string::npos);
  EXPECT_NE(inventory_fault("cluster: [").find("invalid YAML"), std::string::npos);
  EXPECT_NE(inventory_fault("cluster: a\ncluster: b\n").find("duplicate key 'cluster'"),
            std::string::npos);
  EXPECT_NE(inventory_fault("- a\n").find("must be a map"), std::string::npos);
  EXPECT_NE(inventory_fault("").find("must be a map"), std::string::npos);
  EXPECT_NE(inventory_fault(std::string(kGood) + "timing:\n  poll: soon\n")
                .find(":9: 'poll' must be a duration"),
            std::string::npos);
}

TEST_F(Inputs, ABackupIsExactlyOnePair) {
  EXPECT_NE(backup_fault().find("0 snapshot(s)"), std::string::npos);
  write("snapshot_2026-11-23_101500.db", "a");
  EXPECT_NE(backup_fault().find("0 archive(s)"), std::string::npos);
  write("static_kuberesources_2026-11-22_101500.tar.gz", "b");
  EXPECT_NE(backup_fault().find("same time"), std::string::npos);
  fs::remove(dir / "static_kuberesources_2026-11-22_101500.tar.gz");
  write("static_kuberesources_2026-11-23_101500.tar.gz", "b");
  const backup::Pair pair = backup::find_pair(dir);
  EXPECT_EQ(pair.time, "2026-11-23_101500");
  EXPECT_EQ(pair.snapshot, fs::absolute(dir) / "snapshot_2026-11-23_101500.db");
  EXPECT_FALSE(pair.possibly_dirty);
  write("snapshot_2026-11-24_101500.db", "c");
  EXPECT_NE(backup_fault().find("2 snapshot(s)"), std::string::npos);
}

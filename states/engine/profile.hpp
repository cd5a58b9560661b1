// Profile: one procedure as data, as the rest of the program sees it: its phases in order, where
// the gate stands, what its script prints. Invariant: every reader takes the profile from the run
// (states/profiles/profiles.hpp), never from the program: a journal is read with the profile
// it was driven by.
#pragma once

#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "states/engine/phase.hpp"
#include "states/engine/run_sequence.hpp"

namespace states {

// A line of the restore script that shows its progress. Lines are matched by their beginning, never
// by their position: releases differ in their order. They decide nothing.
struct Marker {
  std::string_view line_start;
  std::string_view id;     // "P6"
  std::string_view title;  // for people
};

// What the end of a step means for the whole cluster; shown in the report.
struct Milestone {
  std::string_view step;
  std::string_view name;  // "quorum": stable, for programs
  std::string_view title;
};

struct Profile {
  std::string_view name;      // "okd-4.7/1": procedure and version, written to journals
  std::string_view releases;  // of the cluster, for people
  std::size_t hosts_min = 1;  // control-plane hosts of the cluster
  std::span<const core::PhaseSpec> phases;
  std::size_t phases_before_gate = 0;  // the gate stands after this many phases
  std::span<const Milestone> milestones;
  std::span<const Marker> markers;
  // The first 16 digits of the SHA-256 of each restore script that works as this profile expects.
  std::span<const std::string_view> scripts;
  // Digests of journals whose digest covered less (core::RunStarted::tables_digest of restorectl
  // 0.1.0) and that this profile decides as they were decided.
  std::span<const std::string_view> older_digests;

  // The machines behind it.
  std::span<const Phase> machines;  // as `phases`
  std::unique_ptr<RunSequence> (*make_sequence)() = nullptr;
  std::vector<TableRow> (*sequence_table)() = nullptr;
};

// Returns what the profile lacks in the inventory, in words, or nothing.
std::optional<std::string> lack_of_hosts(const Profile& profile, const core::Inventory& inventory);

// Returns the step of that name in the profile, or nullptr.
const core::StepSpec* find_step(const Profile& profile, std::string_view name);

// Returns the step with that role, or nullptr.
const core::StepSpec* find_step(const Profile& profile, core::Role role);

// Returns the marker that a line of the restore script matches, or nullptr.
const Marker* find_marker(const Profile& profile, std::string_view line);

}  // namespace states

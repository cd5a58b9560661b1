#include "core/job_name.hpp"

#include <gtest/gtest.h>

#include "core/digest.hpp"

TEST(JobName, OfAnIdThatFitsIsTheIdItself) {
  const std::string id(236, 'a');
  EXPECT_EQ(core::job_name(id, 236, 200), id);
  EXPECT_EQ(core::job_name("run.step.m0.1", 236, 200), "run.step.m0.1");
}

TEST(JobName, OfAnIdThatDoesNotFitHasItsBeginningAndItsDigest) {
  const std::string id(237, 'a');
  const std::string name = core::job_name(id, 236, 200);
  EXPECT_EQ(name, std::string(183, 'a') + "." + core::sha256_hex(id).substr(0, 16));
  EXPECT_EQ(name.size(), 200u);
}

TEST(JobName, TellsIdsApartThatDifferOnlyBehindTheCut) {
  const std::string id = "run.step." + std::string(253, 'a') + ".";
  EXPECT_NE(core::job_name(id + "1", 236, 200), core::job_name(id + "2", 236, 200));
  EXPECT_EQ(core::job_name(id + "1", 236, 200), core::job_name(id + "1", 236, 200));
}

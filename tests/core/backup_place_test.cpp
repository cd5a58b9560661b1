// What is a host's directory and what is the workstation's.
#include "core/backup_place.hpp"

#include <gtest/gtest.h>

TEST(BackupPlace, ANameAColonAndAnAbsolutePathAreAHosts) {
  const core::BackupPlace place = core::read_backup_place("master-0:/home/core/a:b");
  EXPECT_EQ(place, (core::BackupPlace{"master-0", "/home/core/a:b"}));
  EXPECT_TRUE(place.on_host());
  EXPECT_EQ(place.text(), "master-0:/home/core/a:b");
}

// Journals from before hosts could be named have absolute paths, and those may have any colons.
TEST(BackupPlace, EverythingElseIsTheWorkstations) {
  for (const char* text :
       {"/srv/backup", "/srv/a:/b", "./a:/b", ":/b", "backup", "a:b", "a", ":", "", "/"}) {
    const core::BackupPlace place = core::read_backup_place(text);
    EXPECT_FALSE(place.on_host()) << text;
    EXPECT_EQ(place.text(), text);
  }
}

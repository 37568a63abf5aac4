// SPDX-License-Identifier: BSD-3-Clause
// Tests what becomes of a store that is damaged, of another version, or cannot be opened.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <set>
#include <string>

#include "controlplane/store/schema.h"
#include "controlplane/store/store_check.h"
#include "controlplane/store/store_keeper.h"
#include "controlplane/text/read_file.h"
#include "damage_fixture.h"
#include "whole_pages.h"

namespace softwire::controlplane {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

TEST_F(Damage, ASoundStoreHasNoProblems) {
  put_softwires();
  start();
  EXPECT_THAT(keeper_->problems(), IsEmpty());
  EXPECT_FALSE(keeper_->is_substitute());
  keeper_.reset();
  const auto report = check_database(path());
  ASSERT_TRUE(report.ok());
  EXPECT_THAT(report->problems, IsEmpty());
  EXPECT_GE(report->rows, 4);
}

TEST_F(Damage, TheSchemaRefusesValuesOutOfRange) {
  put_softwires();
  const std::string from = " FROM binding WHERE psid = 0";
  for (const char* set :
       {"ipv4 = -1", "ipv4 = 4294967296", "psid = 1", "psid = 65536", "ports = -1", "ports = 17",
        "ports = 4352", "b4 = x''", "b4 = x'00'", "br = 'text'", "origin = 3", "since = -1",
        "since = 253402300800000", "sum = 0", "since = 'x'", "origin = NULL"}) {
    EXPECT_NE(run("UPDATE binding SET " + std::string(set) + " WHERE psid = 0"), "none") << set;
  }
  for (const char* client : {"x''", "x'00'", "zeroblob(257)", "'ab'", "NULL"}) {
    EXPECT_NE(run("INSERT INTO lease SELECT ipv4, psid, " + std::string(client) + ", 1, 1, 1" + from),
              "none");
  }
  EXPECT_THAT(run("INSERT INTO lease SELECT ipv4, psid, x'0102', -1, 1, 1" + from),
              HasSubstr("constraint failed"));
  EXPECT_THAT(run("UPDATE ended_binding SET until = since - 1"), HasSubstr("constraint failed"));
  EXPECT_THAT(run("UPDATE ended_binding SET reason = 7"), HasSubstr("constraint failed"));
  EXPECT_THAT(run("UPDATE rule SET statement = ''"), HasSubstr("constraint failed"));
}

TEST_F(Damage, ARowWithAWrongChecksumIsTakenOutByName) {
  put_softwires();
  EXPECT_EQ(run("UPDATE binding SET b4 = x'20010db8000100000000000000000bad' WHERE psid = 1"), "none");
  start();
  EXPECT_THAT(kept(), ElementsAre(kWhole));
  EXPECT_THAT(keeper_->problems(), ElementsAre("binding 192.0.2.1 psid 1 is damaged"));
  EXPECT_FALSE(keeper_->is_substitute());
  const auto rows = quarantined(keeper_->store(), 10);
  ASSERT_TRUE(rows.ok());
  ASSERT_THAT(*rows, SizeIs(1));
  EXPECT_EQ((*rows)[0].table, "binding");
  EXPECT_THAT((*rows)[0].contents, HasSubstr("X'20010DB8000100000000000000000BAD'"));
  // The others can be changed, and the next start finds nothing.
  start();
  EXPECT_THAT(keeper_->problems(), IsEmpty());
}

TEST_F(Damage, ALeaseOfAnotherProgramIsTakenOutWithItsBinding) {
  put_softwires();
  EXPECT_EQ(run("UPDATE binding SET origin = 2 WHERE psid = 0; INSERT INTO lease SELECT ipv4, psid, x'0102', "
                "9223372036854775807, 1, 1 FROM binding WHERE origin = 2"),
            "none");
  start();
  EXPECT_THAT(kept(), ElementsAre(kFirst));
  EXPECT_THAT(keeper_->problems(), Contains("binding 192.0.2.9 psid 0 is damaged"));
  EXPECT_THAT(keeper_->problems(), Contains("lease 192.0.2.9 psid 0 is damaged"));
  EXPECT_TRUE(keeper_->store().for_each_lease([](const Lease&) { ADD_FAILURE(); }).ok());
}

TEST_F(Damage, RowsThatAreMissingAreReportedUntilARepair) {
  put_softwires();
  EXPECT_EQ(run("DELETE FROM binding WHERE psid = 1"), "none");
  for (int i = 0; i < 2; ++i) {
    start();
    EXPECT_THAT(keeper_->problems(), ElementsAre("binding: 1 rows are missing"));
  }
  const auto repaired = keeper_->repair();
  ASSERT_TRUE(repaired.ok()) << repaired.error().text;
  EXPECT_THAT(keeper_->problems(), IsEmpty());
  start();
  EXPECT_THAT(keeper_->problems(), IsEmpty());
}

TEST_F(Damage, ChangesThatTheJournalLostAreReported) {
  put_softwires();
  store_.reset();
  std::filesystem::copy_file(path(), folder_ + "/old.db");
  open();
  EXPECT_EQ(add({kSecond}, store_->now()), "none");
  store_.reset();
  std::filesystem::rename(folder_ + "/old.db", path());
  start();
  ASSERT_THAT(keeper_->problems(), SizeIs(1));
  EXPECT_THAT(keeper_->problems()[0], HasSubstr("changes are missing: the journal is damaged"));
  ASSERT_TRUE(keeper_->repair().ok());
  start();
  EXPECT_THAT(keeper_->problems(), IsEmpty());
}

TEST_F(Damage, SoftwiresOfTheFileComeBackWhenTheirRowsAreDamaged) {
  EXPECT_EQ(take_file(to_statement(kWhole) + "\n", store_->now()), "none");
  EXPECT_EQ(run("UPDATE binding SET since = since + 1"), "none");
  start();
  EXPECT_THAT(kept(), IsEmpty());
  SoftwireStore& store = keeper_->store();
  ASSERT_TRUE(store.begin().ok());
  const auto merged = merge_file(store, config_, store.now());
  ASSERT_TRUE(merged.ok()) << merged.error().text;
  ASSERT_TRUE(store.commit().ok());
  EXPECT_THAT(kept(), ElementsAre(kWhole));
}

// Whatever bit flips: what is in effect was acknowledged, or is in the file; and what is lost is reported.
TEST_F(Damage, OfAnySingleBitForwardsNothingThatWasNotAcknowledged) {
  std::vector<std::variant<Binding, Rule>> many;
  for (unsigned i = 0; i < 600; ++i) {
    many.emplace_back(Binding{Ipv4Address::from_host(0xc0000200 + i / 4), *PortSet::make(6, 2, i % 4),
                              Ipv6Address::from_host(0x20010db800010000 + i, i),
                              Ipv6Address::from_host(0x20010db800ff0000, 1)});
  }
  EXPECT_EQ(add(many, store_->now()), "none");
  const std::vector<Binding> all = bindings();
  store_.reset();
  std::filesystem::copy_file(path(), folder_ + "/sound.db");
  std::mt19937 random(14);  // NOLINT(cert-msc32-c,cert-msc51-cpp): the same bits in every run
  const std::uint64_t bits = std::filesystem::file_size(path()) * 8;
  unsigned complete = 0;
  for (int i = 0; i < 100; ++i) {
    SCOPED_TRACE(i);
    keeper_.reset();
    std::filesystem::copy_file(folder_ + "/sound.db", path(),
                               std::filesystem::copy_options::overwrite_existing);
    std::filesystem::remove(path() + "-wal");
    const std::uint64_t bit = random() % bits;
    flip(path(), bit);
    start();
    const std::vector<Binding> found = kept();
    for (const Binding& binding : found) EXPECT_THAT(all, Contains(binding)) << "bit " << bit;
    if (found.size() == all.size()) {
      ++complete;
    } else {
      EXPECT_THAT(keeper_->problems(), ::testing::Not(IsEmpty())) << "bit " << bit;
    }
  }
  EXPECT_GT(complete, 0U);
}

TEST_F(Damage, AStoreThatIsNoneIsReplacedByASubstituteThatRefusesChanges) {
  put_softwires();
  store_.reset();
  std::ofstream(path()) << std::string(5000, 'x');
  std::filesystem::remove(path() + "-wal");
  start();
  EXPECT_TRUE(keeper_->is_substitute());
  EXPECT_THAT(refusal(), HasSubstr("file is not a database; softwirectl store check shows"));
  EXPECT_THAT(refusal(), HasSubstr("softwirectl store restore FILE"));
  EXPECT_THAT(keeper_->problems(), SizeIs(2));
  write("softwires.conf", to_statement(kThird) + "\n");
  ASSERT_TRUE(keeper_->store().begin().ok());
  ASSERT_TRUE(merge_file(keeper_->store(), config_, keeper_->store().now()).ok());
  ASSERT_TRUE(keeper_->store().commit().ok());
  EXPECT_THAT(kept(), ElementsAre(kThird));
}

TEST_F(Damage, ALaterVersionIsLeftAsItIs) {
  put_softwires();
  EXPECT_EQ(run("PRAGMA user_version = 1000"), "none");
  start();
  EXPECT_TRUE(keeper_->is_substitute());
  EXPECT_THAT(refusal(), HasSubstr("was written by a later softwired"));
  const auto repaired = keeper_->repair();
  ASSERT_FALSE(repaired.ok());
  EXPECT_THAT(repaired.error().text, HasSubstr("install the later softwired"));
  keeper_.reset();
  auto database = Database::open(path(), Database::Access::kReadOnly);
  EXPECT_EQ(*database->integer("PRAGMA user_version"), 1000);
}

TEST_F(Damage, ADirectoryThatCannotBeMadeDoesNotStopTheHub) {
  write("file", "");
  auto keeper = StoreKeeper::open(folder_ + "/file/state");
  ASSERT_TRUE(keeper.ok()) << keeper.error().text;
  EXPECT_TRUE((*keeper)->is_substitute());
  EXPECT_THAT((*keeper)->problems()[0], HasSubstr("Not a directory; state must be a directory"));
}

TEST_F(Damage, AnotherSoftwiredStillIsARefusal) {
  const auto keeper = StoreKeeper::open(config_.state);
  ASSERT_FALSE(keeper.ok());
  EXPECT_THAT(keeper.error().text, HasSubstr("another softwired uses it"));
}

TEST_F(Damage, RepairMakesANewFileOfWhatIsSound) {
  std::vector<std::variant<Binding, Rule>> many;
  for (unsigned i = 0; i < 2000; ++i) {
    many.emplace_back(Binding{Ipv4Address::from_host(0xc6120000 + i), PortSet{},
                              Ipv6Address::from_host(0x20010db800010000 + i, i),
                              Ipv6Address::from_host(0x20010db800ff0000, 1)});
  }
  EXPECT_EQ(add(many, store_->now()), "none");
  EXPECT_EQ(remove("ipv4 198.18.0.1", store_->now()), "none");
  const WallTime before = store_->now();
  store_.reset();
  // Destroys a page in the middle of the table.
  auto database = Database::open(path());
  const std::int64_t leaf = *database->integer(
      "SELECT pageno FROM dbstat WHERE name = 'binding' AND pagetype = 'leaf' ORDER BY path LIMIT 1 OFFSET "
      "10");
  database = Database();
  if (leaf == 0) GTEST_SKIP() << "this SQLite has no dbstat";
  {
    std::fstream file(path(), std::ios::in | std::ios::out | std::ios::binary);
    file.seekp((leaf - 1) * 4096);
    file << std::string(4096, '\x5a');
  }
  start();
  ASSERT_TRUE(keeper_->is_substitute());
  const std::size_t sound = kept().size();
  EXPECT_GT(sound, 1500U);
  EXPECT_LT(sound, 1999U);
  const auto repaired = keeper_->repair();
  ASSERT_TRUE(repaired.ok()) << repaired.error().text;
  EXPECT_FALSE(keeper_->is_substitute());
  EXPECT_THAT(keeper_->problems(), IsEmpty());
  EXPECT_EQ(kept().size(), sound);
  EXPECT_THAT(page_of_ended(keeper_->store(), {}, 10, "")->bindings, SizeIs(1));
  EXPECT_GE(keeper_->store().now(), before);
  EXPECT_LT(keeper_->store().now(), before + kHour);
  unsigned damaged = 0;
  for (const auto& entry : std::filesystem::directory_iterator(config_.state)) {
    const std::string name = entry.path().filename();
    if (name.starts_with("softwired.db.damaged-") && !name.ends_with("-wal")) ++damaged;
  }
  EXPECT_EQ(damaged, 1U);
  start();
  EXPECT_THAT(keeper_->problems(), IsEmpty());
  EXPECT_EQ(kept().size(), sound);
}

TEST_F(Damage, RestoreTakesTheStoreOfTheFileAndKeepsTheOneBefore) {
  put_softwires();
  const std::string file = config_.state + "/restore.db";
  ASSERT_TRUE(store_->database().run(("VACUUM INTO '" + file + "'").c_str()).ok());
  EXPECT_EQ(change({.remove = {}, .add = {kThird}, .replace = true}, store_->now()), "none");
  start();
  EXPECT_THAT(kept(), ElementsAre(kThird));
  const WallTime before = keeper_->store().now();
  const auto restored = keeper_->restore(file);
  ASSERT_TRUE(restored.ok()) << restored.error().text;
  EXPECT_THAT(kept(), ElementsAre(kFirst, kWhole));
  EXPECT_GE(keeper_->store().now(), before);
  std::ofstream(file)
      << "nonsense, and longer than the header of a file that SQLite accepts as a database of its own";
  const auto refused = keeper_->restore(file);
  ASSERT_FALSE(refused.ok());
  EXPECT_THAT(refused.error().text, HasSubstr("file is not a database"));
  EXPECT_THAT(kept(), ElementsAre(kFirst, kWhole));
  start();
  EXPECT_THAT(keeper_->problems(), IsEmpty());
}

TEST_F(Damage, FilesHaveMode0640WhateverTheUmask) {
  for (const mode_t mask : {mode_t{0}, mode_t{077}}) {
    store_.reset();
    std::filesystem::remove_all(config_.state);
    const mode_t before = umask(mask);
    open();
    EXPECT_EQ(add({kWhole}, store_->now()), "none");
    umask(before);
    unsigned files = 0;
    for (const auto& entry : std::filesystem::directory_iterator(config_.state)) {
      EXPECT_EQ(static_cast<unsigned>(entry.status().permissions()), 0640U) << entry.path();
      ++files;
    }
    EXPECT_EQ(files, 5U);  // database, journal, index of the journal, lock, number of transactions
    EXPECT_EQ(static_cast<unsigned>(std::filesystem::status(config_.state).permissions()), 0750U);
  }
}

class Migration : public Damage {
 protected:
  void SetUp() override {
    Damage::SetUp();
    store_.reset();
    std::filesystem::remove_all(config_.state);
    std::filesystem::create_directories(config_.state);
    const auto sql = read_file(SOFTWIRE_STORES "/version-2.sql");
    ASSERT_TRUE(sql.ok()) << sql.error().text;
    ASSERT_EQ(run(*sql), "none");
  }
};

TEST_F(Migration, FromVersion2KeepsEverything) {
  start();
  ASSERT_FALSE(keeper_->is_substitute()) << refusal();
  EXPECT_THAT(keeper_->problems(), IsEmpty());
  EXPECT_EQ(*keeper_->store().count_bindings(), 9);
  const auto history = page_of_ended(keeper_->store(), {}, 10, "");
  ASSERT_TRUE(history.ok());
  ASSERT_THAT(history->bindings, SizeIs(2));
  for (const EndedBinding& ended : history->bindings) EXPECT_LE(ended.since, ended.until);
  // The clock was set back between the start and the end of the second one. Its times are kept beside it.
  const auto rows = quarantined(keeper_->store(), 10);
  ASSERT_THAT(*rows, SizeIs(1));
  EXPECT_EQ((*rows)[0].table, "ended_binding");
  EXPECT_EQ((*rows)[0].reason, "the times ran backwards");
  EXPECT_THAT((*rows)[0].contents, HasSubstr("1796045512526, 1796041913030"));
  std::vector<Lease> leases;
  ASSERT_TRUE(keeper_->store().for_each_lease([&](Lease one) { leases.push_back(std::move(one)); }).ok());
  ASSERT_THAT(leases, SizeIs(1));
  EXPECT_EQ(leases[0].client, (ClientId{0, 1, 2, 3, 4}));
  EXPECT_EQ(*keeper_->store().fact(kFileDigestFact), "1b8ca30d7f28d09ab67d93634a95fe6a");
  keeper_.reset();
  const auto checked = check_database(path());
  ASSERT_TRUE(checked.ok());
  EXPECT_THAT(checked->problems, IsEmpty());
}

TEST_F(Migration, WithAClockFarAheadDeletesNoHistory) {
  const WallTime last = WallTime(std::chrono::milliseconds(1796045513135));
  auto keeper = StoreKeeper::open(config_.state, [&] {
    return ClockReading{last + std::chrono::days(800), std::chrono::hours(1), "boot"};
  });
  ASSERT_TRUE(keeper.ok());
  SoftwireStore& store = (*keeper)->store();
  EXPECT_EQ(store.now(), last);
  EXPECT_EQ(*store.forget_ended(store.now() - std::chrono::days(365)), 0);
  EXPECT_THAT(page_of_ended(store, {}, 10, "")->bindings, SizeIs(2));
}

TEST_F(Migration, PutsRowsThatTheSchemaForbidsIntoTheQuarantine) {
  EXPECT_EQ(run("UPDATE lease SET client = x''; UPDATE binding SET origin = 77 WHERE ipv4 = 3221225987; "
                "UPDATE ended_binding SET b4 = 'text' WHERE id = 1"),
            "none");
  start();
  EXPECT_FALSE(keeper_->is_substitute()) << refusal();
  EXPECT_EQ(*keeper_->store().count_bindings(), 7);  // the binding of the lease goes with it
  const auto rows = quarantined(keeper_->store(), 10);
  EXPECT_THAT(*rows, SizeIs(5));
}

}  // namespace
}  // namespace softwire::controlplane

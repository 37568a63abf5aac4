// SPDX-License-Identifier: BSD-3-Clause
// Tests that the way out of damage works: check finds it, repair ends it, and says what is lost.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "controlplane/store/schema.h"
#include "controlplane/store/softwire_queries.h"
#include "damage_fixture.h"
#include "whole_pages.h"

namespace softwire::controlplane {
namespace {

using ::testing::AnyOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

namespace fs = std::filesystem;

class Repair : public Damage {
 protected:
  static constexpr unsigned kMany = 1'500;
  static constexpr std::uint64_t kPage = 4096;

  static Binding numbered(unsigned i) {
    return {Ipv4Address::from_host(0xc6120000 + i), PortSet{},
            Ipv6Address::from_host(0x20010db800010000 + i * 7919 % kMany, i),
            Ipv6Address::from_host(0x20010db800ff0000, 1)};
  }
  // Makes a store that has pages of every kind. Closes it.
  void put_many() {
    std::vector<std::variant<Binding, Rule>> many;
    many.reserve(kMany + 1);
    for (unsigned i = 0; i < kMany; ++i) many.emplace_back(numbered(i));
    many.emplace_back(kRule);
    EXPECT_EQ(add(many, store_->now()), "none");
    for (const bool forgotten : {true, false}) {
      ASSERT_TRUE(store_->begin().ok());
      for (unsigned i = 0; i < (forgotten ? 600U : 200U); ++i) {
        const StoredBinding ended{numbered(kMany + i), Origin::kLease, store_->now()};
        ASSERT_TRUE(store_->add(ended).ok());
        ASSERT_TRUE(store_->end(ended, store_->now(), EndReason::kExpired).ok());
      }
      ASSERT_TRUE(store_->commit().ok());
      while (forgotten && *store_->forget_ended(store_->now() + kHour) != 0) {
      }
    }
    store_.reset();
    fs::copy_file(path(), folder_ + "/sound.db");
    fs::copy_file(config_.state + "/softwired.commits", folder_ + "/sound.commits");
  }
  // Puts the sound store back, alone in its directory.
  void put_back() {
    keeper_.reset();
    fs::remove_all(config_.state);
    fs::create_directories(config_.state);
    fs::copy_file(folder_ + "/sound.db", path());
    fs::copy_file(folder_ + "/sound.commits", config_.state + "/softwired.commits");
  }
  void overwrite(std::uint64_t at, const std::string& octets) const {
    std::fstream file(path(), std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(static_cast<std::streamoff>(at));
    file << octets;
  }
  void change_octet(std::uint64_t at, std::uint8_t with) const {
    std::fstream file(path(), std::ios::in | std::ios::out | std::ios::binary);
    file.seekg(static_cast<std::streamoff>(at));
    const auto octet = static_cast<char>(file.get() ^ with);
    file.seekp(static_cast<std::streamoff>(at));
    file.put(octet);
  }
  // Returns the names in the directory that begin so.
  [[nodiscard]] std::vector<std::string> files(const std::string& begin) const {
    std::vector<std::string> found;
    for (const auto& entry : fs::directory_iterator(config_.state)) {
      if (entry.path().filename().string().starts_with(begin)) found.push_back(entry.path().filename());
    }
    return found;
  }
  // Starts, repairs, and expects a sound store whose bindings are a part of those that were acknowledged.
  // Returns what the repair said.
  std::vector<std::string> repaired() {
    start();
    std::vector<std::string> said = keeper_->problems();
    const auto repair = keeper_->repair();
    if (!repair.ok()) {
      ADD_FAILURE() << repair.error().text;
      return said;
    }
    std::ranges::copy(repair->problems, std::back_inserter(said));
    EXPECT_FALSE(keeper_->is_substitute());
    EXPECT_THAT(keeper_->problems(), IsEmpty());
    const auto checked = check_store(config_.state);
    EXPECT_TRUE(checked.ok()) << checked.error().text;
    EXPECT_THAT(checked.ok() ? checked->problems : std::vector<std::string>(), IsEmpty());
    return said;
  }

  // The pages of each kind: "binding leaf", "binding_by_b4 internal", "free", "header".
  std::map<std::string, std::vector<std::uint64_t>> pages() {
    std::map<std::string, std::vector<std::uint64_t>> found;
    auto database = Database::open(path(), Database::Access::kReadOnly);
    EXPECT_TRUE(database.ok());
    const auto count = database->integer("PRAGMA page_count");
    std::set<std::uint64_t> used;
    auto rows = database->prepare("SELECT name || ' ' || pagetype, pageno FROM dbstat ORDER BY pageno");
    if (!rows) return found;  // this SQLite has no dbstat
    while (*rows->step()) {
      used.insert(static_cast<std::uint64_t>(rows->integer(1)));
      found[rows->text(0)].push_back(static_cast<std::uint64_t>(rows->integer(1)));
    }
    for (std::uint64_t page = 1; page <= static_cast<std::uint64_t>(*count); ++page) {
      if (!used.contains(page)) found["free"].push_back(page);
    }
    return found;
  }
};

TEST_F(Repair, EndsAnySingleDamagedOctetOfAnyKindOfPage) {
  put_many();
  const auto kinds = pages();
  if (kinds.empty()) GTEST_SKIP() << "this SQLite has no dbstat";
  for (const char* kind : {"binding leaf", "binding internal", "binding_by_b4 leaf", "binding_by_b4 internal",
                           "ended_binding leaf", "ended_binding internal", "free", "record leaf",
                           "total leaf", "sqlite_schema internal", "sqlite_schema leaf"}) {
    EXPECT_TRUE(kinds.contains(kind)) << kind;
  }
  unsigned complete = 0;
  unsigned partial = 0;
  for (const auto& [kind, numbers] : kinds) {
    const std::uint64_t page = numbers[numbers.size() / 2];
    for (const std::uint64_t offset : {0, 1, 3, 6, 9, 12, 2100, 4000, 4093}) {
      SCOPED_TRACE(kind + ", page " + std::to_string(page) + ", octet " + std::to_string(offset));
      if (page == 1 && offset < 100) continue;  // see below
      put_back();
      change_octet((page - 1) * kPage + offset, offset % 2 == 0 ? 0x41 : 0x08);
      const std::vector<std::string> said = repaired();
      std::set<std::string> missing;
      for (unsigned i = 0; i < kMany; ++i) missing.insert(to_statement(numbered(i)));
      for (const Binding& binding : kept()) {
        EXPECT_EQ(missing.erase(to_statement(binding)), 1U) << to_statement(binding);
      }
      ++(missing.empty() ? complete : partial);
      if (missing.empty()) continue;
      EXPECT_THAT(said, Contains(AnyOf(HasSubstr("binding: " + std::to_string(missing.size()) + " of "),
                                       HasSubstr("binding: " + std::to_string(missing.size()) + " rows are"),
                                       HasSubstr(" is damaged"))))
          << missing.size();
    }
  }
  EXPECT_GT(complete, partial);
  EXPECT_GT(partial, 0U);
}

TEST_F(Repair, EndsAnySingleDamagedOctetOfTheHeaderAndLosesNothing) {
  put_many();
  constexpr std::uint64_t kHeader = 100;
  constexpr std::uint64_t kLowestOctetOfTheVersion = 63;
  for (std::uint64_t offset = 0; offset < kHeader; ++offset) {
    if (offset == kLowestOctetOfTheVersion) continue;  // may be a later softwired
    SCOPED_TRACE("octet " + std::to_string(offset));
    put_back();
    change_octet(offset, 0x04);
    repaired();
    EXPECT_THAT(kept(), SizeIs(kMany));
  }
}

TEST_F(Repair, ReadsWhatIsBetweenPagesThatCannotBeRead) {
  put_many();
  const auto kinds = pages();
  if (kinds.empty()) GTEST_SKIP() << "this SQLite has no dbstat";
  const auto& leaves = kinds.at("binding leaf");
  put_back();
  for (const std::size_t i : {leaves.size() / 5, leaves.size() / 2, leaves.size() * 4 / 5}) {
    overwrite((leaves[i] - 1) * kPage, std::string(kPage, '\x5a'));
  }
  const std::vector<std::string> said = repaired();
  const std::size_t lost = kMany - kept().size();
  EXPECT_LT(lost, kMany / 5);
  EXPECT_THAT(said, Contains("binding: " + std::to_string(lost) + " of 1500 rows are lost"));
}

TEST_F(Repair, MakesAStoreOfWhatIsRunningWhenTheFileIsNone) {
  const std::string pages(2 * kPage, '\0');
  for (const std::string& contents :
       {pages, std::string("text\n"), std::string(20'000, 'x'), std::string("SQLite format 3\0cut", 19)}) {
    fs::remove_all(config_.state);
    open();
    put_softwires();
    store_.reset();
    std::ofstream(path()) << contents;
    start();
    ASSERT_TRUE(keeper_->is_substitute());
    EXPECT_THAT(refusal(), HasSubstr("softwired.db: file is not a database"));
    EXPECT_THAT(refusal(), HasSubstr("softwirectl store repair"));
    EXPECT_THAT(keeper_->problems()[1],
                HasSubstr("binding: 2 of 2 rows are lost; rule: 1 of 1 rows are lost"));
    const auto checked = check_store(config_.state);
    ASSERT_FALSE(checked.ok());
    EXPECT_THAT(checked.error().text, HasSubstr("file is not a database"));
    // What softwires.conf forwards.
    write("softwires.conf", to_statement(kThird) + "\n");
    ASSERT_TRUE(keeper_->store().begin().ok());
    ASSERT_TRUE(merge_file(keeper_->store(), config_, keeper_->store().now()).ok());
    ASSERT_TRUE(keeper_->store().commit().ok());
    const auto repair = keeper_->repair();
    ASSERT_TRUE(repair.ok()) << repair.error().text;
    EXPECT_THAT(repair->problems, Contains("binding: 1 of 2 rows are lost"));
    EXPECT_FALSE(keeper_->is_substitute());
    EXPECT_THAT(kept(), ElementsAre(kThird));
    // Nobody is said to have had nothing in a time that the record has lost.
    const auto before =
        answer_of(keeper_->store(), {.ipv4 = kWhole.ipv4, .port = {}, .b4 = {}, .at = wall_now() - kHour});
    EXPECT_EQ(before->kind, HolderAnswer::Kind::kNotRecorded);
    const auto damaged = files("softwired.db.damaged-");
    ASSERT_THAT(damaged, SizeIs(1));
    EXPECT_EQ(fs::file_size(config_.state + "/" + damaged[0]), contents.size());
    start();
    EXPECT_THAT(keeper_->problems(), IsEmpty());
    keeper_.reset();
  }
}

TEST_F(Repair, ThatFailsLeavesTheFilesAndTheStoreAsTheyWere) {
  put_many();
  put_back();
  const auto kinds = pages();
  if (kinds.empty()) GTEST_SKIP() << "this SQLite has no dbstat";
  overwrite((kinds.at("free").front() - 1) * kPage, std::string(kPage, '\x5a'));
  start();
  ASSERT_FALSE(keeper_->is_substitute());
  const std::vector<Binding> before = kept();
  std::optional<Result<StoreReport>> repair;
  {
    const FileSizeLimit limit(2 * kPage);
    repair = keeper_->repair();
  }
  ASSERT_FALSE(repair->ok());
  EXPECT_THAT(repair->error().text, HasSubstr("the damaged file stays where it is; end the cause"));
  EXPECT_FALSE(keeper_->is_substitute());
  EXPECT_EQ(kept(), before);
  EXPECT_THAT(files("softwired.db.damaged-"), IsEmpty());
  EXPECT_THAT(files("repair"), IsEmpty());
  ASSERT_TRUE(keeper_->repair().ok());
  EXPECT_EQ(kept(), before);
}

TEST_F(Repair, UntilThenTheRecordIsNotAvailableButWhatIsRunningIs) {
  put_softwires();
  const WallTime past = wall_now() - kHour;
  store_.reset();
  std::ofstream(path()) << std::string(kPage, 'x');
  start();
  write("softwires.conf", to_statement(kWhole) + "\n");
  SoftwireStore& store = keeper_->store();
  ASSERT_TRUE(store.begin().ok());
  ASSERT_TRUE(merge_file(store, config_, store.now()).ok());
  ASSERT_TRUE(store.commit().ok());
  const auto history = page_of_ended(store, {}, 10, "");
  ASSERT_FALSE(history.ok());
  EXPECT_THAT(history.error().text, HasSubstr("the record is not available: the store cannot be used: "));
  EXPECT_THAT(history.error().text, HasSubstr("softwirectl store repair"));
  HolderQuestion question{.ipv4 = kWhole.ipv4, .port = {}, .b4 = {}, .at = past};
  EXPECT_EQ(answer_of(store, question)->kind, HolderAnswer::Kind::kUnavailable);
  question.at.reset();
  EXPECT_EQ(answer_of(store, question)->kind, HolderAnswer::Kind::kRecorded);
  EXPECT_THAT(answer_of(store, question)->holders, SizeIs(1));
}

class NotRegular : public Repair, public ::testing::WithParamInterface<const char*> {
 protected:
  void make(const std::string& at) const {
    const std::string kind = GetParam();
    const std::string there = kind.starts_with("link") ? folder_ + "/there" : at;
    if (kind == "link to a device") {
      ASSERT_EQ(symlink("/dev/zero", at.c_str()), 0);
      return;
    }
    const bool is_fifo = kind.ends_with("FIFO");
    ASSERT_EQ(is_fifo ? mkfifo(there.c_str(), 0640) : mkdir(there.c_str(), 0750), 0);
    ASSERT_TRUE(there == at || symlink(there.c_str(), at.c_str()) == 0);
  }
};

TEST_P(NotRegular, DatabaseDoesNotStopTheStartAndIsMovedAway) {
  put_softwires();
  store_.reset();
  fs::rename(path(), folder_ + "/before.db");
  make(path());
  start();
  ASSERT_TRUE(keeper_->is_substitute());
  EXPECT_THAT(refusal(), HasSubstr("softwired.db: is a "));
  EXPECT_THAT(refusal(), HasSubstr(", not a regular file; softwirectl store check"));
  EXPECT_FALSE(SoftwireStore::open_to_read(config_.state).ok());
  EXPECT_FALSE(check_store(config_.state).ok());
  repaired();
  EXPECT_THAT(files("softwired.db.damaged-"), SizeIs(1));
  EXPECT_EQ(fs::status(path()).type(), fs::file_type::regular);
}

TEST_P(NotRegular, FilesBesideTheDatabaseDoNotStopTheStart) {
  put_softwires();
  store_.reset();
  fs::copy_file(path(), folder_ + "/before.db");
  for (const char* suffix : {"-wal", "-shm", "-journal"}) {
    SCOPED_TRACE(suffix);
    keeper_.reset();
    fs::remove_all(config_.state);
    fs::remove_all(folder_ + "/there");
    fs::create_directories(config_.state);
    fs::copy_file(folder_ + "/before.db", path());
    make(path() + suffix);
    start();
    ASSERT_TRUE(keeper_->is_substitute());
    EXPECT_THAT(refusal(), HasSubstr(std::string("softwired.db") + suffix + ": is a "));
    EXPECT_THAT(kept(), ElementsAre(kFirst, kWhole));
    repaired();
    EXPECT_THAT(kept(), ElementsAre(kFirst, kWhole));
  }
}

TEST_P(NotRegular, LockAndNumberOfTransactionsDoNotStopTheStart) {
  put_softwires();
  store_.reset();
  for (const char* name : {"softwired.commits", "lock"}) {
    SCOPED_TRACE(name);
    fs::remove_all(folder_ + "/there");
    fs::remove(config_.state + "/" + name);
    make(config_.state + "/" + name);
    start();
    ASSERT_TRUE(keeper_->is_substitute());
    EXPECT_THAT(refusal(), HasSubstr(std::string(name) + ": is a "));
    EXPECT_THAT(refusal(), HasSubstr("not a regular file; remove it"));
    EXPECT_THAT(kept(), ElementsAre(kFirst, kWhole));
    fs::remove(config_.state + "/" + name);
    repaired();
    EXPECT_THAT(kept(), ElementsAre(kFirst, kWhole));
    keeper_.reset();
  }
}

INSTANTIATE_TEST_SUITE_P(Kinds, NotRegular,
                         ::testing::Values("FIFO", "directory", "link to a FIFO", "link to a directory",
                                           "link to a device"));

class Restore : public Repair {
 protected:
  // Expects that the file is refused, and that the store in use stays.
  void refuse(const std::string& contents_of, const std::string& why) {
    SCOPED_TRACE(why);
    const std::string file = config_.state + "/restore.db";
    fs::copy_file(contents_of, file, fs::copy_options::overwrite_existing);
    const auto restored = keeper_->restore(file);
    ASSERT_FALSE(restored.ok());
    EXPECT_THAT(restored.error().text, HasSubstr(why));
    EXPECT_FALSE(keeper_->is_substitute());
    EXPECT_THAT(kept(), ElementsAre(kFirst, kWhole));
    EXPECT_THAT(files("softwired.db.before-restore-"), IsEmpty());
    ASSERT_TRUE(keeper_->store().begin().ok());
    EXPECT_TRUE(keeper_->store().commit().ok());
  }
  std::string database_with(const std::string& name, const std::string& sql) const {
    std::string file = folder_ + "/" + name;
    auto database = Database::open(file);
    EXPECT_TRUE(database.ok() && database->run(sql.c_str()).ok());
    return file;
  }
};

TEST_F(Restore, RefusesWhatIsNoStoreAndLosesNothing) {
  put_softwires();
  store_.reset();
  fs::copy_file(path(), folder_ + "/later.db");
  fs::copy_file(path(), folder_ + "/record.db");
  start();
  write("empty", "");
  refuse(folder_ + "/empty", "is empty");
  refuse(database_with("new.db", "CREATE TABLE one (x); DROP TABLE one"), "is empty");
  refuse(database_with("other.db", "CREATE TABLE one (x)"), "is a database of another program");
  const std::string marks = "; PRAGMA application_id = 0x53575244; PRAGMA user_version = ";
  refuse(database_with("marked.db", "CREATE TABLE one (x)" + marks + "3"), "no such table");
  refuse(database_with("marked2.db", "CREATE TABLE one (x)" + marks + "2"), "does not have the tables");
  refuse(database_with("later.db", "PRAGMA user_version = 4"), "was written by a later softwired");
  refuse(database_with("record.db", "UPDATE record SET sum = 1"), "the time of the record is damaged");
}

}  // namespace
}  // namespace softwire::controlplane

// SPDX-License-Identifier: BSD-3-Clause
// A damaged journal: SQLite ignores its frames from the damage on, so the last changes are lost without a
// trace. softwired reports them.
#include <gmock/gmock.h>

#include <random>

#include "damage_fixture.h"

namespace softwire::controlplane {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

namespace fs = std::filesystem;

class Journal : public Damage {
 protected:
  static constexpr unsigned kChanges = 20;

  // Makes a store whose last kChanges changes are in the journal only.
  void put_changes() {
    put_softwires();
    store_.reset();  // writes the journal into the database
    open();
    states_ = {bindings()};
    for (unsigned i = 0; i < kChanges; ++i) {
      const std::string words =
          "ipv4 198.51.100." + std::to_string(10 + i) + " b4 2001:db8:2::1 br 2001:db8:ff::1";
      EXPECT_EQ(add({binding(words)}, store_->now()), "none");
      states_.push_back(bindings());
    }
    fs::create_directory(folder_ + "/sound");
    for (const std::string& name : kFiles) fs::copy_file(config_.state + name, folder_ + "/sound" + name);
    store_.reset();
  }
  void put_back() {
    keeper_.reset();
    fs::remove_all(config_.state);
    fs::create_directories(config_.state);
    for (const std::string& name : kFiles) fs::copy_file(folder_ + "/sound" + name, config_.state + name);
  }
  [[nodiscard]] std::string journal() const { return path() + "-wal"; }

  inline static const std::vector<std::string> kFiles = {"/softwired.db", "/softwired.db-wal",
                                                         "/softwired.commits"};
  std::vector<std::vector<Binding>> states_;  // the bindings after each change
};

TEST_F(Journal, ThatIsSoundIsReadWhole) {
  put_changes();
  put_back();
  start();
  EXPECT_THAT(keeper_->problems(), IsEmpty());
  EXPECT_EQ(kept(), states_.back());
}

// Whatever bit flips: the bindings are those after one of the changes, and it is reported when that is not
// the last one.
TEST_F(Journal, OfAnySingleBitLosesNothingWithoutAReport) {
  put_changes();
  std::mt19937 random(13);  // NOLINT(cert-msc32-c,cert-msc51-cpp): the same bits in every run
  const std::uint64_t bits = fs::file_size(folder_ + "/sound/softwired.db-wal") * 8;
  unsigned lost = 0;
  for (int i = 0; i < 100; ++i) {
    put_back();
    const std::uint64_t bit = random() % bits;
    SCOPED_TRACE("bit " + std::to_string(bit));
    flip(journal(), bit);
    start();
    EXPECT_FALSE(keeper_->is_substitute());
    EXPECT_THAT(states_, Contains(kept()));
    if (kept() == states_.back()) continue;
    ++lost;
    EXPECT_THAT(keeper_->problems(), Contains(HasSubstr("changes are missing: the journal is damaged")));
  }
  EXPECT_GT(lost, 0U);
}

TEST_F(Journal, ThatIsCutOrGoneIsReported) {
  put_changes();
  const std::uint64_t size = fs::file_size(folder_ + "/sound/softwired.db-wal");
  for (const std::uint64_t length : {size - 1, size / 2, std::uint64_t{40}, std::uint64_t{0}}) {
    SCOPED_TRACE(length);
    put_back();
    fs::resize_file(journal(), length);
    start();
    EXPECT_THAT(states_, Contains(kept()));
    EXPECT_NE(kept(), states_.back());
    EXPECT_THAT(keeper_->problems(), Contains(HasSubstr("changes are missing: the journal is damaged")));
  }
  put_back();
  fs::remove(journal());
  start();
  EXPECT_EQ(kept(), states_.front());
  EXPECT_THAT(keeper_->problems(), Contains(HasSubstr("changes are missing: the journal is damaged")));
}

}  // namespace
}  // namespace softwire::controlplane

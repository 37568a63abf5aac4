// SPDX-License-Identifier: BSD-3-Clause
// Tests that a published table can change while other threads read it.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <map>
#include <memory>
#include <random>
#include <stop_token>
#include <thread>
#include <vector>

#include "dataplane/tables/binding_table.h"
#include "dataplane/tables/reclaimer.h"
#include "softwire/address_text.h"

namespace softwire::dataplane {
namespace {

constexpr unsigned kReader = 0;

Ipv6Address br(std::uint32_t version) {
  return Ipv6Address::from_host(0x2001'0db8'ffff'0000, version % 5 + 1);
}

// Returns an address that is never a BR address.
Ipv6Address no_br() {
  return Ipv6Address::from_host(0x2001'0db8'fffe'0000, 1);
}

// Both addresses contain address, PSID and version, so two halves that do not match are found.
Binding binding(Ipv4Address ipv4, PortSet ports, std::uint32_t version) {
  return {
      ipv4, ports,
      Ipv6Address::from_host(0x2001'0db8'0001'0000 | ports.psid, std::uint64_t{ipv4.host()} << 32 | version),
      br(version)};
}

Binding whole(Ipv4Address ipv4, std::uint32_t version) {
  return binding(ipv4, {}, version);
}

Binding shared(Ipv4Address ipv4, unsigned psid, std::uint32_t version) {
  return binding(ipv4, *PortSet::make(6, 6, psid), version);
}

std::uint32_t version_of(const Softwire& softwire) {
  return static_cast<std::uint32_t>(softwire.b4.low());
}

const Softwire* find(const BindingTable& table, const Binding& wanted) {
  const auto leaf = table.find(wanted.ipv4.host());
  return leaf.kind == BindingTable::Kind::kBinding ? table.slot(leaf, wanted.ports.range(0).first) : nullptr;
}

// A reader is a number here. The test sets what it may still hold, without threads.
class LiveTable : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_NE(reclaimer_, nullptr);
    ASSERT_NE(table_, nullptr);
    ASSERT_EQ(table_->add(kFirst).error, TableError::kNone);
    ASSERT_EQ(table_->add(kSecond).error, TableError::kNone);
    ASSERT_EQ(table_->add(kWhole).error, TableError::kNone);
    table_->publish(*reclaimer_);
    reclaimer_->add(kReader);
    reclaimer_->online(kReader);
  }
  void TearDown() override { reclaimer_->offline(kReader); }

  const Binding kFirst = shared(Ipv4Address(192, 0, 2, 1), 0, 1);
  const Binding kSecond = shared(Ipv4Address(192, 0, 2, 1), 1, 1);
  const Binding kWhole = whole(Ipv4Address(192, 0, 2, 2), 1);
  const std::unique_ptr<Reclaimer> reclaimer_ = Reclaimer::create(2);
  std::unique_ptr<BindingTable> table_ = BindingTable::create();
};

TEST_F(LiveTable, WhatAReaderFoundStaysUntilItIsQuiescent) {
  for (const Binding& old : {kFirst, kWhole}) {
    const std::size_t in_use = table_->bytes_in_use();
    const Softwire* found = find(*table_, old);
    const Softwire before = *found;
    const Binding with = binding(old.ipv4, old.ports, 2);
    ASSERT_EQ(table_->replace(old, with).error, TableError::kNone);
    EXPECT_EQ(find(*table_, with)->b4, with.b4);
    EXPECT_EQ(reclaimer_->reclaim(), 0U);
    EXPECT_EQ(found->b4, before.b4);
    EXPECT_EQ(found->br, before.br);
    EXPECT_GT(table_->bytes_in_use(), in_use);
    reclaimer_->quiescent(kReader);
    EXPECT_GT(reclaimer_->reclaim(), 0U);
    EXPECT_EQ(reclaimer_->waiting(), 0U);
    EXPECT_EQ(reclaimer_->waiting_bytes(), 0U);
    EXPECT_EQ(table_->bytes_in_use(), in_use);
  }
}

TEST_F(LiveTable, AddingAndRemovingLeaveWhatWasFound) {
  const Softwire* first = find(*table_, kFirst);
  const Softwire* second = find(*table_, kSecond);
  const Softwire* last = find(*table_, kWhole);
  const Binding third = shared(kFirst.ipv4, 2, 1);
  ASSERT_EQ(table_->add(third).error, TableError::kNone);
  ASSERT_EQ(table_->remove(kFirst).error, TableError::kNone);
  ASSERT_EQ(table_->remove(kSecond).error, TableError::kNone);
  ASSERT_EQ(table_->remove(kWhole).error, TableError::kNone);
  ASSERT_EQ(table_->remove(third).error, TableError::kNone);
  EXPECT_EQ(table_->size(), 0U);
  EXPECT_EQ(table_->find(kFirst.ipv4.host()).kind, BindingTable::Kind::kNone);
  EXPECT_EQ(reclaimer_->reclaim(), 0U);
  EXPECT_EQ(first->b4, kFirst.b4);
  EXPECT_EQ(second->b4, kSecond.b4);
  EXPECT_EQ(last->b4, kWhole.b4);
}

TEST_F(LiveTable, EverythingRetiredIsReleased) {
  const std::size_t in_use = BindingTable::create()->bytes_in_use();
  for (const Binding& gone : {kFirst, kSecond, kWhole}) {
    ASSERT_EQ(table_->remove(gone).error, TableError::kNone);
  }
  EXPECT_GT(table_->bytes_in_use(), in_use);
  reclaimer_->offline(kReader);
  reclaimer_->synchronize();
  EXPECT_EQ(table_->bytes_in_use(), in_use);
}

TEST_F(LiveTable, BrAddressesComeAndGo) {
  EXPECT_TRUE(table_->is_br(br(1)));
  ASSERT_EQ(table_->replace(kFirst, shared(kFirst.ipv4, 0, 2)).error, TableError::kNone);
  EXPECT_TRUE(table_->is_br(br(1)));
  EXPECT_TRUE(table_->is_br(br(2)));
  ASSERT_EQ(table_->remove(shared(kFirst.ipv4, 0, 2)).error, TableError::kNone);
  EXPECT_FALSE(table_->is_br(br(2)));
  table_->add_br(br(3));
  EXPECT_TRUE(table_->is_br(br(3)));
}

TEST_F(LiveTable, RulesStayAsTheyWerePublished) {
  Rule rule;
  rule.ipv4 = *parse_ipv4_prefix("198.51.100.0/24");
  rule.ipv6 = *parse_ipv6_prefix("2001:db8::/40");
  rule.ea_len = 8;
  rule.br = br(1);
  ASSERT_TRUE(rule.is_valid());
  EXPECT_EQ(table_->add(rule).error, TableError::kPublished);
  EXPECT_EQ(table_->remove(rule).error, TableError::kPublished);
  EXPECT_EQ(table_->rules(), 0U);
}

TEST_F(LiveTable, MayBeDestroyedWhileItsMemoryWaits) {
  ASSERT_EQ(table_->remove(kWhole).error, TableError::kNone);
  ASSERT_GT(reclaimer_->waiting(), 0U);
  reclaimer_->offline(kReader);
  table_.reset();
  EXPECT_EQ(reclaimer_->waiting(), 0U);
}

TEST_F(LiveTable, IsRetiredAsAWholeBehindItsOwnMemory) {
  ASSERT_EQ(table_->remove(kWhole).error, TableError::kNone);
  const Softwire* found = find(*table_, kFirst);
  reclaimer_->retire(std::move(table_));
  EXPECT_EQ(reclaimer_->reclaim(), 0U);
  EXPECT_EQ(found->b4, kFirst.b4);
  reclaimer_->quiescent(kReader);
  EXPECT_GT(reclaimer_->reclaim(), 1U);
  EXPECT_EQ(reclaimer_->waiting(), 0U);
}

struct Noted {
  std::vector<int>& order;
  int number;
  ~Noted() { order.push_back(number); }
};

TEST(Reclaimer, ReleasesInOrderWhatEveryReaderHasLetGoOf) {
  const auto reclaimer = Reclaimer::create(2);
  ASSERT_NE(reclaimer, nullptr);
  std::vector<int> order;
  const auto retire = [&](int number) {
    reclaimer->retire(std::unique_ptr<const Noted>(new Noted{order, number}));
  };
  for (const unsigned reader : {0U, 1U}) {
    reclaimer->add(reader);
    reclaimer->online(reader);
  }
  retire(1);
  retire(2);
  reclaimer->quiescent(0);
  EXPECT_EQ(reclaimer->reclaim(), 0U);
  reclaimer->quiescent(1);
  retire(3);
  EXPECT_EQ(reclaimer->reclaim(), 2U);
  EXPECT_EQ(order, (std::vector{1, 2}));
  reclaimer->quiescent(0);
  EXPECT_EQ(reclaimer->reclaim(), 0U);
  reclaimer->offline(1);
  EXPECT_EQ(reclaimer->reclaim(), 1U);
  // A later reader cannot hold what was retired earlier.
  retire(4);
  reclaimer->online(1);
  reclaimer->quiescent(0);
  EXPECT_EQ(reclaimer->reclaim(), 1U);
  EXPECT_EQ(order, (std::vector{1, 2, 3, 4}));
}

TEST(Reclaimer, ReleasesWhatIsLeftWhenItGoes) {
  std::vector<int> order;
  Reclaimer::create(1)->retire(std::unique_ptr<Noted>(new Noted{order, 1}), 2 * Reclaimer::kMaxWaitingBytes);
  EXPECT_EQ(order, std::vector{1});
  EXPECT_EQ(Reclaimer::create(0), nullptr);
}

// A thread that only reports its state.
class Reporting {
 public:
  explicit Reporting(Reclaimer& reclaimer) {
    reclaimer.add(kReader);
    reclaimer.online(kReader);
    thread_ = std::jthread([&reclaimer](const std::stop_token& stop) {
      while (!stop.stop_requested()) {
        reclaimer.quiescent(kReader);
        std::this_thread::yield();
      }
      reclaimer.offline(kReader);
    });
  }

 private:
  std::jthread thread_;
};

TEST(Reclaimer, KeepsBoundedMemoryWaiting) {
  const auto reclaimer = Reclaimer::create(1);
  const auto table = BindingTable::create();
  // An address with its own node, and one whose softwires use 2 MB.
  const Ipv4Address small(192, 0, 2, 1);
  Binding large = binding(Ipv4Address(192, 0, 3, 1), *PortSet::make(0, 16, 7), 1);
  ASSERT_EQ(table->add(large).error, TableError::kNone);
  table->publish(*reclaimer);
  const Reporting reader(*reclaimer);
  const auto expect_bounds = [&] {
    ASSERT_LE(reclaimer->waiting(), Reclaimer::kMaxWaiting);
    ASSERT_LE(reclaimer->waiting_bytes(), Reclaimer::kMaxWaitingBytes);
    ASSERT_LE(table->bytes(), 4 * Reclaimer::kMaxWaitingBytes);
  };
  for (std::uint32_t version = 2; version < Reclaimer::kMaxWaiting; ++version) {
    ASSERT_EQ(table->add(whole(small, version)).error, TableError::kNone);
    expect_bounds();
    ASSERT_EQ(table->remove(whole(small, version)).error, TableError::kNone);
    expect_bounds();
  }
  for (std::uint32_t version = 2; version < 50; ++version) {
    const Binding with = binding(large.ipv4, large.ports, version);
    ASSERT_EQ(table->replace(large, with).error, TableError::kNone);
    expect_bounds();
    large = with;
  }
}

// Addresses that are bound always or sometimes.
struct Place {
  Ipv4Address ipv4;
  PortSet ports;
  bool always = false;
};

std::vector<Place> places() {
  std::vector<Place> result;
  for (unsigned psid = 0; psid < 64; ++psid) {
    const PortSet ports = *PortSet::make(6, 6, psid);
    result.push_back({Ipv4Address(100, 64, 0, 1), ports, psid % 8 == 0});
    result.push_back({Ipv4Address(100, 64, 0, 2), ports, psid == 63});
  }
  result.push_back({Ipv4Address(100, 64, 0, 3), {}, true});
  // These are added and removed with their own nodes.
  for (const Ipv4Address alone :
       {Ipv4Address(100, 64, 0, 4), Ipv4Address(100, 64, 1, 1), Ipv4Address(100, 65, 0, 1)}) {
    result.push_back({alone, {}, false});
  }
  for (const unsigned psid : {0U, 7U, 63U}) {
    result.push_back({Ipv4Address(100, 66, 7, 1), *PortSet::make(6, 6, psid), false});
  }
  return result;
}

// Looks up as the engine does: in bursts, whose pointers are valid until the end of the burst.
class Reader {
 public:
  Reader(const BindingTable& table, Reclaimer& reclaimer, unsigned number, const std::vector<Place>& places)
      : table_(table), reclaimer_(reclaimer), number_(number), places_(places), random_(number) {
    reclaimer_.add(number_);
    thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
  }

  [[nodiscard]] unsigned bursts() const { return bursts_.load(std::memory_order_relaxed); }
  // The error, or null.
  [[nodiscard]] const char* failure() const { return failure_.load(std::memory_order_relaxed); }
  void stop() {
    thread_.request_stop();
    thread_.join();
  }

 private:
  void run(const std::stop_token& stop) {
    std::vector<std::uint32_t> seen(places_.size());
    while (!stop.stop_requested() && failure_ == nullptr) {
      reclaimer_.online(number_);
      for (unsigned i = 0; i < 100 && failure_ == nullptr; ++i) {
        burst(seen);
        reclaimer_.quiescent(number_);
        bursts_.fetch_add(1, std::memory_order_relaxed);
      }
      reclaimer_.offline(number_);
      std::this_thread::yield();
    }
  }

  void burst(std::vector<std::uint32_t>& seen) {
    struct Found {
      const Softwire* slot;
      Softwire copy;
    };
    std::array<Found, 32> found{};
    for (Found& item : found) {
      const std::size_t index = random_() % places_.size();
      const Place& place = places_[index];
      const auto leaf = table_.find(place.ipv4.host());
      const bool bound = leaf.kind == BindingTable::Kind::kBinding;
      if (!bound && leaf.kind != BindingTable::Kind::kRule) failure_ = "neither binding nor rule";
      if (bound && !(leaf.parameters() == place.ports.parameters)) failure_ = "another port layout";
      if (bound && failure_ == nullptr) item.slot = table_.slot(leaf, place.ports.range(0).first);
      if (item.slot != nullptr) item.copy = *item.slot;
      if (item.slot == nullptr || !item.copy.is_present()) {
        if (place.always) failure_ = "a binding that is always there was not";
        continue;
      }
      const std::uint32_t version = version_of(item.copy);
      const Binding expected = binding(place.ipv4, place.ports, version);
      if (!(item.copy.b4 == expected.b4) || !(item.copy.br == expected.br)) failure_ = "a mixed softwire";
      if (version < seen[index]) failure_ = "an older softwire after a newer one";
      seen[index] = version;
    }
    if (!table_.is_br(br(0)) || table_.is_br(no_br())) failure_ = "a BR address";
    for (const Found& item : found) {
      if (item.slot == nullptr) continue;
      if (!(item.slot->b4 == item.copy.b4) || !(item.slot->br == item.copy.br)) {
        failure_ = "a softwire that changed within the burst";
      }
    }
  }

  const BindingTable& table_;
  Reclaimer& reclaimer_;
  const unsigned number_;
  const std::vector<Place>& places_;
  std::minstd_rand random_;
  std::atomic<const char*> failure_ = nullptr;
  std::atomic<unsigned> bursts_ = 0;
  std::jthread thread_;
};

class LiveTableWithReaders : public testing::TestWithParam<unsigned> {};

TEST_P(LiveTableWithReaders, AgreesWithASimpleModel) {
  const std::vector<Place> where = places();
  const auto reclaimer = Reclaimer::create(4);
  const auto table = BindingTable::create();
  table->add_br(br(0));
  Rule rule;  // under all of them
  rule.ipv4 = *parse_ipv4_prefix("100.64.0.0/10");
  rule.ipv6 = *parse_ipv6_prefix("2001:db8:8000::/40");
  rule.ea_len = 22;
  rule.br = br(0);
  ASSERT_EQ(table->add(rule).error, TableError::kNone);
  const std::size_t in_use = table->bytes_in_use();

  std::map<std::size_t, Binding> model;  // by index of places
  std::uint32_t version = 1;
  for (std::size_t i = 0; i < where.size(); ++i) {
    if (!where[i].always) continue;
    model[i] = binding(where[i].ipv4, where[i].ports, version);
    ASSERT_EQ(table->add(model[i]).error, TableError::kNone);
  }
  table->publish(*reclaimer);

  std::vector<std::unique_ptr<Reader>> readers;
  for (unsigned i = 0; i < GetParam(); ++i) {
    readers.push_back(std::make_unique<Reader>(*table, *reclaimer, i, where));
  }
  std::mt19937 random(20261124);
  const auto have_read = [&] {
    return std::ranges::all_of(readers, [](const auto& reader) { return reader->bursts() > 1000; });
  };
  for (unsigned step = 0; step < 100000 || !have_read(); ++step) {
    for (const auto& reader : readers) ASSERT_STREQ(reader->failure(), nullptr);
    const std::size_t at = random() % where.size();
    const Binding fresh = binding(where[at].ipv4, where[at].ports, ++version);
    const auto present = model.find(at);
    if (present == model.end()) {
      ASSERT_EQ(table->add(fresh).error, TableError::kNone);
      model[at] = fresh;
    } else if (where[at].always || random() % 2 == 0) {
      ASSERT_EQ(table->replace(present->second, fresh).error, TableError::kNone);
      present->second = fresh;
    } else {
      ASSERT_EQ(table->remove(present->second).error, TableError::kNone);
      model.erase(present);
    }
    ASSERT_EQ(table->size(), model.size());
    const std::size_t other = random() % where.size();
    const Softwire* found = find(*table, binding(where[other].ipv4, where[other].ports, 0));
    const auto expected = model.find(other);
    ASSERT_EQ(found != nullptr && found->is_present(), expected != model.end());
    if (expected != model.end()) {
      ASSERT_EQ(found->b4, expected->second.b4);
    }
    if (step % 64 == 0) reclaimer->reclaim();
  }
  for (const auto& reader : readers) {
    reader->stop();
    EXPECT_STREQ(reader->failure(), nullptr);
  }
  for (const auto& [at, gone] : model) ASSERT_EQ(table->remove(gone).error, TableError::kNone);
  reclaimer->synchronize();
  EXPECT_EQ(table->bytes_in_use(), in_use);
}

INSTANTIATE_TEST_SUITE_P(Readers, LiveTableWithReaders, testing::Values(1U, 2U));

}  // namespace
}  // namespace softwire::dataplane

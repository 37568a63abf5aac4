// SPDX-License-Identifier: BSD-3-Clause
#include "dataplane/tables/binding_table.h"

#include <gtest/gtest.h>
#include <sys/mman.h>

#include <map>
#include <random>

#include "dataplane/tables/reclaimer.h"
#include "softwire/address_text.h"

namespace softwire::dataplane {
namespace {

const Ipv6Address kBr = *parse_ipv6("2001:db8:ff::1");

Ipv6Address b4(std::uint64_t number) {
  return Ipv6Address::from_host(0x20010db800010000 | number, number);
}

Binding whole(Ipv4Address address, std::uint64_t number) {
  return {address, {}, b4(number), kBr};
}

Binding shared(Ipv4Address address, unsigned offset, unsigned length, unsigned psid, std::uint64_t number) {
  return {address, *PortSet::make(offset, length, psid), b4(number), kBr};
}

TEST(BindingTable, EmptyFindsNothing) {
  const auto table = BindingTable::create();
  ASSERT_NE(table, nullptr);
  EXPECT_FALSE(table->lookup(Ipv4Address(192, 0, 2, 1), 1024));
  EXPECT_FALSE(table->owns(b4(1), Ipv4Address(192, 0, 2, 1)));
  EXPECT_FALSE(table->is_br(kBr));
}

TEST(BindingTable, OneAddressOfEachNeighbour) {
  const auto table = BindingTable::create();
  const Ipv4Address middle(192, 0, 2, 128);
  ASSERT_EQ(table->add(whole(middle, 1)).error, TableError::kNone);
  EXPECT_EQ(table->lookup(middle, 0)->b4, b4(1));
  EXPECT_EQ(table->lookup(middle, 65535)->b4, b4(1));
  for (const std::uint32_t beside : {1U, 256U, 65536U, 1U << 24}) {
    EXPECT_FALSE(table->lookup(Ipv4Address::from_host(middle.host() + beside), 80));
    EXPECT_FALSE(table->lookup(Ipv4Address::from_host(middle.host() - beside), 80));
  }
}

TEST(BindingTable, EveryPortGoesToTheOwnerOfItsPsid_Rfc7597_5_1) {
  const auto table = BindingTable::create();
  const Ipv4Address address(203, 0, 113, 1);
  for (unsigned psid = 0; psid < 256; psid += 2) {
    ASSERT_EQ(table->add(shared(address, 6, 8, psid, psid + 1)).error, TableError::kNone);
  }
  for (unsigned port = 0; port < 65536; ++port) {
    const auto found = table->lookup(address, static_cast<Port>(port));
    const unsigned psid = (port >> 2) & 0xff;
    const bool bound = port >= 1024 && psid % 2 == 0;
    ASSERT_EQ(found.has_value(), bound) << port;
    if (bound) {
      ASSERT_EQ(found->b4, b4(psid + 1));
    }
  }
}

TEST(BindingTable, RefusesWhatIsBoundAlready) {
  const auto table = BindingTable::create();
  const Binding first = shared(Ipv4Address(192, 0, 2, 1), 0, 6, 5, 1);
  ASSERT_EQ(table->add(first).error, TableError::kNone);
  const auto change = table->add(shared(Ipv4Address(192, 0, 2, 1), 0, 6, 5, 2));
  EXPECT_EQ(change.error, TableError::kDuplicate);
  EXPECT_EQ(change.other, first);
  EXPECT_EQ(table->size(), 1U);
  EXPECT_EQ(table->lookup(Ipv4Address(192, 0, 2, 1), 5 << 10)->b4, b4(1));
}

TEST(BindingTable, RefusesAnotherPortLayoutOfTheSameAddress_Rfc7597_5_1) {
  const auto table = BindingTable::create();
  const Ipv4Address address(192, 0, 2, 1);
  const Binding first = shared(address, 0, 6, 5, 1);
  ASSERT_EQ(table->add(first).error, TableError::kNone);
  for (const Binding& other : {shared(address, 0, 7, 1, 2), shared(address, 6, 6, 1, 2), whole(address, 2)}) {
    const auto change = table->add(other);
    EXPECT_EQ(change.error, TableError::kPortLayout);
    EXPECT_EQ(change.other, first);
  }
  ASSERT_EQ(table->remove(first).error, TableError::kNone);
  EXPECT_EQ(table->add(whole(address, 2)).error, TableError::kNone);
}

TEST(BindingTable, RefusesAddressesWithAnEmptyUpperHalf) {
  const auto table = BindingTable::create();
  Binding binding = whole(Ipv4Address(192, 0, 2, 1), 1);
  binding.b4 = *parse_ipv6("::1");
  EXPECT_EQ(table->add(binding).error, TableError::kBadBinding);
  binding.b4 = b4(1);
  binding.br = {};
  EXPECT_EQ(table->add(binding).error, TableError::kBadBinding);
  binding.br = kBr;
  binding.ports = {{10, 10}, 0};
  EXPECT_EQ(table->add(binding).error, TableError::kBadBinding);
  binding.ports = {{0, 4}, 16};
  EXPECT_EQ(table->add(binding).error, TableError::kBadBinding);
  EXPECT_EQ(table->size(), 0U);
}

TEST(BindingTable, RemovesOnlyTheVeryBinding) {
  const auto table = BindingTable::create();
  const Binding binding = shared(Ipv4Address(192, 0, 2, 1), 0, 6, 5, 1);
  ASSERT_EQ(table->add(binding).error, TableError::kNone);
  for (Binding other : {binding, binding, binding, binding, binding}) {
    static int turn = 0;
    switch (turn++) {
      case 0:
        other.b4 = b4(2);
        break;
      case 1:
        other.br = b4(2);
        break;
      case 2:
        other.ports.psid = 6;
        break;
      case 3:
        other.ports.parameters.psid_offset = 1;
        break;
      default:
        other.ipv4 = Ipv4Address(192, 0, 2, 2);
        break;
    }
    EXPECT_EQ(table->remove(other).error, TableError::kNotFound);
  }
  EXPECT_EQ(table->size(), 1U);
  EXPECT_EQ(table->remove(binding).error, TableError::kNone);
  EXPECT_EQ(table->remove(binding).error, TableError::kNotFound);
  EXPECT_FALSE(table->lookup(binding.ipv4, 5 << 10));
  EXPECT_EQ(table->size(), 0U);
}

TEST(BindingTable, ReplacesOnlyTheVeryBinding) {
  const auto table = BindingTable::create();
  const Binding old = shared(Ipv4Address(192, 0, 2, 1), 0, 6, 5, 1);
  const Binding beside = shared(Ipv4Address(192, 0, 2, 1), 0, 6, 6, 3);
  Binding with = shared(Ipv4Address(192, 0, 2, 1), 0, 6, 5, 2);
  with.br = b4(9);
  ASSERT_EQ(table->add(old).error, TableError::kNone);
  ASSERT_EQ(table->add(beside).error, TableError::kNone);
  EXPECT_EQ(table->replace(with, old).error, TableError::kNotFound);
  EXPECT_EQ(table->replace(old, beside).error, TableError::kBadBinding);
  EXPECT_EQ(table->replace(old, shared(Ipv4Address(192, 0, 2, 2), 0, 6, 5, 2)).error,
            TableError::kBadBinding);
  Binding invalid = with;
  invalid.b4 = {};
  EXPECT_EQ(table->replace(old, invalid).error, TableError::kBadBinding);
  EXPECT_EQ(table->lookup(old.ipv4, 5 << 10), old);
  ASSERT_EQ(table->replace(old, with).error, TableError::kNone);
  EXPECT_EQ(table->lookup(old.ipv4, 5 << 10), with);
  EXPECT_EQ(table->lookup(old.ipv4, 6 << 10), beside);
  EXPECT_EQ(table->size(), 2U);
  EXPECT_TRUE(table->is_br(kBr));
  EXPECT_TRUE(table->is_br(with.br));
  ASSERT_EQ(table->remove(beside).error, TableError::kNone);
  EXPECT_FALSE(table->is_br(kBr));
}

TEST(BindingTable, BrAddressesComeAndGoWithTheirBindings) {
  const auto table = BindingTable::create();
  const Binding one = whole(Ipv4Address(192, 0, 2, 1), 1);
  const Binding two = whole(Ipv4Address(192, 0, 2, 2), 2);
  table->add(one);
  table->add(two);
  EXPECT_TRUE(table->is_br(kBr));
  table->remove(one);
  EXPECT_TRUE(table->is_br(kBr));
  table->remove(two);
  EXPECT_FALSE(table->is_br(kBr));
  table->add_br(kBr);
  EXPECT_TRUE(table->is_br(kBr));
}

TEST(BindingTable, OwnsWholeAndSharedAddressesWhateverThePort) {
  const auto table = BindingTable::create();
  table->index_subscribers();
  const Ipv4Address one(192, 0, 2, 1);
  const Ipv4Address other(192, 0, 2, 2);
  table->add(shared(one, 0, 16, 40000, 7));
  table->add(shared(one, 0, 16, 50000, 7));
  table->add(whole(other, 8));
  EXPECT_TRUE(table->owns(b4(7), one));
  EXPECT_TRUE(table->owns(b4(8), other));
  EXPECT_FALSE(table->owns(b4(8), one));
  EXPECT_FALSE(table->owns(b4(7), other));
  EXPECT_FALSE(table->owns({}, one));
  // A B4 owns an address as long as it has any part of it.
  table->remove(shared(one, 0, 16, 40000, 7));
  EXPECT_TRUE(table->owns(b4(7), one));
  table->replace(shared(one, 0, 16, 50000, 7), shared(one, 0, 16, 50000, 9));
  EXPECT_FALSE(table->owns(b4(7), one));
  EXPECT_TRUE(table->owns(b4(9), one));
}

TEST(BindingTable, WhoOwnsAnAddressIsSaidWithoutAnyOfItsBindings) {
  const auto table = BindingTable::create();
  table->index_subscribers();
  const Ipv4Address address(192, 0, 2, 1);
  constexpr unsigned kPsids = 65536;
  for (unsigned psid = 0; psid < kPsids; ++psid) {
    ASSERT_EQ(table->add(shared(address, 0, 16, psid, 1 + psid)).error, TableError::kNone);
  }
  // Reading any of them is a fault from here on.
  void* const slots = const_cast<Softwire*>(table->slot(table->find(address.host()), 0));
  ASSERT_EQ(mprotect(slots, kPsids * sizeof(Softwire), PROT_NONE), 0);
  EXPECT_TRUE(table->owns(b4(1), address));
  EXPECT_TRUE(table->owns(b4(kPsids), address));
  EXPECT_FALSE(table->owns(b4(kPsids + 1), address));
  EXPECT_FALSE(table->owns(b4(1), Ipv4Address(192, 0, 2, 2)));
  ASSERT_EQ(mprotect(slots, kPsids * sizeof(Softwire), PROT_READ | PROT_WRITE), 0);
}

// Compares the table with std::map, with every layout, in an order that fills and empties nodes and blocks
// many times.
TEST(BindingTable, AgreesWithASimpleModel) {
  const auto table = BindingTable::create();
  std::map<std::pair<Ipv4Address, Psid>, Binding> model;
  std::map<Ipv4Address, PortParameters> layouts;
  std::mt19937 random(20261124);
  const auto pick = [&](unsigned limit) { return static_cast<unsigned>(random() % limit); };
  for (int step = 0; step < 20000; ++step) {
    const Ipv4Address address(static_cast<std::uint8_t>(1 + pick(3)), static_cast<std::uint8_t>(pick(2)),
                              static_cast<std::uint8_t>(pick(2)), static_cast<std::uint8_t>(pick(4)));
    if (model.empty() || pick(5) < 3) {
      const auto known = layouts.find(address);
      const unsigned length = known != layouts.end() ? known->second.psid_len : pick(5);
      const unsigned offset = known != layouts.end() ? known->second.psid_offset : pick(7);
      const Binding binding = shared(address, offset, length, pick(1U << length), 1 + pick(1000));
      const auto key = std::pair(address, binding.ports.psid);
      const bool taken = model.contains(key);
      ASSERT_EQ(table->add(binding).error, taken ? TableError::kDuplicate : TableError::kNone);
      if (!taken) {
        model.emplace(key, binding);
        layouts[address] = binding.ports.parameters;
      }
    } else {
      const auto victim = std::next(model.begin(), pick(static_cast<unsigned>(model.size())));
      ASSERT_EQ(table->remove(victim->second).error, TableError::kNone);
      const Ipv4Address gone = victim->first.first;
      model.erase(victim);
      const auto left = model.lower_bound({gone, 0});
      if (left == model.end() || left->first.first != gone) layouts.erase(gone);
    }
    ASSERT_EQ(table->size(), model.size());
    const auto port = static_cast<Port>(pick(65536));
    const auto layout = layouts.find(address);
    const auto found = table->lookup(address, port);
    const bool nobodys =
        layout == layouts.end() ||
        (layout->second.psid_len != 0 && (layout->second.excludes(port) || port == kDhcpClientPort));
    const auto expected = nobodys ? model.end() : model.find({address, layout->second.psid_of(port)});
    ASSERT_EQ(found.has_value(), expected != model.end());
    if (found) {
      ASSERT_EQ(*found, expected->second);
    }
  }
}

TEST(BindingTable, AMillionBindings) {
  const auto table = BindingTable::create();
  constexpr unsigned kAddresses = 16384;
  constexpr unsigned kPsids = 64;
  const std::uint32_t first = Ipv4Address(100, 64, 0, 0).host();
  for (std::uint32_t i = 0; i < kAddresses * kPsids; ++i) {
    const auto address = Ipv4Address::from_host(first + i / kPsids);
    ASSERT_EQ(table->add(shared(address, 6, 6, i % kPsids, i + 1)).error, TableError::kNone);
  }
  EXPECT_EQ(table->size(), kAddresses * kPsids);
  for (std::uint32_t i = 0; i < kAddresses * kPsids; i += 997) {
    const auto address = Ipv4Address::from_host(first + i / kPsids);
    const PortSet ports = *PortSet::make(6, 6, i % kPsids);
    ASSERT_EQ(table->lookup(address, ports.range(3).first)->b4, b4(i + 1));
  }
  EXPECT_LE(table->bytes(), std::size_t{40} * kAddresses * kPsids)
      << double(table->bytes()) / (kAddresses * kPsids) << " octets a binding";
}

// 32 octets for the softwire, 8 for the leaf, the levels above, and the unused rest of 2 MB pages.
TEST(BindingTable, AMillionWholeAddresses) {
  const auto table = BindingTable::create();
  constexpr unsigned kAddresses = 1U << 20;
  const std::uint32_t first = Ipv4Address(100, 64, 0, 0).host();
  for (std::uint32_t i = 0; i < kAddresses; ++i) {
    ASSERT_EQ(table->add(whole(Ipv4Address::from_host(first + i), i + 1)).error, TableError::kNone);
  }
  EXPECT_EQ(table->lookup(Ipv4Address::from_host(first + kAddresses - 1), 80)->b4, b4(kAddresses));
  EXPECT_LE(table->bytes(), std::size_t{42} * kAddresses)
      << double(table->bytes()) / kAddresses << " octets a binding";
}

// --- identifiers ---

BindingId id_of(const BindingTable& table, const Binding& binding) {
  const auto leaf = table.find(binding.ipv4.host());
  if (leaf.kind != BindingTable::Kind::kBinding) return kNoBinding;
  return table.id(leaf, binding.ports.range(0).first);
}

TEST(BindingTable, IdentifiersDifferAndAreDense) {
  const auto table = BindingTable::create();
  std::map<BindingId, unsigned> seen;
  for (unsigned psid = 0; psid < 64; ++psid) {
    const Binding binding = shared(Ipv4Address(192, 0, 2, 1), 6, 6, psid, psid + 1);
    ASSERT_EQ(table->add(binding).error, TableError::kNone);
    const BindingId id = id_of(*table, binding);
    EXPECT_NE(id, kNoBinding);
    EXPECT_LE(id, 64U);
    EXPECT_EQ(seen[id]++, 0U) << id;
  }
}

TEST(BindingTable, IdentifierOutlivesChangesOfNeighbours) {
  const auto table = BindingTable::create();
  const auto reclaimer = Reclaimer::create(1);
  ASSERT_NE(reclaimer, nullptr);
  const Binding kept = shared(Ipv4Address(192, 0, 2, 1), 6, 6, 5, 5);
  const Binding neighbour = shared(Ipv4Address(192, 0, 2, 1), 6, 6, 6, 6);
  ASSERT_EQ(table->add(neighbour).error, TableError::kNone);
  ASSERT_EQ(table->add(kept).error, TableError::kNone);
  const BindingId id = id_of(*table, kept);
  table->publish(*reclaimer);  // from here on, changes copy the block of the address
  Binding changed = neighbour;
  changed.b4 = b4(7);
  ASSERT_EQ(table->replace(neighbour, changed).error, TableError::kNone);
  EXPECT_EQ(id_of(*table, kept), id);
  ASSERT_EQ(table->remove(changed).error, TableError::kNone);
  EXPECT_EQ(id_of(*table, kept), id);
  EXPECT_EQ(id_of(*table, changed), kNoBinding);
  for (unsigned psid = 10; psid < 60; ++psid) {
    ASSERT_EQ(table->add(shared(Ipv4Address(192, 0, 2, 1), 6, 6, psid, psid)).error, TableError::kNone);
  }
  EXPECT_EQ(id_of(*table, kept), id);
  Binding moved = kept;
  moved.b4 = b4(99);
  ASSERT_EQ(table->replace(kept, moved).error, TableError::kNone);
  EXPECT_EQ(id_of(*table, moved), id);
}

TEST(BindingTable, IdentifierIsUsedAgainOnlyAfterReadersLetGoOfIt) {
  const auto table = BindingTable::create();
  const auto reclaimer = Reclaimer::create(1);
  ASSERT_NE(reclaimer, nullptr);
  const Binding first = whole(Ipv4Address(192, 0, 2, 1), 1);
  ASSERT_EQ(table->add(first).error, TableError::kNone);
  const BindingId id = id_of(*table, first);
  table->publish(*reclaimer);
  reclaimer->add(0);
  reclaimer->online(0);
  ASSERT_EQ(table->remove(first).error, TableError::kNone);
  reclaimer->reclaim();
  const Binding early = whole(Ipv4Address(192, 0, 2, 2), 2);
  ASSERT_EQ(table->add(early).error, TableError::kNone);
  EXPECT_NE(id_of(*table, early), id);
  reclaimer->quiescent(0);
  reclaimer->reclaim();
  const Binding late = whole(Ipv4Address(192, 0, 2, 3), 3);
  ASSERT_EQ(table->add(late).error, TableError::kNone);
  EXPECT_EQ(id_of(*table, late), id);
  reclaimer->offline(0);
}

}  // namespace
}  // namespace softwire::dataplane

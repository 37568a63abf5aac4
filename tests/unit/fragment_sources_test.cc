// SPDX-License-Identifier: BSD-3-Clause
#include "dataplane/fragment/fragment_sources.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>

namespace softwire::dataplane {
namespace {

Ipv6Address source(std::uint64_t number) {
  return Ipv6Address::from_host(0x20010db8'00000000 + number, 1);
}

TEST(FragmentSources, GreediestIsTheOneWithTheMostBeyondItsShare) {
  FragmentSources sources(3, {.datagrams = 2, .buffers = 3}, 7);
  EXPECT_EQ(sources.greediest(), FragmentSources::kNone);
  const auto a = sources.add(source(1));
  const auto b = sources.add(source(2));
  sources.hold_datagram(a);
  sources.hold_buffers(a, 3);
  EXPECT_EQ(sources.greediest(), FragmentSources::kNone) << "nobody holds more than the share";
  sources.hold_datagram(a);
  EXPECT_EQ(sources.greediest(), a) << "a packet too many";
  sources.hold_buffers(b, 4);
  EXPECT_EQ(sources.greediest(), a) << "the older of equals";
  sources.hold_buffers(b, 1);
  EXPECT_EQ(sources.greediest(), b) << "one packet may have too many buffers";
  sources.hold_datagram(a);
  EXPECT_EQ(sources.greediest(), b) << "it has had as many for longer";
  sources.hold_buffers(a, 100'000);
  EXPECT_EQ(sources.greediest(), a);
  sources.release_buffers(a, 100'003);
  EXPECT_EQ(sources.greediest(), b);
  for (int i = 0; i < 4; ++i) sources.release_datagram(a);
  EXPECT_EQ(sources.find(source(1)), FragmentSources::kNone);
  sources.release_buffers(b, 2);
  EXPECT_EQ(sources.greediest(), FragmentSources::kNone);
  EXPECT_EQ(sources.find(source(2)), b);
}

struct Held {
  std::uint32_t datagrams = 0;
  std::uint32_t buffers = 0;
};

// Compares with a map of what each source holds, through random changes.
TEST(FragmentSources, AgreesWithAModel) {
  constexpr unsigned kCapacity = 20;
  constexpr FragmentSources::Share kShare{.datagrams = 2, .buffers = 5};
  FragmentSources sources(kCapacity, kShare, 7);
  std::map<std::uint64_t, Held> model;
  const auto beyond = [&](const Held& held) {
    return held.datagrams - std::min(held.datagrams, kShare.datagrams) + held.buffers -
           std::min(held.buffers, kShare.buffers);
  };
  std::mt19937 random(1);
  for (int round = 0; round < 100'000; ++round) {
    const std::uint64_t number = random() % 40;
    const auto index = sources.find(source(number));
    ASSERT_EQ(index == FragmentSources::kNone, !model.contains(number));
    const std::uint32_t change = random() % 9;
    if (index == FragmentSources::kNone) {
      if (model.size() == kCapacity) continue;
      sources.add(source(number));
      model[number] = {1, 0};
    } else if (Held& held = model[number]; random() % 2 == 0) {
      sources.hold_buffers(index, change);
      sources.hold_datagram(index);
      held = {held.datagrams + 1, held.buffers + change};
    } else {
      const bool is_last = held.datagrams == 1;
      const std::uint32_t fewer = is_last ? held.buffers : std::min(change, held.buffers);
      sources.release_buffers(index, fewer);
      ASSERT_EQ(sources[index].datagrams(), held.datagrams);
      sources.release_datagram(index);
      held = {held.datagrams - 1, held.buffers - fewer};
      if (is_last) model.erase(number);
    }
    std::uint32_t most = 0;
    for (const auto& each : model) most = std::max(most, beyond(each.second));
    if (most == 0) {
      ASSERT_EQ(sources.greediest(), FragmentSources::kNone);
      continue;
    }
    const Ipv6Address greediest = sources[sources.greediest()].address;
    ASSERT_EQ(beyond(model.at(greediest.high() - source(0).high())), most);
  }
}

}  // namespace
}  // namespace softwire::dataplane

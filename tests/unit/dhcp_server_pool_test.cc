// SPDX-License-Identifier: BSD-3-Clause
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <map>
#include <random>
#include <set>

#include "controlplane/dhcp/server/lease_pool.h"
#include "dhcp_server_fixture.h"

namespace softwire::controlplane::dhcp {
namespace {

using testing::HasSubstr;

// ---- the set

TEST(NumberSet, IsWhatAnOrdinarySetIs) {
  for (const std::size_t limit : {1U, 63U, 64U, 65U, 4096U, 4097U, 300'000U}) {
    for (const bool all : {false, true}) {
      std::mt19937 random(static_cast<unsigned>(limit));
      NumberSet set(limit, all);
      std::set<std::size_t> expected;
      for (std::size_t i = 0; all && i < limit; ++i) expected.insert(i);
      for (int i = 0; i < 2000; ++i) {
        const std::size_t number = random() % limit;
        if (random() % 3 == 0) {
          set.insert(number);
          expected.insert(number);
        } else {
          set.erase(number);
          expected.erase(number);
        }
        const std::size_t from = random() % limit;
        const auto found = expected.lower_bound(from);
        ASSERT_EQ(set.next(from), found == expected.end() ? std::nullopt : std::optional(*found)) << limit;
        ASSERT_EQ(set.contains(from), expected.contains(from));
        ASSERT_EQ(set.size(), expected.size());
      }
      EXPECT_EQ(set.next(limit), std::nullopt);
    }
  }
}

// ---- the pool

TEST(LeasePool, EachPlaceHasItsTurn) {
  LeasePool pool(kShared);
  std::vector<LeaseKey> given;
  while (const auto key = pool.next()) {
    EXPECT_TRUE(pool.contains(*key));
    given.push_back(*key);
    pool.take(*key);
  }
  EXPECT_THAT(given,
              testing::ElementsAre(LeaseKey{shared(1), 1}, LeaseKey{shared(1), 2}, LeaseKey{shared(1), 3},
                                   LeaseKey{shared(2), 1}, LeaseKey{shared(2), 2}, LeaseKey{shared(2), 3}));
  pool.give_back({shared(2), 3});
  pool.give_back({shared(1), 2});
  EXPECT_EQ(pool.next(), (LeaseKey{shared(1), 2}));
  EXPECT_EQ(pool.next(), (LeaseKey{shared(2), 3}));
}

TEST(LeasePool, WhatIsGivenBackIsTheLastToBeGivenAgain) {
  LeasePool pool(kWhole);
  pool.take(*pool.next());
  pool.give_back({whole(1), 0});
  EXPECT_EQ(pool.next(), (LeaseKey{whole(2), 0}));
}

TEST(LeasePool, ContainsNoSystemPorts_Rfc7596_5_1) {
  const LeasePool pool(kShared);
  EXPECT_FALSE(pool.contains({shared(1), 0}));
  EXPECT_TRUE(pool.contains({shared(1), 3}));
  EXPECT_FALSE(pool.contains({shared(1), 4}));
  EXPECT_FALSE(pool.contains({shared(3), 1}));
}

TEST(PortPool, FirstPsidWithoutSystemPorts) {
  const auto first = [](std::uint8_t offset, std::uint8_t length) {
    return PortPool{shared(1), shared(1), {offset, length}}.first_psid();
  };
  EXPECT_EQ(first(0, 0), 0U);
  EXPECT_EQ(first(0, 1), 1U);
  EXPECT_EQ(first(0, 6), 1U);
  EXPECT_EQ(first(0, 8), 4U);
  EXPECT_EQ(first(0, 16), 1024U);
  EXPECT_EQ(first(1, 8), 0U);
  EXPECT_EQ(first(6, 8), 0U);
  EXPECT_EQ(first(7, 8), 256U);  // none
  for (std::uint8_t length = 1; length <= 16; ++length) {
    for (std::uint32_t psid = first(0, length); psid < 1U << length; ++psid) {
      const PortSet set{{0, length}, static_cast<Psid>(psid)};
      ASSERT_FALSE(set.contains_system_ports() || set.contains_dhcp_client_port());
    }
  }
}

TEST(LeasePool, FindsTheOneThatIsFreeOfAMillion) {
  const PortPool large{Ipv4Address(100, 64, 0, 0), Ipv4Address(100, 64, 63, 255), {6, 6}};
  LeasePool pool(large);
  ASSERT_EQ(large.size(), 1U << 20);
  for (std::uint32_t i = 0; i < 1U << 14; ++i) {
    for (Psid psid = 0; psid < 64; ++psid) pool.take({Ipv4Address::from_host(large.first.host() + i), psid});
  }
  EXPECT_EQ(pool.next(), std::nullopt);
  const LeaseKey free{Ipv4Address(100, 64, 50, 3), 17};
  pool.give_back(free);
  for (int i = 0; i < 100'000; ++i) ASSERT_EQ(pool.next(), free);
}

// ---- conflicts of pools and static leases

std::string refused(const std::vector<PortPool>& pools) {
  const auto error = find_conflict(pools);
  EXPECT_TRUE(!error || error->index + 1 == pools.size());
  return error ? error->text : "";
}
std::string refused(const std::vector<PortPool>& pools, const std::vector<StaticLease>& leases) {
  const auto error = find_conflict(pools, leases);
  EXPECT_TRUE(!error || error->index + 1 == leases.size());
  return error ? error->text : "";
}
const Ipv6Prefix kOne = *parse_ipv6_prefix("2001:db8:1::/48");
const Ipv6Prefix kTwo = *parse_ipv6_prefix("2001:db8:2::/48");

TEST(PortPool, ThoseThatCannotBeAreRefusedWithTheRemedy) {
  EXPECT_EQ(refused({kWhole}), "");
  EXPECT_EQ(refused({kWhole, kShared}), "");
  EXPECT_EQ(refused({kWhole, {whole(4), whole(9), {}}}),
            "it overlaps the pool from 192.0.2.1 to 192.0.2.4; give each address in one pool");
  EXPECT_THAT(refused({kWhole, {whole(0), whole(9), {}}}), HasSubstr("overlaps"));
  EXPECT_THAT(refused({kWhole, {whole(2), whole(3), {}}}), HasSubstr("overlaps"));
  EXPECT_EQ(refused({kWhole, {whole(5), whole(9), {}}, {whole(0), whole(0), {}}}), "");
  EXPECT_EQ(refused({{shared(1), shared(2), {8, 4}}}),
            "every port set of psid-offset 8 psid-len 4 has ports below 1024, which are not given out; use a "
            "psid-offset from 0 to 6, and a psid-len above 0");
  EXPECT_EQ(refused({kWhole, {Ipv4Address(100, 64, 0, 0), Ipv4Address(100, 67, 255, 255), {6, 6}}}),
            "the pools have 16777220 leases; they may have 16777216, so give fewer addresses");
}

TEST(StaticLease, ThoseThatCannotBeAreRefusedWithTheRemedy) {
  EXPECT_EQ(refused({kWhole, kShared}, {{kOne, whole(1), {}}, {kTwo, shared(1), set_of(1)}}), "");
  EXPECT_EQ(refused({}, {{kOne, shared(9), set_of(0)}}),
            "the port set has ports below 1024, which are not given out; use a psid-offset from 1 to 6, or "
            "another psid");
  EXPECT_EQ(refused({kShared}, {{kOne, shared(1), {}}}),
            "203.0.113.1 is in a pool of psid-offset 0 psid-len 2; all leases of an address need the same "
            "psid-offset and psid-len");
  EXPECT_EQ(refused({kWhole}, {{kOne, whole(1), set_of(1)}}),
            "192.0.2.1 is in a pool of whole addresses; all leases of an address need the same psid-offset "
            "and psid-len");
  EXPECT_EQ(refused({}, {{kOne, whole(1), {}}, {kOne, whole(2), {}}}),
            "2001:db8:1::/48 has a static lease already; give each prefix one");
  EXPECT_EQ(refused({}, {{kOne, shared(9), set_of(1)}, {kTwo, shared(9), {{6, 2}, 2}}}),
            "203.0.113.9 has a static lease of psid-offset 0 psid-len 2; all leases of an address need the "
            "same psid-offset and psid-len");
  EXPECT_EQ(refused({}, {{kOne, whole(1), {}}, {kTwo, whole(1), {}}}),
            "it is the lease of 2001:db8:1::/48 already; give each lease once");
}

// ---- slots that are free, and slots that only seem free

constexpr Ipv4Address kLargeFirst(100, 64, 0, 0);
Ipv4Address large(std::uint32_t i) {
  return Ipv4Address::from_host(kLargeFirst.host() + i);
}
struct LargeServer : DhcpServer {
  static constexpr std::uint32_t kPlaces = 10'000;
  LargeServer() : DhcpServer(options_of({{kLargeFirst, large(kPlaces - 1), {}}})) {}
};

TEST_F(LargeServer, OneMessageLooksAtSoManyPlacesInUseAndTheNextGoesOnThere) {
  for (std::uint32_t i = 0; i < kPlaces - 1; ++i) {  // the server was not told
    lease_table.put(
        {{large(i), {}, Client::behind(i).subscriber.address, kBr}, {0, 1}, now + std::chrono::hours(1), {}});
  }
  const Client client = Client::behind(kPlaces);
  std::array<Outcome, 3> outcomes{};
  for (Outcome& outcome : outcomes) outcome = tell(client, client.discover()).outcome;
  EXPECT_THAT(outcomes,
              testing::ElementsAre(Outcome::kDhcpNoAddress, Outcome::kDhcpNoAddress, Outcome::kDhcpAnswered));
}

TEST_F(LargeServer, WhatIsLeasedDoesNotLookFreeWhenTheServerForgetsThatItGrantedIt) {
  for (std::uint32_t i = 0; i < kPlaces; ++i) (void)lease(Client::behind(i));
  wait(std::chrono::seconds(61));
  remove({large(9000), 0});
  const Client client = Client::behind(kPlaces);
  EXPECT_EQ(tell(client, client.discover()).yiaddr(), large(9000));
  const Client late = Client::behind(kPlaces + 1);
  EXPECT_EQ(tell(late, late.discover()).outcome, Outcome::kDhcpNoAddress);
  wait(std::chrono::hours(1));  // all leases end
  EXPECT_EQ(tell(late, late.discover()).outcome, Outcome::kDhcpAnswered);
}

// ---- the whole server with random messages

struct RandomServer : DhcpServer {
  RandomServer() : DhcpServer(random_options()) {}
  static ServerOptions random_options() {
    ServerOptions options = options_of({kWhole, kShared, {shared(10), shared(11), {6, 3}}});
    options.static_leases = {
        {Ipv6Prefix::of(Client::behind(3).subscriber.address, 56), whole(2), {}},
        {Ipv6Prefix::of(Client::behind(4).subscriber.address, 56), shared(2), set_of(3)}};
    options.leases_per_subscriber = 2;
    return options;
  }
};

// Returns a message that a client may send, meaningful or not.
Bytes random_message(const Client& client, std::mt19937& random) {
  constexpr PortSet kSets[] = {{}, set_of(0), set_of(1), set_of(3), {{6, 3}, 5}, {{6, 3}, 7}, {{0, 3}, 2}};
  const Ipv4Address addresses[] = {whole(1),  whole(2),  whole(4),   whole(5),
                                   shared(1), shared(2), shared(10), shared(11)};
  const PortSet set = kSets[random() % std::size(kSets)];
  const Ipv4Address address = addresses[random() % std::size(addresses)];
  switch (random() % 8) {
    case 0:
      return client.say(MessageType::kDiscover, join({option_of(50, address), Client::ports(set)}));
    case 1:
      return client.select(address, set);
    case 2:
      return client.select(address, set, Ipv4Address(10, 0, 0, 1));
    case 3:
      return client.reboot(address, set);
    case 4:
      return client.renew(address, set);
    case 5:
      return client.give_back(address, set);
    case 6:
      return random() % 8 == 0 ? client.reject(address, set) : client.discover();
    default:
      return client.discover();
  }
}

// Grants and releases reach the lease table late, but in order, as with a store.
TEST_F(RandomServer, NeverGivesOnePlaceTwiceAndDividesEachAddressInOneWay) {
  std::mt19937 random(20'261'129);
  std::vector<Reply> on_their_way;
  std::map<MessageType, unsigned> sent;
  for (int step = 0; step < 200'000; ++step) {
    Client client = Client::behind(random() % 24, static_cast<std::uint8_t>(random() % 3));
    client.shares = random() % 2 == 0;
    Reply reply = ask(client, random_message(client, random), random() % 2 == 0);
    // Most clients accept their offer and keep it.
    if (reply.type == MessageType::kOffer && random() % 4 != 0) {
      ++sent[*reply.type];
      reply = ask(client, client.select(reply.yiaddr(), reply.ports()));
    }
    if (reply.type) ++sent[*reply.type];
    if (reply.grant || reply.release) on_their_way.push_back(reply);
    if (random() % 4 == 0) {
      for (const Reply& next : on_their_way) {
        if (next.release) remove(*next.release);
        if (!next.grant) continue;
        const Lease& lease = *next.grant;
        const Lease* const old = lease_table.find(lease.key());
        ASSERT_TRUE(old == nullptr || (old->binding.b4 == lease.binding.b4 && old->client == lease.client))
            << step;
        const Lease* const neighbor = lease_table.any_of(lease.binding.ipv4);
        ASSERT_TRUE(neighbor == nullptr ||
                    neighbor->binding.ports.parameters == lease.binding.ports.parameters);
        ASSERT_TRUE(lease.binding.ports.parameters.is_whole() ||
                    !lease.binding.ports.contains_system_ports());
        lease_table.put(lease);
        ASSERT_LE(lease_table.count_of_subscriber(lease.binding.b4), 2U);
      }
      on_their_way.clear();
    }
    if (random() % 64 == 0 && on_their_way.empty()) wait(std::chrono::seconds(random() % 600));
  }
  // Each kind of answer must occur often enough.
  EXPECT_GT(sent[MessageType::kOffer], 1000U);
  EXPECT_GT(sent[MessageType::kAck], 1000U);
  EXPECT_GT(sent[MessageType::kNak], 1000U);
  // All released addresses can be leased again.
  wait(std::chrono::hours(3));
  (void)ask(Client::behind(1), Client::behind(1).discover());  // advances the server's time
  wait(std::chrono::hours(3));
  EXPECT_EQ(lease_table.size(), 0U);
  unsigned given = 0;
  for (std::uint64_t site = 100; site < 200; ++site) {
    const Client client = Client::sharing(site);
    if (tell(client, client.discover()).type == MessageType::kOffer) ++given;
  }
  EXPECT_EQ(given, 3U + 5U + 16U);
}

}  // namespace
}  // namespace softwire::controlplane::dhcp

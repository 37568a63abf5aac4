// SPDX-License-Identifier: BSD-3-Clause
// Tests the DHCP service of a worker with its own lease table and channel.
#include "controlplane/dhcp/service/service.h"

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "dhcp_samples.h"
#include "softwire/address_text.h"
#include "tests/support/engine_harness.h"

namespace softwire::controlplane::dhcp {
namespace {

const Ipv6Address kB4 = *parse_ipv6("2001:db8:1::2");
const Ipv6Address kBr = *parse_ipv6("2001:db8:ff::1");
constexpr Ipv4Address kRelay(100, 64, 0, 1);
constexpr Ipv4Address kLeased(192, 0, 2, 100);

class DhcpService : public ::testing::Test {
 protected:
  static constexpr unsigned kSlots = 8;  // of a ring: room for one packet less

  DhcpService() {
    table_->add_br(kBr);
    start(nullptr);
  }
  void start(MessageRates* rates) { service_.emplace(options(rates), *table_, *channel_, pool_); }
  Service::Options options(MessageRates* rates = nullptr) {
    Service::Options options;
    options.relay.servers = {Ipv4Address(10, 99, 0, 1), Ipv4Address(10, 99, 0, 2)};
    options.relay.address = options.address = kRelay;
    options.relay.br_addresses = {kBr};
    options.leases = &leases_;
    options.pending = &pending_;
    options.rates = rates;
    return options;
  }
  ~DhcpService() override { (void)sent(); }

  // A message from a softwire to the relay's own address.
  void punt(const Bytes& message, Ipv4Address source, const Ipv6Address& b4 = kB4) {
    Bytes packet(kDatagramHeaderBytes + message.size());
    write_datagram({source, kDhcpClientPort, kRelay, kDhcpServerPort}, message, packet);
    dataplane::Mbuf* mbuf = dataplane::make_packet(pool_, packet);
    dataplane::FrameContext& context = dataplane::context_of(*mbuf);
    context = {};
    context.reason = Outcome::kPuntDhcpRequest;
    context.outer_source = b4;
    context.received_at = now_;
    context.outer_destination = kBr;
    context.ipv4_length = static_cast<std::uint16_t>(packet.size());
    ASSERT_TRUE(channel_->punt(*mbuf));
  }
  // Returns the end of a softwire that has a lease.
  Ipv6Address bound(std::uint64_t site) {
    const Ipv6Address b4 = Ipv6Address::from_host(0x20010db8'a0000000 + site, 2);
    const auto last = static_cast<std::uint32_t>(site);
    leases_.table().put({{Ipv4Address::from_host(0xc6336400 + last), {}, b4, kBr},
                         hex("000001"),
                         WallTime::max(),
                         Ipv4Address(10, 99, 0, 1)});
    return b4;
  }
  // Fills the ring to the worker until it has room for this many packets.
  void leave_room_for(unsigned packets) {
    const Bytes octets(60);
    for (unsigned i = packets; i < kSlots - 1; ++i) {
      ASSERT_TRUE(channel_->inject(*dataplane::make_packet(pool_, octets)));
    }
  }
  // Returns how many packets were sent to the worker, and removes them.
  unsigned sent() {
    unsigned count = 0;
    for (; dataplane::Mbuf* packet = channel_->take_injected(); ++count) rte_pktmbuf_free(packet);
    return count;
  }

  rte_mempool& pool_ = testing::pool();  // first member, because it starts DPDK
  std::unique_ptr<dataplane::BindingTable> table_ = dataplane::BindingTable::create();
  std::unique_ptr<dataplane::PuntChannel> channel_ = dataplane::PuntChannel::create(kSlots);
  LeaseManager leases_{{},
                       [](const Binding&) { return Occupancy::kFree; },
                       [this](const LeaseChange& change, const std::function<void(bool)>& done) {
                         if (is_store_slow_) return slow_.push_back(done);
                         if (change.end) leases_.table().erase(change.end->key);
                         if (change.grant) leases_.table().put(*change.grant);
                         done(true);
                       }};
  bool is_store_slow_ = false;
  std::vector<std::function<void(bool)>> slow_;  // changes that are not durable yet
  PendingReplies pending_;
  Instant now_ = std::chrono::seconds(1);
  std::optional<Service> service_;
};

constexpr WallTime kNow{std::chrono::seconds(1'000'000)};
const Bytes kRelease = message("01010600 953b2604 00000000 c0000264", hex("350107 3d020001 ff"));

TEST_F(DhcpService, ALeaseEndsWhenOneOfSeveralServersHasHeardOfIt_Rfc7596_6_1) {
  for (const unsigned room : {2U, 1U, 0U}) {
    leases_.table().put({{kLeased, {}, kB4, kBr}, hex("000001"), WallTime::max(), Ipv4Address(10, 99, 0, 1)});
    leave_room_for(room);
    const OutcomeCounters before = service_->outcomes();
    punt(kRelease, kLeased);
    EXPECT_EQ(service_->poll(kNow), 1U);
    EXPECT_EQ(leases_.table().size(), room == 0 ? 1U : 0U) << room;
    const Outcome outcome = room == 2 ? Outcome::kDhcpRelayed : Outcome::kDhcpInjectFull;
    EXPECT_EQ(service_->outcomes()[outcome], before[outcome] + 1) << room;
    EXPECT_EQ(sent(), kSlots - 1);
  }
}

const Bytes kDiscover = message("01010600 953b2604", hex("350101 3d020001 ff"));

// Each server gets every message, so that one limit holds for all.
TEST_F(DhcpService, EachKindOfSourceHasAPartOfTheRateToServers) {
  MessageRates rates(40, 20, 1);  // a burst of 32
  Rule rule;
  rule.ipv4 = *parse_ipv4_prefix("198.18.0.0/16");
  rule.ipv6 = *parse_ipv6_prefix("2001:db8:9000::/48");
  rule.ea_len = 16;
  rule.br = kBr;
  ASSERT_EQ(table_->add(rule).error, dataplane::TableError::kNone);
  start(&rates);
  const auto tell = [this](const Ipv6Address& b4) {
    punt(kDiscover, {}, b4);
    EXPECT_EQ(service_->poll(kNow), 1U);
    (void)sent();
  };
  for (std::uint64_t site = 1; site <= 100; ++site)
    tell(Ipv6Address::from_host(0x20010db8'80000000 + site, 1));
  EXPECT_EQ(service_->outcomes()[Outcome::kDhcpRelayed], 16U);
  EXPECT_EQ(service_->outcomes()[Outcome::kDhcpServerRate], 84U);
  for (std::uint64_t ce = 1; ce <= 100; ++ce) tell(Ipv6Address::from_host(0x20010db8'90000000 + ce, 1));
  EXPECT_EQ(service_->outcomes()[Outcome::kDhcpRelayed], 24U);
  for (std::uint64_t site = 1; site <= 20; ++site) tell(bound(site));
  EXPECT_EQ(service_->outcomes()[Outcome::kDhcpRelayed], 32U);
  EXPECT_EQ(service_->outcomes()[Outcome::kDhcpServerRate], 188U);
  now_ += std::chrono::milliseconds(100);
  for (std::uint64_t site = 21; site <= 40; ++site) tell(bound(site));
  EXPECT_EQ(service_->outcomes()[Outcome::kDhcpRelayed], 36U) << "40 a second";
}

// 150 subscribers, each within its own limit, want more than the servers get. One more asks now and then.
TEST_F(DhcpService, AQuietSubscriberIsRelayedWhileGreedyOnesShareTheRateToServers) {
  constexpr std::uint64_t kGreedy = 150;
  constexpr std::uint64_t kQuiet = kGreedy + 1;
  MessageRates rates(1000, 20, 1);
  start(&rates);
  const auto tell = [this](const Ipv6Address& b4) {
    const std::uint64_t before = service_->outcomes()[Outcome::kDhcpRelayed];
    punt(kDiscover, {}, b4);
    EXPECT_EQ(service_->poll(kNow), 1U);
    (void)sent();
    return service_->outcomes()[Outcome::kDhcpRelayed] - before;
  };
  std::uint64_t quiet = 0;
  for (unsigned ms = 0; ms < 3'000; ++ms, now_ += std::chrono::milliseconds(1)) {
    for (std::uint64_t site = ms % 50; site < kGreedy; site += 50) (void)tell(bound(site));
    if (ms % 300 == 150) quiet += tell(bound(kQuiet));
  }
  EXPECT_EQ(quiet, 10U);
  EXPECT_GE(service_->outcomes()[Outcome::kDhcpRelayed], 3'000U) << "nothing of the rate is lost";
  EXPECT_LE(service_->outcomes()[Outcome::kDhcpRelayed], 3'150U);
}

// A client behind a relay is what the relay says of it, whatever address it has or claims (RFC 8539).
class RelayedClient : public DhcpService {
 protected:
  RelayedClient() {
    Service::Options with = options(&rates_);
    with.ipv6_address = kHub;
    with.over_ipv6 = DhcpOverIpv6::Options{.address = kHub,
                                           .br = kBr,
                                           .reply_port = ReplyPort::kSource,
                                           .relays = {{kRelay6, 128}},
                                           .information = {}};
    service_->configure(with, *table_);
  }
  // A DISCOVER over DHCPv6 from the client with this link-local address. `claims`: option 109. Returns the
  // outcome.
  bool is_relayed(std::uint64_t node, const Bytes& identifier, const Ipv6Address& claims) {
    const Bytes end(claims.octets().begin(), claims.octets().end());
    const Bytes discover = message("01010600 953b2604", join({hex("350101 3d020001 6d10"), end, hex("ff")}));
    const auto option6 = [](std::uint8_t code, const Bytes& value) {
      return join(
          {{0, code, static_cast<std::uint8_t>(value.size() >> 8), static_cast<std::uint8_t>(value.size())},
           value});
    };
    const auto octets_of6 = [](const Ipv6Address& address) {
      return Bytes(address.octets().begin(), address.octets().end());
    };
    const Bytes query = join({hex("14000000"), option6(87, discover)});
    const Bytes forward =
        join({hex("0c00"), octets_of6(kLink), octets_of6(Ipv6Address::from_host(0xfe80'0000'0000'0000, node)),
              identifier, option6(9, query)});
    Bytes packet(sizeof(EthernetHeader) + kUdp6HeaderBytes + forward.size());
    write_udp6({kRelay6, 547, kHub, 547}, forward, std::span(packet).subspan(sizeof(EthernetHeader)));
    dataplane::Mbuf* const mbuf = dataplane::make_packet(pool_, packet);
    dataplane::FrameContext& context = dataplane::context_of(*mbuf);
    context = {};
    context.reason = Outcome::kPuntDhcpv6;
    context.received_at = now_;
    context.ip_offset = sizeof(EthernetHeader);
    EXPECT_TRUE(channel_->punt(*mbuf));
    const OutcomeCounters before = service_->outcomes();
    EXPECT_EQ(service_->poll(kNow), 1U);
    (void)sent();
    const bool relayed = service_->outcomes()[Outcome::kDhcpRelayed] != before[Outcome::kDhcpRelayed];
    EXPECT_NE(relayed, service_->outcomes()[Outcome::kDhcpClientRate] != before[Outcome::kDhcpClientRate]);
    return relayed;
  }

  const Ipv6Address kHub = *parse_ipv6("2001:db8:6::1");
  const Ipv6Address kRelay6 = *parse_ipv6("2001:db8:70::1");
  const Ipv6Address kLink = *parse_ipv6("2001:db8:b::1");
  const Ipv6Address kVictim = *parse_ipv6("2001:db8:b::77");
  MessageRates rates_{1000, 1, 1};  // each client: a burst of 5
};

TEST_F(RelayedClient, IsLimitedByItsRemoteId_Rfc4649) {
  unsigned count = 0;
  for (std::uint64_t node = 1; node <= 20; ++node) {
    count += is_relayed(node, hex("00120001 63 00250005 00000009 61"), kVictim) ? 1 : 0;
  }
  EXPECT_EQ(count, 5U);
  EXPECT_TRUE(is_relayed(1, hex("00120001 63 00250005 00000009 62"), kVictim))
      << "the victim, on another port";
}

// Many clients behind one interface of a relay: each has its own limit, and its own places for exchanges.
TEST_F(RelayedClient, OnOneInterfaceIsLimitedByItsPeerAddress_Rfc8415_21_18) {
  const auto asks = [this](std::uint64_t node) {
    return is_relayed(node, hex("00120001 61"), Ipv6Address::from_host(0x2001'0db8'000b'0000, 0x100 + node));
  };
  constexpr std::uint64_t kClients = 3 * PendingExchanges<int>::kMaxOfSender;
  for (std::uint64_t node = 1; node <= kClients; ++node) EXPECT_TRUE(asks(node)) << node;
  unsigned count = 0;
  for (int i = 0; i < 20; ++i) count += asks(1) ? 1 : 0;
  EXPECT_EQ(count, 4U) << "it has sent one before";
}

// The rate to servers, and the places of exchanges, are for messages that go to a server.
TEST_F(DhcpService, AMessageThatGoesToNoServerTakesNothingFromTheLimits) {
  MessageRates rates(40, 20, 1);  // a burst of 32
  start(&rates);
  const auto tell = [this](const Bytes& message, Ipv4Address source = {}, const Ipv6Address& b4 = kB4) {
    punt(message, source, b4);
    EXPECT_EQ(service_->poll(kNow), 1U);
    (void)sent();
  };
  leases_.table().put({{kLeased, {}, kB4, kBr}, hex("000001"), WallTime::max(), Ipv4Address(10, 99, 0, 1)});
  const auto inform = [](const std::string& xid) {
    return message("01010600" + xid + "00000000 c0000264", hex("350108 3d020001 ff"));
  };
  using Exchanges = PendingExchanges<Subscriber>;
  for (int i = 0; i < 40; ++i) {
    tell(message("01010611 953b2604", hex("350101 3d020001 ff")));  // too many hops
    tell(message("01010600 953b2604 00000000 00000000 00000000 00000000 0a000001", hex("350101 ff")));
    tell(message("01010600 953b2604", hex("350101 52020100 ff")));  // has option 82
  }
  EXPECT_EQ(service_->outcomes()[Outcome::kDhcpHops], 40U);
  EXPECT_EQ(service_->outcomes()[Outcome::kDhcpForeignGiaddr], 40U);
  EXPECT_EQ(service_->outcomes()[Outcome::kDhcpOption82Present], 40U);
  EXPECT_EQ(service_->outcomes()[Outcome::kDhcpServerRate], 0U);
  // All the subscriber's places; then its INFORMs are refused, and no longer counted for the rate.
  for (unsigned i = 0; i < Exchanges::kMaxOfSender + 40; ++i)
    tell(inform("953b26" + std::to_string(10 + i)), kLeased);
  EXPECT_EQ(service_->outcomes()[Outcome::kDhcpRelayed], Exchanges::kMaxOfSender);
  EXPECT_EQ(service_->outcomes()[Outcome::kDhcpInformRefused], 40U);
  for (std::uint64_t site = 1; site <= 40; ++site) tell(kDiscover, {}, bound(site));
  EXPECT_EQ(service_->outcomes()[Outcome::kDhcpRelayed], 32U);
  EXPECT_EQ(service_->outcomes()[Outcome::kDhcpServerRate], 16U);
  // A message over the rate takes no place, and is not counted as sent.
  now_ += Exchanges::kLifetime;
  for (std::uint64_t site = 1; site <= 40; ++site) tell(kDiscover, {}, bound(site));
  EXPECT_EQ(service_->outcomes()[Outcome::kDhcpRelayed], 64U);
  for (unsigned i = 0; i < 20; ++i) tell(inform("953b27" + std::to_string(10 + i)), kLeased);
  EXPECT_EQ(service_->outcomes()[Outcome::kDhcpServerRate], 44U);
  std::uint64_t discovers = 0;
  service_->statistics().for_each_type([&](std::string_view type, std::uint64_t, std::uint64_t sent) {
    if (type == "discover") discovers = sent;
  });
  EXPECT_EQ(discovers, 64U - Exchanges::kMaxOfSender);
  now_ += std::chrono::milliseconds(200);
  for (unsigned i = 0; i < Exchanges::kMaxOfSender; ++i)
    tell(inform("953b28" + std::to_string(10 + i)), kLeased);
  EXPECT_EQ(service_->outcomes()[Outcome::kDhcpInformRefused], 40U) << "no place was taken";
}

// The embedded server's ACK of one address waits until the store has its lease.
class AckThatWaits : public DhcpService {
 protected:
  AckThatWaits() {
    ServerOptions pool;
    pool.pools = {{kLeased, kLeased, {}}};
    pool.address = kRelay;
    server_.emplace(pool, leases_.table());
    serving_ = options();
    serving_.server = &*server_;
    service_->configure(serving_, *table_);
  }
  ~AckThatWaits() override { service_.reset(); }

  void SetUp() override {
    punt(kDiscover, {});
    service_->poll(kNow);
    ASSERT_EQ(sent(), 1U);  // the OFFER
    is_store_slow_ = true;
    // REQUEST with server identifier and requested address (RFC 2131 section 4.3.2).
    punt(message("01010600 953b2604", hex("350103 3d020001 360464400001 3204c0000264 ff")), {});
    service_->poll(kNow);
    ASSERT_EQ(slow_.size(), 1U);
  }

  std::optional<Server> server_;
  Service::Options serving_;
  std::unique_ptr<dataplane::BindingTable> next_ = dataplane::BindingTable::create();  // after a reload
};

// The hub answers only from addresses that it has when the answer leaves.
TEST_F(AckThatWaits, DoesNotLeaveFromAnAddressThatAReloadHasTakenAway_Rfc2473_3_1) {
  const Ipv6Address other = *parse_ipv6("2001:db8:ff::2");
  next_->add_br(other);
  serving_.relay.br_addresses = {other};
  service_->configure(serving_, *next_);
  slow_.front()(true);
  EXPECT_EQ(sent(), 0U);
  EXPECT_EQ(service_->outcomes()[Outcome::kDhcpBrAddress], 1U);
  EXPECT_EQ(service_->outcomes()[Outcome::kDhcpAnswered], 1U);
}

TEST_F(AckThatWaits, SurvivesAReload) {
  EXPECT_EQ(service_->waiting(), 1U);

  next_->add_br(kBr);
  service_->configure(serving_, *next_);
  EXPECT_EQ(sent(), 0U);
  slow_.front()(true);
  EXPECT_EQ(service_->waiting(), 0U);
  EXPECT_EQ(sent(), 1U);  // the ACK
  EXPECT_EQ(service_->outcomes()[Outcome::kDhcpAnswered], 2U);
  EXPECT_EQ(service_->outcomes()[Outcome::kDhcpInjectFull], 0U);
}

}  // namespace
}  // namespace softwire::controlplane::dhcp

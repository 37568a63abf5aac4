// SPDX-License-Identifier: BSD-3-Clause
// Tests the DHCP service of a worker with its own lease table and channel.
#include "controlplane/dhcp/service/service.h"

#include <gtest/gtest.h>

#include <memory>
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
    Service::Options options;
    options.relay.servers = {Ipv4Address(10, 99, 0, 1), Ipv4Address(10, 99, 0, 2)};
    options.relay.address = options.address = kRelay;
    options.relay.br_addresses = {kBr};
    options.leases = &leases_;
    options.pending = &pending_;
    service_.emplace(std::move(options), *table_, *channel_, pool_);
  }
  ~DhcpService() override { (void)sent(); }

  // A message from a softwire to the relay's own address.
  void punt(const Bytes& message, Ipv4Address source) {
    Bytes packet(kDatagramHeaderBytes + message.size());
    write_datagram({source, kDhcpClientPort, kRelay, kDhcpServerPort}, message, packet);
    dataplane::Mbuf* mbuf = dataplane::make_packet(pool_, packet);
    dataplane::FrameContext& context = dataplane::context_of(*mbuf);
    context = {};
    context.reason = Outcome::kPuntDhcpRequest;
    context.outer_source = kB4;
    context.outer_destination = kBr;
    context.ipv4_length = static_cast<std::uint16_t>(packet.size());
    ASSERT_TRUE(channel_->punt(*mbuf));
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
                         if (change.end) leases_.table().erase(change.end->key);
                         if (change.grant) leases_.table().put(*change.grant);
                         done(true);
                       }};
  PendingReplies pending_;
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

}  // namespace
}  // namespace softwire::controlplane::dhcp

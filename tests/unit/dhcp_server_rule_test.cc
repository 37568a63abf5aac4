// SPDX-License-Identifier: BSD-3-Clause
// Tests the embedded DHCPv4 server for subscribers with a MAP-T rule.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "controlplane/dhcp/server/server.h"
#include "dhcp_server_fixture.h"

namespace softwire::controlplane::dhcp {
namespace {

class DhcpServerByRule : public DhcpServer {
 protected:
  Reply ask_by_rule(const Client& client, const Bytes& octets, bool unicast = false) {
    Reply reply = ask(client, octets, unicast, Binding{shared(9), ports, client.subscriber.address, kBr});
    EXPECT_EQ(reply.grant, std::nullopt);
    EXPECT_EQ(reply.release, std::nullopt);
    return reply;
  }
  PortSet ports{{6, 8}, 0x34};
};

TEST_F(DhcpServerByRule, IsOfferedToWhoSharesAndWithoutALease_Rfc7618_8) {
  const Client client = Client::sharing(1);
  const Reply offer = ask_by_rule(client, client.discover());
  EXPECT_EQ(offer.type, MessageType::kOffer);
  EXPECT_EQ(offer.yiaddr(), shared(9));
  EXPECT_EQ(offer.ports(), ports);
  EXPECT_EQ(offer.option(51), hex("00000e10"));
  const Client whole_only = Client::behind(1);
  EXPECT_EQ(ask_by_rule(whole_only, whole_only.discover()).outcome, Outcome::kDhcpPortSetNotAsked);
  ports = {};
  EXPECT_EQ(ask_by_rule(whole_only, whole_only.discover()).yiaddr(), shared(9));
  EXPECT_EQ(lease_table.size(), 0U);
}

TEST_F(DhcpServerByRule, IsAcknowledgedAndNothingElseIs_Rfc2131_4_3_2) {
  const Client client = Client::sharing(1);
  for (const Bytes& request : {client.select(shared(9), ports), client.reboot(shared(9), ports)}) {
    const Reply ack = ask_by_rule(client, request);
    EXPECT_EQ(ack.type, MessageType::kAck);
    EXPECT_EQ(ack.yiaddr(), shared(9));
    EXPECT_EQ(ack.ports(), ports);
  }
  const Reply renewed = ask_by_rule(client, client.renew(shared(9), ports), true);
  EXPECT_EQ(renewed.type, MessageType::kAck);
  EXPECT_EQ(renewed.view().header().ciaddr, shared(9));
  for (const Bytes& request : {client.select(shared(9)), client.select(shared(9), {{6, 8}, 0x35}),
                               client.select(whole(1)), client.renew(shared(8), ports)}) {
    EXPECT_EQ(ask_by_rule(client, request).type, MessageType::kNak);
  }
  EXPECT_EQ(ask_by_rule(client, client.select(shared(9), ports, {192, 0, 2, 200})).outcome,
            Outcome::kDhcpNotOurs);
  EXPECT_EQ(ask_by_rule(client, client.say(MessageType::kRequest, {})).outcome, Outcome::kDhcpOptions);
}

TEST_F(DhcpServerByRule, HasNoLeaseToEnd_Rfc2131_4_3_4) {
  const Client client = Client::sharing(1);
  EXPECT_EQ(ask_by_rule(client, client.give_back(shared(9), ports)).outcome, Outcome::kDhcpNoLease);
  EXPECT_EQ(ask_by_rule(client, client.reject(shared(9), ports)).outcome, Outcome::kDhcpNoLease);
}

}  // namespace
}  // namespace softwire::controlplane::dhcp

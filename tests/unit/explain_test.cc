// SPDX-License-Identifier: BSD-3-Clause
// Tests that explanations have the same outcome and frames as a plain engine, and their texts.
#include "controlplane/explain/explain.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>

#include "softwire/address_text.h"
#include "tests/support/engine_harness.h"

namespace softwire::controlplane {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using testing::Octets;

const MacAddress kOurs({2, 0, 0, 0, 0, 4});
const MacAddress kGateway({2, 0, 0, 0, 1, 4});
const Ipv6Address kBr = *parse_ipv6("2001:db8:ff::1");
const Ipv4Address kHost(203, 0, 113, 80);

dataplane::Policy make_policy() {
  dataplane::Policy policy;
  policy.ipv4.mac = policy.ipv6.mac = kOurs;
  policy.ipv4.gateway_mac = policy.ipv6.gateway_mac = kGateway;
  policy.ipv4_address = Ipv4Address(198, 51, 100, 1);
  policy.ipv4.reassembly.datagrams = policy.ipv6.reassembly.datagrams = 8;
  policy.dhcp_relay.enabled = true;
  policy.dhcp_relay.address = Ipv4Address(198, 51, 100, 1);
  return policy;
}

const std::vector<Binding> kBindings = {
    {Ipv4Address(192, 0, 2, 1), *PortSet::make(0, 6, 1), *parse_ipv6("2001:db8:1::1"), kBr},
    {Ipv4Address(192, 0, 2, 1), *PortSet::make(0, 6, 2), *parse_ipv6("2001:db8:1::2"), kBr},
    {Ipv4Address(192, 0, 2, 9), {}, *parse_ipv6("2001:db8:1::9"), *parse_ipv6("2001:db8:ff::2")}};

std::vector<Rule> rules() {
  Rule map_e;  // RFC 7597 appendix A, example 1, around the bindings
  map_e.ipv4 = *parse_ipv4_prefix("192.0.2.0/24");
  map_e.ipv6 = *parse_ipv6_prefix("2001:db8::/40");
  map_e.ea_len = 16;
  map_e.br = kBr;
  Rule map_t;
  map_t.kind = RuleKind::kMapT;
  map_t.ipv4 = *parse_ipv4_prefix("198.18.2.0/24");
  map_t.ipv6 = *parse_ipv6_prefix("2001:db8:5800::/40");
  map_t.ea_len = 16;
  map_t.dmr = *parse_ipv6_prefix("2001:db8:ffff::/64");
  return {map_e, map_t};
}

// Returns whether only a packet that the hub generates has this outcome.
bool is_beside(Outcome outcome) {
  const std::string_view name = info(outcome).name;
  return name == "sent-fragment" || name.starts_with("sent-icmp") || name.starts_with("sent-arp") ||
         name.starts_with("sent-nd");
}

class Explain : public ::testing::Test {
 protected:
  void SetUp() override {
    testing::pool();
    explainer_ = Explainer::create();
    ASSERT_NE(explainer_, nullptr);
  }
  // Compares it with an engine that has received no packet before.
  Explanation explain(Side side, const Octets& frame) {
    testing::EngineHarness plain(policy_, kBindings, rules());
    const auto explained = explainer_->explain(policy_, plain.table(), publisher_, side, frame);
    EXPECT_TRUE(explained.ok()) << (explained.ok() ? "" : explained.error().text);
    if (!explained) return {};
    const auto run = plain.run(side, {frame});
    std::optional<Outcome> expected;
    for (std::size_t i = 0; i < kOutcomeCount; ++i) {
      const auto outcome = static_cast<Outcome>(i);
      if (run.outcomes[outcome] != 0 && !is_beside(outcome)) expected = outcome;
    }
    EXPECT_EQ(explained->outcome, expected) << text_of(*explained);
    if (expected) {
      EXPECT_THAT(text_of(*explained), AllOf(HasSubstr(std::string(info(*expected).name)),
                                             HasSubstr(std::string(info(*expected).help))));
    } else {
      EXPECT_THAT(text_of(*explained), HasSubstr("held: waits"));
    }
    EXPECT_EQ(explained->sent.size(), run.ipv4.size() + run.ipv6.size());
    return *explained;
  }
  static std::string text_of(const Explanation& explanation) {
    std::string text;
    for (const auto& stage : explanation.stages) text += stage.name + ": " + stage.text + "\n";
    return text;
  }

  dataplane::Policy policy_ = make_policy();
  dataplane::GatewayPublisher publisher_;
  std::unique_ptr<Explainer> explainer_;
};

Octets ipv4_frame(const Octets& packet) {
  return testing::ethernet_frame({kOurs, kGateway}, ether_type::kIpv4, packet);
}
Octets down(Ipv4Address to, std::uint16_t port, testing::Ipv4Fields fields = {}) {
  fields.source = kHost;
  fields.destination = to;
  fields.source_port = 80;
  fields.destination_port = port;
  return ipv4_frame(testing::ipv4_packet(fields));
}
Octets up(const char* b4, const Ipv6Address& br, Ipv4Address from, std::uint16_t port, Ipv4Address to = kHost,
          std::uint16_t to_port = 80) {
  return testing::ethernet_frame(
      {kOurs, kGateway}, ether_type::kIpv6,
      testing::ipv6_packet(
          {.source = *parse_ipv6(b4), .destination = br},
          testing::ipv4_packet(
              {.source = from, .destination = to, .source_port = port, .destination_port = to_port})));
}
const Ipv4Address kShared(192, 0, 2, 1);

TEST_F(Explain, SoftwiresBothWaysAndHairpin) {
  const auto in = explain(Side::kIpv4, down(kShared, 1024));
  EXPECT_EQ(in.outcome, Outcome::kEncapsulated);
  EXPECT_THAT(text_of(in), AllOf(HasSubstr("psid-len 6, PSID 1 with ports 1024-2047; B4 2001:db8:1::1"),
                                 HasSubstr("octets on the IPv6 side")));
  EXPECT_EQ(explain(Side::kIpv6, up("2001:db8:1::1", kBr, kShared, 1024)).outcome, Outcome::kDecapsulated);
  EXPECT_EQ(explain(Side::kIpv6, up("2001:db8:1::1", kBr, kShared, 1024, kShared, 2048)).outcome,
            Outcome::kHairpinned);
}

TEST_F(Explain, NamesTheFieldThatDiffers) {
  const auto b4 = explain(Side::kIpv6, up("2001:db8:1::2", kBr, kShared, 1024));
  EXPECT_EQ(b4.outcome, Outcome::kWrongB4);
  EXPECT_THAT(text_of(b4), HasSubstr("outer source should be 2001:db8:1::1"));
  const auto br = explain(Side::kIpv6, up("2001:db8:1::9", kBr, Ipv4Address(192, 0, 2, 9), 7));
  EXPECT_EQ(br.outcome, Outcome::kWrongBr);
  EXPECT_THAT(text_of(br), HasSubstr("outer destination should be 2001:db8:ff::2"));
  const auto other = explain(Side::kIpv6, up("2001:db8:1::1", *parse_ipv6("2001:db8:f::f"), kShared, 1024));
  EXPECT_EQ(other.outcome, Outcome::kNotOurBr);
  EXPECT_THAT(text_of(other), HasSubstr("2001:db8:f::f, which is not one of our BR addresses"));
}

TEST_F(Explain, WhatIsUnmatchedExpiredOrTooBig) {
  const auto unmatched = explain(Side::kIpv4, down(kShared, 60000));
  EXPECT_EQ(unmatched.outcome, Outcome::kNoBindingDestination);
  EXPECT_THAT(text_of(unmatched), AllOf(HasSubstr("no softwire has it"), HasSubstr("sent-icmpv4-error")));
  EXPECT_EQ(explain(Side::kIpv4, down(kShared, 1024, {.source = {}, .destination = {}, .ttl = 1})).outcome,
            Outcome::kIpv4Ttl);
  const auto big = explain(
      Side::kIpv4,
      down(kShared, 1024,
           {.source = {}, .destination = {}, .fragment = Ipv4Header::kDontFragment, .payload_octets = 1440}));
  EXPECT_EQ(big.outcome, Outcome::kTooBigForIpv6);
  EXPECT_THAT(text_of(big), HasSubstr("1468 octets (1508 in a softwire)"));
  Octets damaged = down(kShared, 1024);
  damaged[14 + 10] ^= 1;
  EXPECT_EQ(explain(Side::kIpv4, damaged).outcome, Outcome::kIpv4Checksum);
}

TEST_F(Explain, Rules) {
  const auto map_e = explain(Side::kIpv4, down(Ipv4Address(192, 0, 2, 18), 1232));
  EXPECT_EQ(map_e.outcome, Outcome::kEncapsulated);
  EXPECT_THAT(text_of(map_e), HasSubstr("covered by a MAP-E rule"));
  const auto map_t = explain(Side::kIpv4, down(Ipv4Address(198, 18, 2, 18), 1232));
  EXPECT_EQ(map_t.outcome, Outcome::kTranslatedToIpv6);
  EXPECT_THAT(text_of(map_t), HasSubstr("DMR 2001:db8:ffff::/64"));
}

TEST_F(Explain, DhcpIsHandedOverAndFragmentsWait) {
  EXPECT_EQ(
      explain(Side::kIpv6, up("2001:db8:1::1", kBr, {}, 68, Ipv4Address(255, 255, 255, 255), 67)).outcome,
      Outcome::kPuntDhcpRequest);
  const auto fragment =
      explain(Side::kIpv4,
              down(kShared, 1024, {.source = {}, .destination = {}, .fragment = Ipv4Header::kMoreFragments}));
  EXPECT_EQ(to_json(fragment)["disposition"], "dropped");  // 26 octets are no multiple of 8
  const auto held = explain(
      Side::kIpv4,
      down(kShared, 1024,
           {.source = {}, .destination = {}, .fragment = Ipv4Header::kMoreFragments, .payload_octets = 24}));
  EXPECT_EQ(held.outcome, std::nullopt);
  EXPECT_EQ(to_json(held)["outcome"], nullptr);
  EXPECT_EQ(to_json(held)["disposition"], "held");
  EXPECT_EQ(held.stages.back().name, "reassembly");
}

TEST_F(Explain, DhcpOverIpv6IsHandedOverAndItsFragmentsWait) {
  policy_.ipv6_address = *parse_ipv6("2001:db8:6::1");
  policy_.dhcp_over_ipv6.dhcpv6 = true;
  const auto frame = [&](std::uint8_t next_header, const Octets& headers) {
    const Octets udp{2, 34, 2, 35, 0, 12, 0, 0, 11, 1, 2, 3, 0, 0, 0, 0};
    return testing::ethernet_frame({kOurs, kGateway}, ether_type::kIpv6,
                                   testing::ipv6_packet({.source = *parse_ipv6("2001:db8:fe::1"),
                                                         .destination = policy_.ipv6_address,
                                                         .next_header = next_header,
                                                         .extension_headers = headers},
                                                        udp));
  };
  const auto whole = explain(Side::kIpv6, frame(ip_protocol::kUdp, {}));
  EXPECT_EQ(whole.outcome, Outcome::kPuntDhcpv6);
  EXPECT_EQ(to_json(whole)["disposition"], "punted");
  EXPECT_THAT(text_of(whole), HasSubstr("if the limits of rate and burst allow it"));
  const auto held =
      explain(Side::kIpv6, frame(ip_protocol::kFragment, {ip_protocol::kUdp, 0, 0, 1, 0, 0, 0, 7}));
  EXPECT_EQ(held.outcome, std::nullopt);
  EXPECT_EQ(held.stages.back().name, "reassembly");
}

TEST_F(Explain, DhcpOfAMapTSubscriberIsHandedOver) {
  const auto from = [](const char* source) {
    const Octets udp{0, 68, 0, 67, 0, 8, 0, 0};
    return testing::ethernet_frame(
        {kOurs, kGateway}, ether_type::kIpv6,
        testing::ipv6_packet({.source = *parse_ipv6(source),
                              .destination = *parse_ipv6("2001:db8:ffff:0:ff:ffff:ff00:0"),
                              .next_header = ip_protocol::kUdp},
                             udp));
  };
  const auto taken = explain(Side::kIpv6, from("2001:db8:5812:3400::1"));
  EXPECT_EQ(taken.outcome, Outcome::kPuntDhcpTranslated);
  EXPECT_EQ(taken.stages.back().name, "dhcp");
  EXPECT_THAT(text_of(taken), HasSubstr("if the limits of rate and burst allow it"));
  EXPECT_EQ(explain(Side::kIpv6, from("2001:db8:4000::1")).outcome, Outcome::kNoBindingSource);
}

TEST_F(Explain, ExplainingLeavesNoTraceAndNeedsNoTraffic) {
  for (int i = 0; i < 1000; ++i) {  // more than the rate of ICMP errors, and than buffers
    ASSERT_EQ(explain(Side::kIpv4, down(kShared, 60000)).sent.size(), 1U);
  }
  EXPECT_EQ(publisher_.latest(Side::kIpv4), 0U);
}

TEST_F(Explain, KnowsOfTheGatewayWhatTheBoardSays) {
  policy_.ipv6.gateway_mac = {};
  policy_.ipv6_gateway = *parse_ipv6("fe80::1");
  const auto table = dataplane::BindingTable::create();
  ASSERT_EQ(table->add(kBindings[0]).error, dataplane::TableError::kNone);
  const auto explained = [&] {
    return *explainer_->explain(policy_, *table, publisher_, Side::kIpv4, down(kShared, 1024));
  };
  EXPECT_EQ(explained().outcome, std::nullopt);
  EXPECT_THAT(text_of(explained()), HasSubstr("waits until the gateway's MAC address is resolved"));
  // One of the numbers is that of this gateway.
  unsigned resolved = 0;
  for (std::uint8_t number = 0; number < dataplane::GatewayPublisher::kGateways; ++number) {
    const auto word = publisher_.post(Side::kIpv6, {kGateway, dataplane::GatewayState::kReachable, number});
    if (explained().outcome == Outcome::kEncapsulated) ++resolved;
    EXPECT_EQ(publisher_.latest(Side::kIpv6), word);
  }
  EXPECT_EQ(resolved, 1U);
}

TEST_F(Explain, JsonIsAsTheControlSocketSaysIt) {
  const auto json = to_json(explain(Side::kIpv4, Octets{1, 2, 3, 4}));
  EXPECT_EQ(json["outcome"], "drop-frame-truncated");
  EXPECT_EQ(json["stages"][0]["stage"], "frame");
  EXPECT_TRUE(json["sent"].empty());
  const Explanation sent{Outcome::kEncapsulated, {}, {{Side::kIpv6, {'a', 'b', 'c', 'd'}}}};
  EXPECT_EQ(to_json(sent)["sent"][0], (nlohmann::json{{"side", "ipv6"}, {"frame", "YWJjZA=="}}));
}

TEST_F(Explain, EveryPacketOfTheCorpusEndsAsInAPlainEngine) {
  policy_.ipv4.accept_any_mac = policy_.ipv6.accept_any_mac = true;
  unsigned count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(SOFTWIRE_ENGINE_CORPUS)) {
    SCOPED_TRACE(entry.path());
    std::ifstream file(entry.path(), std::ios::binary);
    const Octets input{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    if (input.size() < 3) continue;
    explain((input[0] & 1) != 0 ? Side::kIpv6 : Side::kIpv4, Octets(input.begin() + 2, input.end()));
    ++count;
  }
  EXPECT_GT(count, 20U);
}

TEST_F(Explain, DamagedPacketsEndAsInAPlainEngine) {
  std::mt19937 random(1);
  const std::vector<std::pair<Side, Octets>> seeds = {
      {Side::kIpv4, down(kShared, 1024)},
      {Side::kIpv4, down(Ipv4Address(198, 18, 2, 18), 1232)},
      {Side::kIpv6, up("2001:db8:1::1", kBr, kShared, 1024)},
      {Side::kIpv6, up("2001:db8:1::9", kBr, Ipv4Address(192, 0, 2, 9), 7)}};
  for (unsigned i = 0; i < 800; ++i) {
    auto [side, frame] = seeds[i % seeds.size()];
    for (unsigned flips = random() % 3; flips > 0; --flips) {
      frame[random() % std::min<std::size_t>(frame.size(), 80)] = static_cast<std::uint8_t>(random());
    }
    if (random() % 4 == 0) frame.resize(1 + random() % frame.size());
    SCOPED_TRACE(i);
    explain(side, frame);
  }
}

}  // namespace
}  // namespace softwire::controlplane

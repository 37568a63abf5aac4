// SPDX-License-Identifier: BSD-3-Clause
// Tests the parts of softwire-b4 that need no device: its command line, the CE that it represents, and its
// functions on packets.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cstring>
#include <sstream>
#include <string>
#include <vector>

#include "dataplane/neighbor/neighbor_message.h"
#include "softwire/address_text.h"
#include "softwire/checksum.h"
#include "tools/b4/options.h"
#include "tools/b4/packet.h"
#include "tools/b4/subscriber.h"

namespace softwire::b4 {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

using Octets = std::vector<std::uint8_t>;
using Words = std::vector<std::string>;

constexpr const char* kRule = "rule map-e ipv4 192.0.2.0/24 ipv6 2001:db8::/40 ea-len 16 br 2001:db8:ffff::1";
constexpr const char* kWholeAddress =
    "rule map-e ipv4 192.0.2.18/32 ipv6 2001:db8:12:3400::/56 ea-len 0 br 2001:db8:ffff::1";
constexpr const char* kOnePsid =
    "rule map-e ipv4 192.0.2.18/32 ipv6 2001:db8:12:3400::/56 ea-len 0 psid-len 8 psid 52 br "
    "2001:db8:ffff::1";
constexpr const char* kPrefixes =
    "rule map-e ipv4 192.0.0.0/16 ipv6 2001:db8::/40 ea-len 8 br 2001:db8:ffff::1";

std::string error_of(const Words& words) {
  const auto options = parse_options(words);
  return options ? "no error" : options.error().text;
}

std::string text_of(const Words& words) {
  const auto options = parse_options(words);
  return options ? to_text(options->subscriber) : options.error().text;
}

// Returns the rest of the line that begins with this word, or "" when there is none.
std::string value_of(const std::string& text, const std::string& word) {
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with(word + " ")) return line.substr(word.size() + 1);
  }
  return "";
}

// --- the selected CE

struct CeVector {
  const char* name;
  const char* rule;
  Words which;
  const char* b4;
  const char* ipv4;
  const char* psid;

  [[nodiscard]] std::string text() const {
    Words words = {"--rule", rule};
    words.insert(words.end(), which.begin(), which.end());
    return text_of(words);
  }
};

std::vector<CeVector> ce_vectors() {
  return {
      {"example 1, by its prefix",
       kRule,
       {"--end-user-prefix", "2001:db8:12:3400::/56"},
       "2001:db8:12:3400:0:c000:212:34",
       "192.0.2.18",
       "52"},
      {"example 1, by its address",
       kRule,
       {"--ipv4", "192.0.2.18", "--psid", "0x34"},
       "2001:db8:12:3400:0:c000:212:34",
       "192.0.2.18",
       "52"},
      {"example 4, a whole address without EA bits",
       kWholeAddress,
       {"--end-user-prefix", "2001:db8:12:3400::/56"},
       "2001:db8:12:3400:0:c000:212:0",
       "192.0.2.18",
       ""},
      {"example 5, a PSID without EA bits",
       kOnePsid,
       {"--ipv4", "192.0.2.18"},
       "2001:db8:12:3400:0:c000:212:34",
       "192.0.2.18",
       "52"},
      {"a prefix, by an address of it",
       kPrefixes,
       {"--ipv4", "192.0.18.77"},
       "2001:db8:12::c000:1200:0",
       "192.0.18.0/24",
       ""},
  };
}

TEST(B4Subscriber, Vectors_Rfc7597_A) {
  for (const CeVector& v : ce_vectors()) {
    const std::string text = v.text();
    EXPECT_EQ(value_of(text, "b4"), v.b4) << v.name << ": " << text;
    EXPECT_EQ(value_of(text, "br"), "2001:db8:ffff::1") << v.name;
    EXPECT_EQ(value_of(text, "ipv4"), v.ipv4) << v.name;
    EXPECT_EQ(value_of(text, "psid"), v.psid) << v.name;
    EXPECT_EQ(value_of(text, "ports").empty(), *v.psid == '\0') << v.name;
  }
}

TEST(B4Subscriber, PortRangesOfTheFirstVector_Rfc7597_A) {
  const std::string ports = value_of(ce_vectors()[0].text(), "ports");
  EXPECT_THAT(ports, StartsWith("1232-1235 2256-2259 "));
  EXPECT_TRUE(ports.ends_with(" 63696-63699 64720-64723")) << ports;
  EXPECT_EQ(std::count(ports.begin(), ports.end(), '-'), 63);
}

TEST(B4Subscriber, OfLw4o6IsItsTwoEnds) {
  EXPECT_EQ(text_of({"--b4", "2001:db8:1::2", "--br", "2001:db8:ff::1"}),
            "b4 2001:db8:1::2\nbr 2001:db8:ff::1\n");
}

// --- the command line

TEST(B4Options, Defaults) {
  const auto options = parse_options({"--b4", "2001:db8:1::2", "--br", "2001:db8:ff::1"});
  ASSERT_TRUE(options.ok()) << options.error().text;
  EXPECT_EQ(options->device, "softwire0");
  EXPECT_EQ(options->mode, DeviceMode::kTun);
  EXPECT_EQ(options->mtu, std::nullopt);
  EXPECT_EQ(options->hop_limit, 64);
  EXPECT_FALSE(options->print);
}

TEST(B4Options, AreTaken) {
  const auto options = parse_options({"--b4", "2001:db8:1::2", "--br=2001:db8:ff::1", "--device", "tap-7",
                                      "--mode", "tap", "--mtu", "1400", "--hop-limit", "255", "--print"});
  ASSERT_TRUE(options.ok()) << options.error().text;
  EXPECT_EQ(options->device, "tap-7");
  EXPECT_EQ(options->mode, DeviceMode::kTap);
  EXPECT_EQ(options->mtu, 1400U);
  EXPECT_EQ(options->hop_limit, 255);
  EXPECT_TRUE(options->print);
}

TEST(B4Options, HelpAndVersionNeedNothingElse) {
  EXPECT_TRUE(parse_options({"--help"})->help);
  EXPECT_TRUE(parse_options({"--version"})->version);
  for (const char* option : {"--b4", "--br", "--rule", "--end-user-prefix", "--ipv4", "--psid", "--device",
                             "--mode", "--mtu", "--hop-limit", "--print", "--help", "--version"}) {
    EXPECT_THAT(help_text(), HasSubstr(option));
  }
}

// An error names the fault and the remedy.
TEST(B4Options, ErrorsNameTheOptionAndTheRemedy) {
  const Words ends = {"--b4", "2001:db8:1::2", "--br", "2001:db8:ff::1"};
  const auto with = [&](const Words& more) {
    Words words = ends;
    words.insert(words.end(), more.begin(), more.end());
    return error_of(words);
  };
  EXPECT_THAT(error_of({}), AllOf(HasSubstr("--b4"), HasSubstr("--br"), HasSubstr("--rule")));
  EXPECT_THAT(error_of({"--b4", "2001:db8:1::2"}), HasSubstr("--b4 and --br"));
  EXPECT_THAT(error_of({"--b4", "192.0.2.1", "--br", "2001:db8::1"}),
              HasSubstr("--b4: '192.0.2.1' is not a unicast"));
  EXPECT_THAT(error_of({"--b4", "2001:db8::1", "--br", "fe80::1"}),
              HasSubstr("--br: 'fe80::1' is not a unicast"));
  EXPECT_THAT(error_of({"--b4", "2001:db8::1", "--br", "2001:db8::1"}),
              HasSubstr("give each end its own address"));
  EXPECT_THAT(with({"--mode", "bridge"}), HasSubstr("--mode: 'bridge' is not tun or tap"));
  EXPECT_THAT(with({"--mtu", "67"}), HasSubstr("--mtu: '67' is not a number from 68 to 65521"));
  EXPECT_THAT(with({"--mtu", "1460 "}), HasSubstr("--mtu"));
  EXPECT_THAT(with({"--hop-limit", "0"}), HasSubstr("from 1 to 255"));
  EXPECT_THAT(with({"--device", "sixteen-letters-"}), HasSubstr("1 to 15 characters"));
  EXPECT_THAT(with({"--device", "a/b"}), HasSubstr("--device"));
  EXPECT_THAT(with({"--device", "tun%d"}), HasSubstr("--device"));
  EXPECT_THAT(with({"--psid", "5"}), HasSubstr("--psid selects a CE; give its --rule"));
  EXPECT_THAT(with({"--rule", kRule}), HasSubstr("leave out --b4 and --br"));
  EXPECT_THAT(with({"stray"}), HasSubstr("--name VALUE"));
  EXPECT_THAT(with({"--nonsense", "1"}), HasSubstr("nonsense"));
  EXPECT_THAT(with({"--%original_token%", "1"}), HasSubstr("%original_token%"));
  EXPECT_THAT(with({"--dev", "x"}), HasSubstr("dev"));
}

TEST(B4Options, ErrorsAboutTheCe) {
  const auto error = [](const Words& more, const char* rule = kRule) {
    Words words = {"--rule", rule};
    words.insert(words.end(), more.begin(), more.end());
    return error_of(words);
  };
  EXPECT_THAT(error({}), HasSubstr("--rule needs --end-user-prefix or --ipv4"));
  EXPECT_THAT(error({"--psid", "1"}), HasSubstr("--rule needs"));
  EXPECT_THAT(error({"--ipv4", "192.0.2.1", "--end-user-prefix", "2001:db8:12:3400::/56"}),
              HasSubstr("--rule needs"));
  EXPECT_THAT(error({"--end-user-prefix", "2001:db8:12::/48"}), HasSubstr("give a /56"));
  EXPECT_THAT(error({"--end-user-prefix", "2001:dead:12:3400::/56"}), HasSubstr("give one in 2001:db8::/40"));
  EXPECT_THAT(error({"--end-user-prefix", "2001:db8:12:3400::1/56"}), HasSubstr("no bit set"));
  EXPECT_THAT(error({"--ipv4", "198.51.100.1", "--psid", "1"}), HasSubstr("give one in 192.0.2.0/24"));
  EXPECT_THAT(error({"--ipv4", "192.0.2.1"}), HasSubstr("give the PSID, from 0 to 255"));
  EXPECT_THAT(error({"--ipv4", "192.0.2.1", "--psid", "256"}), HasSubstr("from 0 to 255"));
  EXPECT_THAT(error({"--ipv4", "192.0.2.1", "--psid", "many"}), HasSubstr("--psid: 'many' is not a number"));
  EXPECT_THAT(error({"--ipv4", "192.0.2.18", "--psid", "1"}, kWholeAddress), HasSubstr("leave it out"));
  EXPECT_THAT(error({"--ipv4", "192.0.2.18", "--psid", "1"}, kOnePsid),
              HasSubstr("of PSID 52; leave it out"));
  EXPECT_THAT(error({"--ipv4", "192.0.2.18"}, "rule map-e ipv4 192.0.2.18/32 ipv6 2001:db8::/56 ea-len 0"),
              AllOf(StartsWith("--rule: "), HasSubstr("add br")));
  EXPECT_THAT(error({"--ipv4", "192.0.2.1"},
                    "rule map-t ipv4 192.0.2.0/24 ipv6 2001:db8::/40 ea-len 16 dmr 2001:db8:ffff::/64"),
              HasSubstr("give a map-e rule"));
}

// --- packets

// An IPv4 packet with an option and four octets of payload.
Octets a_packet(std::uint8_t type_of_service = 0, Ipv4Address destination = {192, 0, 2, 1}) {
  Octets octets(28, 0x01);  // the option: no operation, four times
  Ipv4Header ipv4{.version_ihl = 0x46,
                  .type_of_service = type_of_service,
                  .total_length = be16(28),
                  .identification = be16(7),
                  .fragment = be16(0),
                  .time_to_live = 64,
                  .protocol = ip_protocol::kUdp,
                  .checksum = be16(0),
                  .source = {203, 0, 113, 80},
                  .destination = destination};
  std::memcpy(octets.data(), &ipv4, sizeof ipv4);
  ipv4.checksum = checksum({octets.data(), ipv4.header_bytes()});
  std::memcpy(octets.data(), &ipv4, sizeof ipv4);
  return octets;
}

TEST(B4Packet, EndsWhereItsLengthSays) {
  Octets octets = a_packet();
  const std::size_t bytes = octets.size();
  octets.resize(60);  // short Ethernet frames are padded
  EXPECT_EQ(ipv4_packet(octets).size(), bytes);
  EXPECT_EQ(ipv4_packet(octets).data(), octets.data());
}

TEST(B4Packet, NothingIsReadPastTheEnd) {
  const Octets whole = a_packet();
  for (std::size_t bytes = 0; bytes < whole.size(); ++bytes) {
    Octets cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(bytes));
    cut.shrink_to_fit();
    EXPECT_TRUE(ipv4_packet(cut).empty()) << bytes;
  }
}

TEST(B4Packet, WhatIsNoIpv4IsNone_Rfc791_3_1) {
  struct Change {
    std::size_t at;
    std::uint8_t octet;
  };
  // Version 6; a header of 16 octets; a packet shorter than its header; a packet longer than the octets.
  for (const Change change : {Change{0, 0x66}, {0, 0x44}, {3, 23}, {3, 29}, {2, 1}}) {
    Octets octets = a_packet();
    octets[change.at] = change.octet;
    EXPECT_TRUE(ipv4_packet(octets).empty()) << change.at << " " << unsigned{change.octet};
  }
}

TEST(B4Packet, TrafficClassIsTakenOverWithTheChecksum_Rfc6333_7_1) {
  constexpr unsigned kNotEct = 0;
  constexpr unsigned kEct1 = 1;
  constexpr unsigned kEct0 = 2;
  constexpr unsigned kCe = 3;
  // RFC 6040 figure 4: [inner][outer]; kCe after a packet that cannot carry it is a drop.
  constexpr unsigned kFigure4[4][4] = {{kNotEct, kNotEct, kNotEct, 4},
                                       {kEct1, kEct1, kEct1, kCe},
                                       {kEct0, kEct1, kEct0, kCe},
                                       {kCe, kCe, kCe, kCe}};
  for (unsigned inner = 0; inner < 256; ++inner) {
    for (unsigned outer = 0; outer < 256; ++outer) {
      Octets octets = a_packet(static_cast<std::uint8_t>(inner));
      const unsigned ecn = kFigure4[inner & 3][outer & 3];
      ASSERT_EQ(take_traffic_class(octets, static_cast<std::uint8_t>(outer)), ecn <= kCe)
          << inner << " " << outer;
      if (ecn > kCe) continue;
      ASSERT_EQ(octets[1], (outer & 0xfc) | ecn) << inner << " " << outer;
      ASSERT_TRUE(ipv4_header_checksum_ok(octets.data(), 24)) << inner << " " << outer;
    }
  }
}

TEST(B4Packet, FramesGoToTheStationAndGroupsToEverybody) {
  const MacAddress station({0x02, 0, 0, 0, 0, 0x77});
  const auto to = [&](Ipv4Address destination) {
    const Octets octets = a_packet(0, destination);
    const EthernetHeader header = header_for(ipv4_header(octets), station);
    EXPECT_EQ(header.source, kOtherEnd);
    EXPECT_EQ(header.type, be16(ether_type::kIpv4));
    return header.destination;
  };
  EXPECT_EQ(to({192, 0, 2, 1}), station);
  EXPECT_EQ(to({255, 255, 255, 255}), MacAddress::broadcast());
  EXPECT_EQ(to({224, 0, 0, 1}), MacAddress::broadcast());
}

// --- ARP

constexpr MacAddress kClient({0x02, 0, 0, 0, 0, 0x77});
constexpr Ipv4Address kOwn(192, 0, 2, 1);
constexpr Ipv4Address kOther(192, 0, 2, 254);

Octets arp(std::uint16_t operation, Ipv4Address sender, Ipv4Address target) {
  const ArpFrame frame{{MacAddress::broadcast(), kClient, be16(ether_type::kArp)},
                       dataplane::make_arp(operation, kClient, sender, MacAddress(), target)};
  Octets octets(sizeof frame);
  std::memcpy(octets.data(), &frame, sizeof frame);
  return octets;
}

TEST(B4Arp, EveryAddressIsAtTheOtherEnd_Rfc826) {
  const auto answer = answer_arp(arp(ArpPacket::kRequest, kOwn, kOther));
  ASSERT_TRUE(answer.has_value());
  EXPECT_EQ(answer->ethernet.destination, kClient);
  EXPECT_EQ(answer->ethernet.source, kOtherEnd);
  EXPECT_EQ(answer->ethernet.type, be16(ether_type::kArp));
  EXPECT_EQ(answer->arp.operation, be16(ArpPacket::kReply));
  EXPECT_EQ(answer->arp.sender_mac, kOtherEnd);
  EXPECT_EQ(answer->arp.sender, kOther);
  EXPECT_EQ(answer->arp.target_mac, kClient);
  EXPECT_EQ(answer->arp.target, kOwn);
}

TEST(B4Arp, ProbesAndAnnouncementsAreLeft_Rfc5227_2_1_1_and_2_3) {
  EXPECT_FALSE(answer_arp(arp(ArpPacket::kRequest, Ipv4Address(), kOwn)));
  EXPECT_FALSE(answer_arp(arp(ArpPacket::kRequest, kOwn, kOwn)));
}

TEST(B4Arp, RepliesAndWhatIsNotWholeAreLeft) {
  EXPECT_FALSE(answer_arp(arp(ArpPacket::kReply, kOwn, kOther)));
  const Octets whole = arp(ArpPacket::kRequest, kOwn, kOther);
  for (std::size_t bytes = 0; bytes < whole.size(); ++bytes) {
    Octets cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(bytes));
    cut.shrink_to_fit();
    EXPECT_FALSE(answer_arp(cut)) << bytes;
  }
}

}  // namespace
}  // namespace softwire::b4

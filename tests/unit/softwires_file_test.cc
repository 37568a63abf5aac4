// SPDX-License-Identifier: BSD-3-Clause
#include "controlplane/softwires/statements/softwires_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <random>
#include <string>

#include "controlplane/softwires/statements/rule_statement.h"
#include "controlplane/text/read_file.h"
#include "softwire/address_text.h"

namespace softwire::controlplane {
namespace {

using testing::HasSubstr;

constexpr std::string_view kEnds = " b4 2001:db8:1::2 br 2001:db8::1";

Binding binding(std::string_view ipv4, unsigned offset, unsigned len, unsigned psid, std::string_view b4,
                std::string_view br) {
  return {*parse_ipv4(ipv4), *PortSet::make(offset, len, psid), *parse_ipv6(b4), *parse_ipv6(br)};
}

std::string refused(std::string_view statement, Port68 port_68 = Port68::kRefuse) {
  const auto result = parse_binding(statement, port_68);
  EXPECT_FALSE(result) << "taken: " << statement;
  return result ? "" : result.error().text;
}

TEST(SoftwiresFile, StatementsWithTheirLines) {
  const auto result =
      parse_softwires(R"(# bindings
binding ipv4 192.0.2.1 psid-offset 6 psid-len 8 psid 52 b4 2001:db8:1::2 br 2001:db8::1

  binding	ipv4 192.0.2.9 b4 2001:db8:1::9 br 2001:db8::1  # a whole address
)"
                      "binding br 2001:db8::2 psid 0x3F psid-len 6 b4 2001:db8:1::a ipv4 192.0.2.10\r\n"
                      "binding ipv4 192.0.2.11 psid-len 0 psid 0 b4 2001:db8:1::b br 2001:db8::1",
                      "softwires.conf", Port68::kRefuse);
  ASSERT_TRUE(result) << result.error().text;
  ASSERT_EQ(result->bindings.size(), 4U);
  EXPECT_EQ(result->bindings[0].binding, binding("192.0.2.1", 6, 8, 52, "2001:db8:1::2", "2001:db8::1"));
  EXPECT_EQ(result->bindings[0].line, 2U);
  EXPECT_EQ(result->bindings[1].binding, binding("192.0.2.9", 0, 0, 0, "2001:db8:1::9", "2001:db8::1"));
  EXPECT_EQ(result->bindings[1].line, 4U);
  EXPECT_EQ(result->bindings[2].binding, binding("192.0.2.10", 0, 6, 63, "2001:db8:1::a", "2001:db8::2"));
  EXPECT_EQ(result->bindings[2].line, 5U);
  EXPECT_EQ(result->bindings[3].binding, binding("192.0.2.11", 0, 0, 0, "2001:db8:1::b", "2001:db8::1"));
  EXPECT_EQ(result->bindings[3].line, 6U);
}

TEST(SoftwiresFile, NothingIsNoError) {
  for (const char* text : {"", "\n", "#", "# only words\n\n  \t\r\n"}) {
    const auto result = parse_softwires(text, "f", Port68::kRefuse);
    ASSERT_TRUE(result) << text;
    EXPECT_TRUE(result->bindings.empty() && result->rules.empty()) << text;
  }
}

TEST(SoftwiresFile, OneBadLineAndNothingIsTaken) {
  const std::string good = "binding ipv4 192.0.2.9 b4 2001:db8:1::9 br 2001:db8::1\n";
  const auto result = parse_softwires(good + "\n" + good + "binding ipv4 192.0.2.256\n" + good + "nonsense\n",
                                      "dir/f.conf", Port68::kRefuse);
  ASSERT_FALSE(result);
  EXPECT_THAT(result.error().text, testing::StartsWith("dir/f.conf:4: ipv4: '192.0.2.256' is not an IPv4"));
}

TEST(SoftwiresFile, ErrorsSayWhatWouldBeRight) {
  const std::string ends(kEnds);
  struct {
    std::string statement;
    const char* error;
  } const cases[] = {
      {"bind ipv4 192.0.2.1", "'bind' is not a statement; a statement begins with 'binding' or 'rule'"},
      {"binding", "the binding has no ipv4; add ipv4 and the subscriber's IPv4 address"},
      {"binding ipv4 192.0.2.1 br 2001:db8::1",
       "the binding has no b4; add b4 and the subscriber's IPv6 address"},
      {"binding ipv4 192.0.2.1 b4 2001:db8::1",
       "the binding has no br; add br and the IPv6 address of the BR"},
      {"binding ipv4 192.0.2.1 b4 2001:db8::1 br 2001:db8::1",
       "b4 and br are the same address; give each end its own address"},
      {"binding ipv4 192.0.2.1 mtu 9" + ends,
       "unknown word 'mtu'; a binding has ipv4, psid-offset, psid-len, psid, b4 and br"},
      {"binding ipv4 192.0.2.1 ipv4 192.0.2.1" + ends, "ipv4 is given twice; give it once"},
      {"binding ipv4 192.0.2.1" + ends + " psid-len",
       "psid-len has no value; give a number of bits from 0 to 16"},
      {"binding ipv4 192.0.2.1 psid-len 17 psid 1" + ends,
       "psid-len: '17' is not a number of bits from 0 to 16"},
      {"binding ipv4 192.0.2.1 psid-offset x" + ends,
       "psid-offset: 'x' is not a number of bits from 0 to 16"},
      {"binding ipv4 192.0.2.1 psid 1" + ends,
       "psid without psid-len; give both, or neither for a whole address"},
      {"binding ipv4 192.0.2.1 psid-len 8" + ends,
       "psid-len without psid; give both, or neither for a whole address"},
      {"binding ipv4 192.0.2.1 psid-offset 6 psid-len 12 psid 1" + ends,
       "psid-offset 6 and psid-len 12 are 18 bits; a port has 16"},
      {"binding ipv4 192.0.2.1 psid-len 8 psid 256" + ends,
       "psid 256 does not fit in psid-len 8; it may be 255 at most"},
      {"binding ipv4 192.0.2.1 psid-len 0 psid 1" + ends,
       "psid 1 does not fit in psid-len 0; it may be 0 at most"},
      {"binding ipv4 192.0.2.1 psid-len 16 psid 65536" + ends,
       "psid: '65536' is not a number from 0 to 65535, decimal or 0x hexadecimal"},
  };
  for (const auto& c : cases) EXPECT_EQ(refused(c.statement), c.error);
}

TEST(SoftwiresFile, PsidIsDecimalOrHexadecimal) {
  const auto psid = [](const std::string& text) {
    return parse_binding("binding ipv4 192.0.2.1 psid-offset 0 psid-len 16 psid " + text + std::string(kEnds),
                         Port68::kRefuse);
  };
  EXPECT_EQ(psid("1024")->ports.psid, 1024);
  EXPECT_EQ(psid("0x400")->ports.psid, 1024);
  EXPECT_EQ(psid("0xFFff")->ports.psid, 65535);
  for (const char* text : {"0x", "0x10000", "0xg", "-1", "+1", "4h", "0x-1", "0x100000000", "1.0"}) {
    EXPECT_FALSE(psid(text)) << text;
  }
}

TEST(SoftwiresFile, AddressesThatCannotBe) {
  for (const char* ipv4 : {"0.0.0.0", "0.0.0.1", "127.0.0.1", "224.0.0.1", "239.1.1.1", "255.255.255.255",
                           "169.254.0.0", "169.254.255.255"}) {
    EXPECT_THAT(refused("binding ipv4 " + std::string(ipv4) + std::string(kEnds)),
                HasSubstr("is not an IPv4 address of a subscriber (not in 0.0.0.0/8, 127.0.0.0/8 or "
                          "169.254.0.0/16, and below 224.0.0.0)"));
  }
  for (const char* ipv6 :
       {"::", "::1", "::192.0.2.1", "::ffff:192.0.2.1", "fe80::1", "ff02::1", "2001:db8::/64"}) {
    EXPECT_THAT(refused("binding ipv4 192.0.2.1 b4 " + std::string(ipv6) + " br 2001:db8::1"),
                testing::StartsWith("b4: '"));
    EXPECT_THAT(refused("binding ipv4 192.0.2.1 b4 2001:db8::1 br " + std::string(ipv6)),
                testing::StartsWith("br: '"));
  }
}

// No packet from or to it is forwarded (RFC 3927 section 7). An earlier release accepted it.
TEST(SoftwiresFile, ALinkLocalAddressThatTheHubAlreadyHasCanBeNamedAndSaved_Rfc3927_7) {
  EXPECT_TRUE(parse_binding_key("binding ipv4 169.254.7.1").ok());
  EXPECT_TRUE(parse_stored_binding("binding ipv4 169.254.7.1" + std::string(kEnds)).ok());
  EXPECT_TRUE(
      parse_stored_rule("rule map-e ipv4 168.0.0.0/7 ipv6 2001:db8::/40 ea-len 25 br 2001:db8:ff::1").ok());
}

// draft-ietf-dhc-v4configuration-06 section 5.1 item 3.
TEST(SoftwiresFile, Port68) {
  const auto statement = [](const std::string& ports) {
    return "binding ipv4 192.0.2.1 " + ports + std::string(kEnds);
  };
  EXPECT_EQ(refused(statement("psid-len 6 psid 0")),
            "the port set contains UDP port 68, the DHCPv4 client port; use another psid than 0, or for all "
            "bindings of the address a psid-offset from 1 to 9, or set port-68 = exclude");
  EXPECT_EQ(refused(statement("psid-offset 10 psid-len 6 psid 4")),
            "the port set contains UDP port 68, the DHCPv4 client port; use another psid than 4, or for all "
            "bindings of the address a psid-offset from 1 to 9, or set port-68 = exclude");
  EXPECT_THAT(refused(statement("psid-len 14 psid 17")), HasSubstr("a psid-offset from 1 to 2, or set"));
  EXPECT_EQ(
      refused(statement("psid-len 16 psid 68")),
      "the port set contains UDP port 68, the DHCPv4 client port; use another psid than 68, or set port-68 "
      "= exclude");
  for (const char* ports : {"", "psid-offset 10", "psid-len 6 psid 1", "psid-offset 6 psid-len 8 psid 0"}) {
    EXPECT_TRUE(parse_binding(statement(ports), Port68::kRefuse)) << ports;
  }
  EXPECT_TRUE(parse_binding(statement("psid-len 6 psid 0"), Port68::kExclude));
}

// The remedies of the error work: with another PSID, or with each offset that it allows, no set contains port
// 68.
TEST(SoftwiresFile, Port68RemediesHold) {
  for (unsigned len = 1; len <= 16; ++len) {
    for (unsigned offset : {0U, 10U}) {
      if (offset + len > 16) continue;
      const Psid psid =
          PortParameters{static_cast<std::uint8_t>(offset), static_cast<std::uint8_t>(len)}.psid_of(68);
      for (unsigned other = 0; other < 1U << len; ++other) {
        EXPECT_EQ(PortSet::make(offset, len, other)->contains_dhcp_client_port(), other == psid);
      }
      for (unsigned better = 1; better <= std::min(9U, 16 - len); ++better) {
        EXPECT_FALSE(PortSet::make(better, len, psid)->contains_dhcp_client_port());
      }
    }
  }
}

TEST(SoftwiresFile, RoundTrip) {
  EXPECT_EQ(to_statement(binding("192.0.2.1", 6, 8, 52, "2001:db8:1::2", "2001:db8::1")),
            "binding ipv4 192.0.2.1 psid-offset 6 psid-len 8 psid 52 b4 2001:db8:1::2 br 2001:db8::1");
  EXPECT_EQ(to_statement(binding("192.0.2.9", 0, 0, 0, "2001:db8:1::9", "2001:db8::1")),
            "binding ipv4 192.0.2.9 b4 2001:db8:1::9 br 2001:db8::1");
  std::mt19937_64 random(3);
  for (unsigned offset = 0; offset <= 16; ++offset) {
    for (unsigned len = 0; offset + len <= 16; ++len) {
      const Binding b{Ipv4Address::from_host(0x01000000 + random() % 0x70000000),
                      *PortSet::make(offset, len, random() % (1U << len)),
                      Ipv6Address::from_host(0x2001000000000000 + random() % 0xffffffff, random()),
                      Ipv6Address::from_host(0x2002000000000000 + random() % 0xffffffff, random())};
      const auto again = parse_binding(to_statement(b), Port68::kExclude);
      ASSERT_TRUE(again) << again.error().text << ": " << to_statement(b);
      EXPECT_EQ(*again, b) << to_statement(b);
    }
  }
}

TEST(SoftwiresFile, ReadsAFile) {
  const auto path =
      std::filesystem::temp_directory_path() / ("softwires_file_test." + std::to_string(getpid()));
  std::ofstream(path) << "binding ipv4 192.0.2.9 b4 2001:db8:1::9 br 2001:db8::1\nbinding ipv4\n";
  const auto bad = read_softwires(path, Port68::kRefuse);
  std::ofstream(path) << "binding ipv4 192.0.2.9 b4 2001:db8:1::9 br 2001:db8::1\n";
  const auto good = read_softwires(path, Port68::kRefuse);
  std::filesystem::remove(path);
  const auto absent = read_softwires(path, Port68::kRefuse);

  ASSERT_FALSE(bad);
  EXPECT_THAT(bad.error().text, testing::StartsWith(path.string() + ":2: ipv4 has no value; give an IPv4"));
  ASSERT_TRUE(good) << good.error().text;
  EXPECT_EQ(good->bindings.size(), 1U);
  ASSERT_FALSE(absent);
  EXPECT_EQ(absent.error().text, path.string() + ": cannot be read: No such file or directory");
}

// A running hub reads the file on the thread of its store, which must not wait.
TEST(SoftwiresFile, IsReadWithoutWaitingOrNotAtAll) {
  const std::string path = ::testing::TempDir() + "softwires-" + std::to_string(getpid());
  ASSERT_EQ(mkfifo(path.c_str(), 0600), 0);
  const auto fifo = read_regular_file(path);
  ASSERT_FALSE(fifo.ok());
  EXPECT_EQ(fifo.error().text, path + ": is no regular file; put a file in its place");
  std::filesystem::remove(path);
  EXPECT_FALSE(read_regular_file(path).ok());
  std::ofstream(path) << "text";
  const auto file = read_regular_file(path);
  ASSERT_TRUE(file.ok()) << file.error().text;
  EXPECT_EQ(*file, "text");
  std::filesystem::remove(path);
  EXPECT_FALSE(read_regular_file(::testing::TempDir()).ok());
  ASSERT_TRUE(read_regular_file("/dev/null").ok());
  EXPECT_FALSE(read_regular_file("/dev/zero").ok());
}

}  // namespace
}  // namespace softwire::controlplane

// SPDX-License-Identifier: BSD-3-Clause
// Tests which libpcap expressions are taken: pcap-filter(7), with limits.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "controlplane/config/filter.h"
#include "controlplane/config/filter_names.h"

namespace softwire::controlplane {
namespace {

using ::testing::HasSubstr;

// libpcap takes a word that it does not know for the name of a host, and asks the DNS.
TEST(FilterNames, OfHostsAndNetworksAreRefused) {
  for (const auto& [filter, name] : std::initializer_list<std::pair<const char*, const char*>>{
           {"host a.example.net", "a.example.net"},
           {"a.example.net", "a.example.net"},
           {"src gw or tcp", "gw"},
           {"net office", "office"},
           {"gateway router", "router"},
           {"ether host printer", "printer"},
           {"port http and host web", "web"},
           {"port http and src web", "web"},
           {"host 192.0.2.1 or web", "web"},
           {"host 192.0.2.1 or (port 53) or web", "web"},
           {"(port 53) or web", "web"},
           {"port 53 or tcp or web", "web"},
           {"host \\web", "web"},
           {"host dead:beef", "dead"},
           {"host cafe", "cafe"},
           {"host 1.2.3.4.5", "1.2.3.4.5"},
           {"host 10-1", "10-1"},
           {"host 3com.example", "3com.example"},
           {"net 192.0.2.0 mask web", "web"},
           {"not web", "web"},
           {"!web", "web"},
           {"tpc", "tpc"}}) {
    EXPECT_EQ(host_name_in_filter(filter), name) << filter;
    ASSERT_FALSE(check_filter(filter).ok()) << filter;
    EXPECT_THAT(check_filter(filter).error().text, HasSubstr("names of hosts are not looked up")) << filter;
  }
}

TEST(FilterNames, NumbersAndKeywordsAreTaken) {
  for (const char* filter : {"",
                             "tcp",
                             "host 192.0.2.1 or 192.0.2.2",
                             "src host 2001:db8::1",
                             "ip6 net 2001:db8::/32",
                             "net 10",
                             "net 192.0.2",
                             "net 192.0.2.0 mask 255.255.255.0",
                             "ether host 02:00:00:00:00:01",
                             "ether src 02-00-00-00-00-01",
                             "ether host 0200.0000.0001",
                             "port http or https",
                             "tcp port 80 or 443",
                             "udp portrange 1000-2000",
                             "ip proto \\tcp",
                             "ip6 proto 4",
                             "ether proto 0x86dd",
                             "ether proto \\ip",
                             "tcp[tcpflags] & (tcp-syn|tcp-ack) != 0",
                             "icmp[icmptype] = icmp-echo",
                             "icmp6[icmp6type] = icmp6-echo",
                             "ip[2:2] - 20 > 100",
                             "ip[2:2]-20 > 100",
                             "ether[0] & 1 = 0 and ip[16] >= 224",
                             "vlan 7 and (udp or tcp)",
                             "less 100 or greater 1400",
                             "len - 14 > 1500",
                             "ip6 protochain 6",
                             "not host 2001:db8::66",
                             "(tcp port http or 8080) and not src net 198.51.100.0/24",
                             "mpls 5",
                             "ether broadcast",
                             "ip multicast"}) {
    EXPECT_EQ(host_name_in_filter(filter), std::nullopt) << filter;
    const auto checked = check_filter(filter);
    EXPECT_TRUE(checked.ok()) << filter << ": " << (checked.ok() ? "" : checked.error().text);
  }
}

TEST(Filters, OfTheConfigurationMayBeLong) {
  std::string hosts = "host 10.0.0.1";
  for (int i = 2; i <= 400; ++i)
    hosts += " or host 10.0." + std::to_string(i / 250) + "." + std::to_string(i % 250);
  EXPECT_TRUE(load_filter(hosts).ok());
  EXPECT_FALSE(load_filter(hosts, kCaptureFilterLimits).ok());
}

TEST(Filters, OfCapturesHaveALimitedLength) {
  std::string nets;
  const auto add = [&nets] { nets += std::string(nets.empty() ? "" : " or ") + "ip6 net 2001:db8:1:2::/64"; };
  for (int i = 0; i < 30; ++i) add();
  EXPECT_TRUE(load_filter(nets, kCaptureFilterLimits).ok());
  while (nets.size() <= 1024) add();
  ASSERT_FALSE(load_filter(nets, kCaptureFilterLimits).ok());
  EXPECT_THAT(load_filter(nets, kCaptureFilterLimits).error().text, HasSubstr("more than 1024 octets"));
}

}  // namespace
}  // namespace softwire::controlplane

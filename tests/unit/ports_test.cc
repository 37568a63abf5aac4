// SPDX-License-Identifier: BSD-3-Clause
// Tests what ports need before workers run: their names, their checks, their memory.
#include <rte_mempool.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <string>

#include "controlplane/config/load_config.h"
#include "controlplane/runtime/running_hub.h"
#include "controlplane/runtime/start_checks.h"
#include "dataplane/ports/port.h"
#include "tests/support/engine_harness.h"
#include "tests/support/hub_config.h"

namespace softwire {
namespace {

using dataplane::EthernetPort;

TEST(Ports, WhatIsNotThereIsNamedWithARemedy) {
  testing::pool();
  const auto no_interface = EthernetPort::start(
      {.device = "net_af_packet7,iface=softwire-none", .mtu = 1500, .mac = {}, .workers = 1},
      testing::pool());
  ASSERT_FALSE(no_interface.ok());
  EXPECT_THAT(no_interface.error().text,
              ::testing::HasSubstr("net_af_packet7,iface=softwire-none: cannot create the device"));
  const auto no_card =
      EthernetPort::start({.device = "0000:ff:1f.7", .mtu = 1500, .mac = {}, .workers = 1}, testing::pool());
  ASSERT_FALSE(no_card.ok());
  EXPECT_THAT(no_card.error().text, ::testing::HasSubstr("vfio-pci"));
}

TEST(Memory, IsEnoughForThePoolWhateverThePages) {
  testing::pool();
  constexpr unsigned kBuffers = 1000;
  for (const unsigned frame_bytes : {1518U, 4000U, 9618U}) {
    rte_mempool* pool = dataplane::make_pool("estimate", 63, frame_bytes);
    ASSERT_NE(pool, nullptr);
    for (const unsigned page_order : {12U, 21U}) {
      std::size_t chunk = 0;
      std::size_t alignment = 0;
      const ssize_t needed =
          rte_mempool_op_calc_mem_size_default(pool, kBuffers, page_order, &chunk, &alignment);
      const std::size_t page = std::size_t{1} << page_order;
      EXPECT_GE(kBuffers * dataplane::buffer_bytes(frame_bytes, page) + page, needed);
    }
    rte_mempool_free(pool);
  }
}

TEST(Ports, OfTheSidesHaveNamesOfTheirOwn) {
  const auto config = controlplane::parse_config(
      "[ipv4]\nport = net_af_packet0,iface=lo\n[ipv6]\nport = net_af_packet0,iface=b\n", "test.conf", {});
  ASSERT_TRUE(config.ok());
  const auto checked = controlplane::check_ports(*config);
  ASSERT_FALSE(checked.ok());
  EXPECT_THAT(checked.error().text, ::testing::HasSubstr("are both named net_af_packet0; number them"));
}

TEST(Ports, OnePortOfBothSidesHasOneMacAddress) {
  const auto check = [](const std::string& ipv4, const std::string& ipv6) {
    const auto config = controlplane::parse_config(
        "on-a-stick = true\n[ipv4]\nmac = " + ipv4 + "\n[ipv6]\nport = net_ring4\nmac = " + ipv6 + "\n",
        "test.conf", {});
    EXPECT_TRUE(config.ok()) << config.error().text;
    return controlplane::check_ports(*config);
  };
  EXPECT_TRUE(check("02:00:00:00:00:04", "02:00:00:00:00:04").ok());
  const auto differ = check("02:00:00:00:00:04", "02:00:00:00:00:06");
  ASSERT_FALSE(differ.ok());
  EXPECT_THAT(differ.error().text, ::testing::HasSubstr("test.conf: ipv4.mac and ipv6.mac differ"));
}

TEST(Ports, BothSidesNeedOne) {
  const auto config = controlplane::parse_config("[ipv4]\nport = net_ring4\n", "test.conf", {});
  ASSERT_TRUE(config.ok());
  const auto checked = controlplane::check_ports(*config);
  ASSERT_FALSE(checked.ok());
  EXPECT_THAT(checked.error().text, ::testing::HasSubstr("test.conf: ipv6.port is not set"));
}

controlplane::Config config_of_ports(const std::string& ipv4, const std::string& ipv6 = "net_ring4",
                                     const std::string& more = "") {
  const std::string second = ipv6.empty() ? "" : "[ipv6]\nport = " + ipv6 + "\n";
  return *controlplane::parse_config(more + "[ipv4]\nport = " + ipv4 + "\n" + second, "test.conf", {});
}

TEST(Ports, ThatCannotBeAreRefusedWithTheRemedyBeforeTheyAreOpened) {
  const auto why = [](const std::string& port) {
    const auto checked = controlplane::check_ports(config_of_ports(port));
    return checked ? std::string("accepted") : checked.error().text;
  };
  EXPECT_EQ(why("nowhere4"),
            "test.conf: ipv4.port: 'nowhere4' is neither a network interface of this machine (ip link lists "
            "them), nor a PCI address such as 0000:01:00.0, nor a device of DPDK such as "
            "net_af_packet0,iface=eth0");
  for (const std::string driver : {"net_af_packet0", "net_af_xdp3"}) {
    EXPECT_EQ(why(driver + ",iface=nowhere4"),
              "test.conf: ipv4.port: there is no network interface 'nowhere4'; make it before softwired "
              "starts, or give one that ip link lists");
    EXPECT_THAT(why(driver + ",qpairs=1"),
                ::testing::HasSubstr("qpairs=1' names no network interface; give "));
  }
  EXPECT_EQ(why("lo"),
            "test.conf: ipv4.port: the network interface 'lo' is not of Ethernet; give one for which ip link "
            "shows link/ether");
  EXPECT_THAT(why("ffff:fe:1f.7"),
              ::testing::HasSubstr("ipv4.port: ffff:fe:1f.7: no network card that DPDK can use"));
  // These make what they need, or DPDK knows them.
  for (const char* device : {"net_tap0,iface=nowhere4", "net_ring7", "net_pcap0,rx_pcap=x", "eth_ring0"}) {
    EXPECT_EQ(why(device), "accepted");
  }
}

TEST(Ports, ABareInterfaceIsADeviceOfNetAfPacketWithANumberOfItsOwn) {
  // Only this interface is everywhere. check_ports() refuses it, but its name is that of an interface.
  auto config = config_of_ports("lo");
  controlplane::name_devices(config);
  EXPECT_EQ(config.ipv4.port, "net_af_packet0,iface=lo");
  EXPECT_EQ(config.ipv6.port, "net_ring4");
  config = config_of_ports("net_af_packet0,iface=x", "lo");
  controlplane::name_devices(config);
  EXPECT_EQ(config.ipv4.port, "net_af_packet0,iface=x");
  EXPECT_EQ(config.ipv6.port, "net_af_packet1,iface=lo");
  config = config_of_ports("lo", "", "on-a-stick = true\n");
  controlplane::name_devices(config);
  EXPECT_EQ(config.ipv4.port, "net_af_packet0,iface=lo");
  EXPECT_EQ(config.ipv6.port, "net_af_packet0,iface=lo");
}

TEST(Restart, IsNeededForPortsAndWhatIsLaidOutAtTheStart) {
  const auto config = [](const std::string& more) {
    return *controlplane::parse_config(std::string(testing::kHubSides), "test.conf",
                                       {more.substr(0, more.find(' ')), more.substr(more.find(' ') + 1)});
  };
  const auto now = config("--hop-limit 64");
  EXPECT_EQ(controlplane::needs_restart(now, config("--hop-limit 3")), "");
  EXPECT_EQ(controlplane::needs_restart(now, config("--ipv4.vlan 7")), "");
  for (const char* change :
       {"--workers 2", "--on-a-stick true", "--idle sleep", "--hugepages no", "--ipv4.port net_ring0",
        "--ipv6.mtu 1400", "--ipv4.rx-descriptors 512", "--ipv6.tx-descriptors 512",
        "--ipv6.reassembly-timeout 5", "--eal-argument --log-level=8"}) {
    const std::string key(change + 2, std::strchr(change, ' '));
    EXPECT_EQ(controlplane::needs_restart(now, config(change)), key);
  }
}

}  // namespace
}  // namespace softwire

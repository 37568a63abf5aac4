// SPDX-License-Identifier: BSD-3-Clause
// Tests what ports need before workers run: their names, their checks, their memory.
#include <rte_ethdev.h>  // first: it calls what packet/mbuf.h makes an error
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

// Two ends of one virtual wire: the process of a virtual switch has the vhost end.
TEST(Ports, OfVirtioCarryJumboFramesAndNeedNoFilter) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "the threads and memory of DPDK's vhost driver are not instrumented";
#endif
  testing::pool();
  constexpr std::uint16_t kMtu = 9000;
  const std::string path = ::testing::TempDir() + "virtio-" + std::to_string(getpid()) + ".sock";
  const std::string vhost = "net_vhost0,iface=" + path;
  const std::string virtio = "net_virtio_user0,path=" + path;
  rte_mempool* pool = dataplane::make_pool("jumbo", 4095, dataplane::longest_frame(virtio, kMtu));
  ASSERT_NE(pool, nullptr);
  {
    const MacAddress mac({2, 0, 0, 0, 0, 9});
    auto other_end = EthernetPort::start({.device = vhost, .mtu = kMtu, .mac = mac, .workers = 1}, *pool);
    ASSERT_TRUE(other_end.ok()) << other_end.error().text;
    EXPECT_TRUE(other_end->listen_to({MacAddress({0x33, 0x33, 0, 0, 0, 1})}).ok());
    auto port = EthernetPort::start({.device = virtio, .mtu = kMtu, .mac = mac, .workers = 1}, *pool);
    ASSERT_TRUE(port.ok()) << port.error().text;
    const auto listening = port->listen_to({MacAddress({0x33, 0x33, 0, 0, 0, 1})});
    EXPECT_TRUE(listening.ok()) << listening.error().text;
  }
  rte_mempool_free(pool);
}

TEST(Ports, OfFasterCardsHaveLongerRings) {
  const auto of_card = [](std::uint32_t speeds) {
    return dataplane::default_descriptors("0000:01:00.0", speeds);
  };
  EXPECT_EQ(of_card(RTE_ETH_LINK_SPEED_1G | RTE_ETH_LINK_SPEED_100M), 1024);
  EXPECT_EQ(of_card(RTE_ETH_LINK_SPEED_1G | RTE_ETH_LINK_SPEED_10G), 2048);
  EXPECT_EQ(of_card(RTE_ETH_LINK_SPEED_25G), 2048);
  EXPECT_EQ(of_card(RTE_ETH_LINK_SPEED_25G | RTE_ETH_LINK_SPEED_100G), 4096);
  // A virtual device may claim any speed.
  EXPECT_EQ(dataplane::default_descriptors("net_virtio_user0", RTE_ETH_LINK_SPEED_100G), 1024);
  // There are buffers for the longest before the speed is known.
  const unsigned buffers =
      dataplane::port_buffers({.device = "0000:01:00.0", .mtu = 1500, .mac = {}, .workers = 2});
  EXPECT_GE(buffers, 2 * 2 * 4096U);
}

TEST(Ports, TellTheWorkersHowLongTheirRingsAre) {
  testing::pool();
  const auto port =
      EthernetPort::start({.device = "net_ring8", .mtu = 1500, .mac = {}, .workers = 1}, testing::pool());
  ASSERT_TRUE(port.ok()) << port.error().text;
  EXPECT_EQ(port->queue(0).descriptors, 1024);
}

TEST(Ports, CarryNoLongerPacketThanTheirDriverReports) {
  rte_eth_dev_info info{};
  info.max_mtu = UINT16_MAX;  // what DPDK fills in where the driver says nothing
  info.max_rx_pktlen = 1518;
  EXPECT_EQ(dataplane::longest_packet(info), 1500U);
  info.max_rx_pktlen = UINT32_MAX;
  EXPECT_EQ(dataplane::longest_packet(info), 65535U);
  info.max_mtu = 9702;
  EXPECT_EQ(dataplane::longest_packet(info), 9702U);
}

TEST(Ports, OfVirtioAndVhostOpenTheirQueuesInPairs) {
  rte_eth_dev_info info{};
  EXPECT_FALSE(dataplane::opens_queues_in_pairs(info));
  for (const char* driver : {"net_virtio", "net_virtio_user", "net_vhost"}) {
    info.driver_name = driver;
    EXPECT_TRUE(dataplane::opens_queues_in_pairs(info)) << driver;
    EXPECT_TRUE(dataplane::receives_all_frames(info)) << driver;
  }
  info.driver_name = "net_ice";
  EXPECT_FALSE(dataplane::opens_queues_in_pairs(info));
  EXPECT_FALSE(dataplane::receives_all_frames(info));
}

// Cards use whole steps of a buffer: ixgbe, igb of 1024 octets, ice, i40e and iavf of 128.
TEST(Memory, OfABufferHasRoomForTheLongestFrameInWholeSteps) {
  testing::pool();
  for (const unsigned mtu : {1500U, 2030U, 4000U, 9000U, 9600U}) {
    const unsigned frame = dataplane::longest_frame("0000:01:00.0", mtu);
    rte_mempool* pool = dataplane::make_pool("steps", 63, frame);
    ASSERT_NE(pool, nullptr);
    const unsigned room = rte_pktmbuf_data_room_size(pool) - RTE_PKTMBUF_HEADROOM;
    EXPECT_GE(room / 1024 * 1024, frame) << mtu;
    rte_mempool_free(pool);
  }
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

TEST(Ports, OfBothSidesReceiveForTheMacAddressOfEach) {
  testing::pool();
  const auto config = controlplane::parse_config(
      "on-a-stick = true\n[ipv4]\nmac = 02:00:00:00:00:04\n[ipv6]\nport = net_ring7\nmac = "
      "02:00:00:00:00:06\n",
      "test.conf", {});
  ASSERT_TRUE(config.ok()) << config.error().text;
  EXPECT_TRUE(controlplane::check_ports(*config).ok());
  const auto port = EthernetPort::start({.device = "net_ring7",
                                         .mtu = 1500,
                                         .mac = config->ipv4.mac,
                                         .second_mac = config->ipv6.mac,
                                         .workers = 1},
                                        testing::pool());
  ASSERT_TRUE(port.ok()) << port.error().text;
  EXPECT_EQ(port->mac(), config->ipv4.mac);
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
        "--ipv6.mtu 1400", "--ipv4.rx-descriptors 512", "--ipv6.tx-descriptors 512", "--ipv4.spread workers",
        "--ipv6.reassembly-timeout 5", "--eal-argument --log-level=8"}) {
    const std::string key(change + 2, std::strchr(change, ' '));
    EXPECT_EQ(controlplane::needs_restart(now, config(change)), key);
  }
}

}  // namespace
}  // namespace softwire

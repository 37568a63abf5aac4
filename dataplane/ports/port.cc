// SPDX-License-Identifier: BSD-3-Clause
#include "dataplane/ports/port.h"

#include <rte_dev.h>
#include <rte_ethdev.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "dataplane/ports/device.h"
#include "dataplane/ports/kernel_interface.h"
#include "dataplane/ports/shared_queues.h"

namespace softwire::dataplane {

namespace {

constexpr unsigned kPoolCache = 512;  // of each lcore: buffers in its pool cache and in flight

Error failed(const std::string& device, const std::string& what, int status) {
  return Error{device + ": " + what + ": " + std::strerror(status < 0 ? -status : status)};
}

// Checks the MTU of the interface of a net_af_packet device. The driver reports frames of at most 1518
// octets, but sends and receives longer ones too.
Result<Done> check_interface_mtu(const PortOptions& options) {
  const std::string interface = kernel_interface(options.device);
  if (interface.empty()) return Done{};  // the driver reports a missing iface
  const unsigned mtu = look_at_interface(interface).mtu;
  if (mtu != 0 && mtu < options.mtu) {
    return Error{options.device + ": the MTU of the interface is " + std::to_string(mtu) +
                 " octets, but its side has an mtu of " + std::to_string(options.mtu) +
                 "; lower the mtu of the side, or run: ip link set dev " + interface + " mtu " +
                 std::to_string(options.mtu)};
  }
  return Done{};
}

}  // namespace

unsigned port_buffers(const PortOptions& options) {
  const unsigned shared = options.workers > 1 ? 2 * SharedQueues::kRingFrames : 0;
  return options.workers * (most_descriptors(options.receive_descriptors, options.device) +
                            most_descriptors(options.transmit_descriptors, options.device) + shared);
}

unsigned worker_buffers(unsigned workers) {
  return (workers + 1) * kPoolCache;
}

Result<EthernetPort> EthernetPort::start(const PortOptions& options, rte_mempool& pool) {
  EthernetPort port(options, pool);
  port.interface_ = kernel_interface(options.device);
  if (const auto opened = port.open(); !opened) return opened.error();
  // An interface that replaces this one gets the same address: the neighbors know it.
  port.options_.mac = port.mac_;
  port.gate_ = std::make_unique<PortGate>(port.id_, options.workers);
  return port;
}

EthernetPort::EthernetPort(PortOptions options, rte_mempool& pool)
    : options_(std::move(options)), pool_(&pool) {}

EthernetPort::EthernetPort(EthernetPort&& other) noexcept = default;

EthernetPort::~EthernetPort() {
  if (id_ == PortGate::kClosed) return;
  rte_eth_dev_stop(id_);
  rte_eth_dev_close(id_);
}

Result<Done> EthernetPort::open() {
  const Result<std::uint16_t> found = find_device(options_.device, options_.workers);
  if (!found) return found.error();
  id_ = *found;
  promiscuous_ = false;
  auto opened = configure();
  if (opened && !groups_.empty()) opened = set_groups();
  if (!opened) {
    close();
    return opened;
  }
  if (!interface_.empty()) interface_index_ = look_at_interface(interface_).index;
  return opened;
}

void EthernetPort::close() {
  before_ = counters();
  rte_eth_dev_info info{};
  const bool has_device = rte_eth_dev_info_get(id_, &info) == 0;
  rte_eth_dev_stop(id_);
  rte_eth_dev_close(id_);
  // Without this the name of the virtual device cannot be used again.
  if (has_device && info.device != nullptr) rte_dev_remove(info.device);
  id_ = PortGate::kClosed;
}

Result<EthernetPort::Tended> EthernetPort::tend() {
  if (interface_.empty()) return Tended::kNothing;
  const KernelLink link = look_at_interface(interface_);
  if (id_ != PortGate::kClosed) {
    if (gate_->port() == PortGate::kClosed) {
      if (gate_->is_unused()) close();
    } else if (link.index != interface_index_) {
      gate_->set(PortGate::kClosed);
      return Tended::kClosed;
    }
    return Tended::kNothing;
  }
  if (!makes_its_interface(options_.device) && !link.is_enabled) return Tended::kNothing;
  if (const auto opened = open(); !opened) return opened.error();
  gate_->set(id_);
  return Tended::kOpened;
}

Result<Done> EthernetPort::check_mtu(const rte_eth_dev_info& info) const {
  if (is_af_packet(options_.device)) return check_interface_mtu(options_);
  if (const unsigned longest = longest_packet(info); options_.mtu > longest) {
    return Error{options_.device + ": the device carries packets of at most " + std::to_string(longest) +
                 " octets; set the mtu of its side to that or less"};
  }
  return Done{};
}

Result<Done> EthernetPort::set_mtu() {
  if (!has_own_mtu(options_.device)) return Done{};
  const int status = rte_eth_dev_set_mtu(id_, options_.mtu);
  if (status == 0 || status == -ENOTSUP) return Done{};  // such a driver has it from rte_eth_dev_configure()
  return failed(options_.device,
                "cannot set the MTU of the device to the mtu of its side, " + std::to_string(options_.mtu) +
                    " octets; set the mtu of the side to what the device can carry",
                status);
}

Result<Done> EthernetPort::plan(const rte_eth_dev_info& info) {
  if (info.max_rx_queues == 0 || info.max_tx_queues == 0) return Error{options_.device + ": has no queues"};
  if (plan_) return Done{};
  plan_ = plan_queues(info, {.workers = options_.workers,
                             .ipv4 = options_.ipv4,
                             .ipv6 = options_.ipv6,
                             .kernel_spreads = kernel_spreads(options_.device),
                             .queue_pairs = opens_queues_in_pairs(info),
                             .wanted = options_.spread});
  return plan_->spread == Spread::kWorkers ? share_queues() : Done{};
}

Result<Done> EthernetPort::share_queues() {
  auto shared = SharedQueues::create({.name = "port" + std::to_string(id_),
                                      .workers = options_.workers,
                                      .owner = options_.owner,
                                      .shares_transmit = plan_->transmit_queues < options_.workers,
                                      .seed = options_.seed});
  if (!shared) return shared.error();
  shared_ = std::move(*shared);
  return Done{};
}

Result<Done> EthernetPort::configure() {
  rte_eth_dev_info info;
  if (const int status = rte_eth_dev_info_get(id_, &info); status != 0) {
    return failed(options_.device, "cannot query the device", status);
  }
  if (auto checked = check_mtu(info); !checked) return checked;
  if (auto planned = plan(info); !planned) return planned;
  if (auto configured = configure_device(info); !configured) return configured;
  if (auto set = set_mtu(); !set) return set;
  if (auto set = set_up_queues(info.speed_capa); !set) return set;
  if (const int status = rte_eth_dev_start(id_); status != 0) {
    return failed(options_.device, "cannot start the device", status);
  }
  receives_all_frames_ = receives_all_frames(info);
  if (auto set = set_mac(options_.mac); !set) return set;
  return add_mac(options_.second_mac);
}

Result<Done> EthernetPort::configure_device(const rte_eth_dev_info& info) {
  rte_eth_conf conf{};
  if (!is_af_packet(options_.device)) conf.rxmode.mtu = std::max(options_.mtu, info.min_mtu);
  conf.rxmode.offloads = info.rx_offload_capa & RTE_ETH_RX_OFFLOAD_IPV4_CKSUM;
  // All buffers are from one pool, and have one user. Workers send every frame in one buffer: drivers are
  // faster without MULTI_SEGS, and some take only a few buffers for a frame.
  conf.txmode.offloads = info.tx_offload_capa & RTE_ETH_TX_OFFLOAD_MBUF_FAST_FREE;
  if (plan_->hashed != 0) {
    conf.rxmode.mq_mode = RTE_ETH_MQ_RX_RSS;
    conf.rx_adv_conf.rss_conf.rss_hf = plan_->hashed;
  }
  const int status = rte_eth_dev_configure(id_, plan_->receive_queues, plan_->transmit_queues, &conf);
  if (status == 0) return Done{};
  // Such as a driver that takes only some numbers of queues.
  if (plan_->spread == Spread::kCard) {
    *plan_ = {.spread = Spread::kWorkers};
    if (auto shared = share_queues(); !shared) return shared;
    return configure_device(info);
  }
  return failed(options_.device, "cannot configure the device", status);
}

Result<Done> EthernetPort::set_up_queues(std::uint32_t speeds) {
  const std::uint16_t usual = default_descriptors(options_.device, speeds);
  std::uint16_t receive = options_.receive_descriptors == 0 ? usual : options_.receive_descriptors;
  std::uint16_t transmit = options_.transmit_descriptors == 0 ? usual : options_.transmit_descriptors;
  if (const int status = rte_eth_dev_adjust_nb_rx_tx_desc(id_, &receive, &transmit); status != 0) {
    return failed(options_.device, "cannot size the receive and transmit rings", status);
  }
  receive_descriptors_ = receive;
  const auto socket = static_cast<unsigned>(rte_eth_dev_socket_id(id_));
  const auto error = [this](const char* kind, unsigned queue, int status) {
    return failed(options_.device, "cannot set up " + std::string(kind) + " queue " + std::to_string(queue),
                  status);
  };
  for (std::uint16_t queue = 0; queue < plan_->receive_queues; ++queue) {
    const int status = rte_eth_rx_queue_setup(id_, queue, receive, socket, nullptr, pool_);
    if (status != 0) return error("receive", queue, status);
  }
  for (std::uint16_t queue = 0; queue < plan_->transmit_queues; ++queue) {
    const int status = rte_eth_tx_queue_setup(id_, queue, transmit, socket, nullptr);
    if (status != 0) return error("transmit", queue, status);
  }
  return Done{};
}

PortQueue EthernetPort::queue(unsigned worker) const {
  const auto number = static_cast<std::uint16_t>(worker);
  return {.gate = gate_.get(),
          .receive = plan_->receive_queues == 1 ? std::uint16_t{0} : number,
          .transmit = plan_->transmit_queues == 1 ? std::uint16_t{0} : number,
          .descriptors = receive_descriptors_,
          .shared = shared_.get()};
}

Result<Done> EthernetPort::set_mac(const MacAddress& mac) {
  rte_ether_addr own{};
  MacAddress::Octets octets{};
  if (rte_eth_macaddr_get(id_, &own) == 0) {
    std::copy_n(std::begin(own.addr_bytes), octets.size(), octets.begin());
    mac_ = MacAddress(octets);
  }
  if (!mac.is_set() || mac == mac_) return Done{};
  mac_ = mac;
  std::copy_n(mac.octets().begin(), octets.size(), std::begin(own.addr_bytes));
  return rte_eth_dev_default_mac_addr_set(id_, &own) == 0 ? Done{} : take_all();
}

Result<Done> EthernetPort::add_mac(const MacAddress& mac) {
  if (!mac.is_set() || mac == mac_ || promiscuous_) return Done{};
  rte_ether_addr address{};
  std::copy_n(mac.octets().begin(), mac.octets().size(), std::begin(address.addr_bytes));
  return rte_eth_dev_mac_addr_add(id_, &address, 0) == 0 ? Done{} : take_all();
}

Result<Done> EthernetPort::listen_to(const std::vector<MacAddress>& groups) {
  groups_ = groups;
  return id_ == PortGate::kClosed ? Done{} : set_groups();
}

Result<Done> EthernetPort::set_groups() {
  std::vector<rte_ether_addr> list(groups_.size());
  for (std::size_t i = 0; i < groups_.size(); ++i) {
    const MacAddress::Octets& octets = groups_[i].octets();
    std::copy(octets.begin(), octets.end(), std::begin(list[i].addr_bytes));
  }
  const auto count = static_cast<std::uint32_t>(list.size());
  if (promiscuous_ || rte_eth_dev_set_mc_addr_list(id_, list.data(), count) == 0) return Done{};
  return rte_eth_allmulticast_enable(id_) == 0 ? Done{} : take_all();
}

Result<Done> EthernetPort::take_all() {
  const int status = rte_eth_promiscuous_enable(id_);
  // Without a filter the port is promiscuous anyway.
  if (status != 0 && !(status == -ENOTSUP && receives_all_frames_)) {
    return failed(options_.device, "cannot set the MAC or multicast filter, nor promiscuous mode", status);
  }
  promiscuous_ = true;
  return Done{};
}

std::string_view to_text(LinkFault fault) {
  switch (fault) {
    case LinkFault::kNone:
      return "";
    case LinkFault::kNoCarrier:
      return "has no carrier";
    case LinkFault::kDisabled:
      return "is set down";
    case LinkFault::kGone:
      return "does not exist";
  }
  return "";
}

LinkState EthernetPort::link() const {
  const std::optional<LinkState> state = look_at_link();
  gate_->set_link_down(state && !state->up);
  return state.value_or(LinkState{});
}

std::optional<LinkState> EthernetPort::look_at_link() const {
  if (!interface_.empty()) {
    const KernelLink kernel = look_at_interface(interface_);
    // After the interface was deleted, one of the same name is not used before tend() has opened it.
    const bool is_used = id_ != PortGate::kClosed && kernel.index == interface_index_;
    if (kernel.index == 0 || !is_used) return LinkState{false, LinkFault::kGone, 0};
    if (!kernel.is_enabled) return LinkState{false, LinkFault::kDisabled, 0};
    if (!kernel.has_carrier) return LinkState{false, LinkFault::kNoCarrier, 0};
    return LinkState{true, LinkFault::kNone, kernel.megabits};
  }
  if (rte_eth_dev_is_removed(id_) == 1) return LinkState{false, LinkFault::kGone, 0};
  rte_eth_link link{};
  if (rte_eth_link_get_nowait(id_, &link) != 0) return std::nullopt;
  if (link.link_status != RTE_ETH_LINK_UP) return LinkState{};
  return LinkState{true, LinkFault::kNone, link.link_speed};
}

PortCounters EthernetPort::counters() const {
  PortCounters sum = before_;
  rte_eth_stats stats{};
  if (id_ == PortGate::kClosed || rte_eth_stats_get(id_, &stats) != 0) return sum;
  sum += PortCounters{.received_packets = stats.ipackets,
                      .received_bytes = stats.ibytes,
                      .sent_packets = stats.opackets,
                      .sent_bytes = stats.obytes,
                      .missed = stats.imissed,
                      .receive_errors = stats.ierrors,
                      .no_buffer = stats.rx_nombuf,
                      .transmit_errors = stats.oerrors};
  return sum;
}

std::vector<std::pair<std::string, std::uint64_t>> EthernetPort::driver_statistics() const {
  if (id_ == PortGate::kClosed) return {};
  const int count = rte_eth_xstats_get_names(id_, nullptr, 0);
  if (count <= 0) return {};
  const auto room = static_cast<unsigned>(count);
  std::vector<rte_eth_xstat_name> names(room);
  std::vector<rte_eth_xstat> values(room);
  if (rte_eth_xstats_get_names(id_, names.data(), room) != count ||
      rte_eth_xstats_get(id_, values.data(), room) != count) {
    return {};
  }
  std::vector<std::pair<std::string, std::uint64_t>> statistics;
  statistics.reserve(room);
  for (const rte_eth_xstat& one : values) {
    if (one.id < room) statistics.emplace_back(names[one.id].name, one.value);
  }
  return statistics;
}

}  // namespace softwire::dataplane

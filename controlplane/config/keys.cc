// SPDX-License-Identifier: BSD-3-Clause
#include "controlplane/config/keys.h"

#include "controlplane/config/filter.h"
#include "controlplane/config/key_kinds.h"
#include "softwire/address_text.h"

namespace softwire::controlplane {
namespace {

// Parses the name of a user or a group.
std::optional<std::string> parse_account(std::string_view text) {
  constexpr std::size_t kMaxName = 32;  // limit of useradd(8)
  const auto is_part = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.';
  };
  if (text.empty() || text.size() > kMaxName || !std::ranges::all_of(text, is_part)) return std::nullopt;
  return std::string(text);
}

std::optional<MacAddress> parse_station_mac(std::string_view text) {
  const auto mac = parse_mac(text);
  return mac && mac->is_set() && !mac->is_multicast() ? mac : std::nullopt;
}
constexpr std::string_view kStationMacWords = "the MAC address of one station, such as 02:00:00:00:00:01";

std::optional<Port68> parse_port_68(std::string_view text) {
  if (text == "refuse") return Port68::kRefuse;
  if (text == "exclude") return Port68::kExclude;
  return std::nullopt;
}

std::optional<TcpMss> parse_tcp_mss(std::string_view text) {
  if (text == "keep") return TcpMss{};
  if (text == "auto") return TcpMss{TcpMss::Kind::kAuto, 0};
  constexpr std::uint32_t kMax = 9560;
  const auto octets = parse_number(text, kMax);
  if (!octets || *octets < 536) return std::nullopt;  // RFC 9293 section 3.7.1: every host accepts 536 octets
  return TcpMss{TcpMss::Kind::kLower, static_cast<std::uint16_t>(*octets)};
}

std::optional<IdleMode> parse_idle(std::string_view text) {
  if (text == "poll") return IdleMode::kPoll;
  if (text == "sleep") return IdleMode::kSleep;
  return std::nullopt;
}

std::optional<SpreadMode> parse_spread(std::string_view text) {
  if (text == "auto") return SpreadMode::kAuto;
  if (text == "workers") return SpreadMode::kWorkers;
  return std::nullopt;
}

std::optional<Hugepages> parse_hugepages(std::string_view text) {
  if (text == "auto") return Hugepages::kAuto;
  if (text == "yes") return Hugepages::kYes;
  if (text == "no") return Hugepages::kNo;
  return std::nullopt;
}

std::optional<std::optional<dataplane::InstructionSet>> parse_instruction_set(std::string_view text) {
  if (text == "auto") return std::optional<dataplane::InstructionSet>();
  const auto set = dataplane::instruction_set_of(text);
  if (!set) return std::nullopt;  // not the empty value inside, which means auto
  return set;
}

// Returns the instruction sets that this program was built for: "auto, x86-64-v2 or x86-64-v3".
std::string instruction_set_words() {
  std::string words = "auto";
  const auto sets = dataplane::built_instruction_sets();
  for (const dataplane::InstructionSet set : sets) {
    words += (set == sets.back() ? " or " : ", ") + std::string(dataplane::to_text(set));
  }
  return words;
}

std::optional<unsigned> parse_cpu(std::string_view text) {
  constexpr std::uint32_t kMaxCpu = 1023;
  const auto cpu = parse_number(text, kMaxCpu);
  return cpu ? std::optional<unsigned>(*cpu) : std::nullopt;
}

std::optional<std::string> parse_eal_argument(std::string_view text) {
  return text.starts_with('-') ? std::optional<std::string>(text) : std::nullopt;
}

// Parses "address:port". An IPv6 address is in brackets (RFC 3986 section 3.2).
std::optional<ListenAddress> parse_listen_address(std::string_view text) {
  constexpr std::uint32_t kHighestPort = 65535;
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const auto port = parse_number(text.substr(colon + 1), kHighestPort);
  if (!port || *port == 0) return std::nullopt;
  const std::string_view host = text.substr(0, colon);
  const bool in_brackets = host.size() > 2 && host.front() == '[' && host.back() == ']';
  const std::string_view address = in_brackets ? host.substr(1, host.size() - 2) : host;
  if (in_brackets ? !parse_ipv6(address) : !parse_ipv4(address)) return std::nullopt;
  return ListenAddress{std::string(address), static_cast<std::uint16_t>(*port)};
}

template <typename Member>
Kind filter(Member member) {
  return {"a libpcap filter expression, see pcap-filter(7)", false,
          [member](Config& config, const Setting& setting) {
            member(config) = setting.value;
            return check_filter(setting.value).ok();
          }};
}

// Adds the limits that [ipv4] and [ipv6] have in common.
template <typename Side>
void add_side_limits(KeyList& list, const std::string& section, std::uint32_t max_reassembly_timeout,
                     Side side) {
  list.add(section + ".reassembly-datagrams",
           "packets that may wait for more fragments at a time; 0 turns reassembly off; default 20000",
           number(
               [side](Config & c) -> auto& { return side(c).reassembly_datagrams; }, 0, 1'000'000));
  list.add(
      section + ".reassembly-source-datagrams",
      "packets of one source (an IPv4 address, or a subscriber) that may wait for more fragments; beyond "
      "it the oldest is dropped; default 1000",
      number(
          [side](Config & c) -> auto& { return side(c).reassembly_source_datagrams; }, 1, 1'000'000));
  list.add(section + ".reassembly-fragments", "fragments that one packet may have; default 40",
           number(
               [side](Config & c) -> auto& { return side(c).reassembly_fragments; }, 2, 8192));
  list.add(
      section + ".reassembly-timeout", "seconds to wait for all fragments of a packet; default 15",
      number(
          [side](Config & c) -> auto& { return side(c).reassembly_timeout; }, 1, max_reassembly_timeout));
  list.add(section + ".icmp-error-rate",
           "most ICMP errors sent in a second, and most in one burst, those that are translated for MAP-T "
           "included; a quarter of them is only for "
           "\"fragmentation "
           "needed\" (ipv4) or for subscribers (ipv6); default 1000",
           number(
               [side](Config & c) -> auto& { return side(c).icmp_error_rate; }, 0, 1'000'000));
  list.add(
      section + ".icmp-error-source-rate",
      "the same for errors about packets of one source (an IPv4 address, or a subscriber), while less "
      "than half of icmp-error-rate is left, for each worker; at least 10 in one burst; sources that ask "
      "for more than there is share it equally; default: a tenth of icmp-error-rate",
      number(
          [side](Config & c) -> auto& { return side(c).icmp_error_source_rate; }, 1, 1'000'000));
  list.add(
      section + ".answer-source-rate",
      "most answers to one source in a second, and most in one burst: echo replies, and answers to ARP or "
      "Neighbor Discovery; answers by proxy-arp count apart; the gateway has no limit; default 1000",
      number(
          [side](Config & c) -> auto& { return side(c).answer_source_rate; }, 1, 1'000'000));
}

// Adds the keys that [ipv4] and [ipv6] have in common.
template <typename Side>
void add_side(KeyList& list, const std::string& section, std::uint32_t min_mtu,
              std::uint32_t max_reassembly_timeout, Side side) {
  list.add(section + ".port",
           "device of this side: the PCI address of a card, a virtual device of DPDK such as "
           "net_af_xdp0,iface=eth0, or the name of a network interface, which means "
           "net_af_packet0,iface=NAME; softwire-replay needs none",
           text(
               [side](Config & c) -> auto& { return side(c).port; }, "the name of a device"));
  list.add(section + ".mac", "our MAC address; default: the MAC address of the port",
           value_of(
               [side](Config & c) -> auto& { return side(c).mac; }, parse_station_mac, kStationMacWords));
  list.add(section + ".vlan", "VLAN identifier (IEEE 802.1Q); default 0: untagged",
           number(
               [side](Config & c) -> auto& { return side(c).vlan; }, 0, 4094));
  list.add(section + ".mtu", "octets of an IP packet, without Ethernet; default 1500",
           number(
               [side](Config & c) -> auto& { return side(c).mtu; }, min_mtu, 9600));
  list.add(section + ".rx-descriptors",
           "descriptors of each receive queue of the port; default for a card of 50 Gbit/s or more 4096, of "
           "10 Gbit/s or more 2048, else 1024",
           number(
               [side](Config & c) -> auto& { return side(c).receive_descriptors; }, 64, 32768));
  list.add(section + ".tx-descriptors",
           "descriptors of each transmit queue of the port; default for a card of 50 Gbit/s or more 4096, of "
           "10 Gbit/s or more 2048, else 1024",
           number(
               [side](Config & c) -> auto& { return side(c).transmit_descriptors; }, 64, 32768));
  list.add(
      section + ".spread",
      "how the frames of the port reach several workers: auto lets the card spread them if it reports that "
      "it can; workers: one worker takes all and hands them to the others; default auto",
      value_of(
          [side](Config & c) -> auto& { return side(c).spread; }, parse_spread, "auto or workers"));
  list.add(section + ".ingress-filter",
           "accept only frames that match; the filter does not see the tag of this side's VLAN; default: all",
           filter([side](Config & c) -> auto& { return side(c).ingress_filter; }));
  list.add(section + ".egress-filter",
           "send only frames that match; the filter does not see the tag of this side's VLAN; default: all",
           filter([side](Config & c) -> auto& { return side(c).egress_filter; }));
  list.add(
      section + ".gateway-mac",
      "MAC address of the gateway; if set, it is not resolved by ARP or Neighbor Discovery",
      value_of(
          [side](Config & c) -> auto& { return side(c).gateway_mac; }, parse_station_mac, kStationMacWords));
  list.add(section + ".accept-icmp",
           "accept ICMPv4 to subscribers (ipv4) or ICMPv6 errors about softwire packets (ipv6); default true",
           boolean([side](Config & c) -> auto& { return side(c).accept_icmp; }));
  list.add(section + ".generate-icmp-errors", "send ICMP errors about dropped packets; default true",
           boolean([side](Config & c) -> auto& { return side(c).generate_icmp_errors; }));
  add_side_limits(list, section, max_reassembly_timeout, side);
}

void add_daemon_keys(KeyList& list) {
  list.add("user",
           "user that softwired switches to before it opens a port, if root starts it; default: no switch",
           value_of(
               [](Config & c) -> auto& { return c.daemon.user; }, parse_account, "the name of a user"));
  list.add("workers", "threads that forward packets, each on its own processor; default 1",
           number(
               [](Config & c) -> auto& { return c.daemon.workers; }, 1, 64));
  list.add(
      "worker-cpu",
      "processor of a worker, which may be an isolated one; give one for each worker; default: the highest "
      "that the process may use",
      list_of(
          [](Config & c) -> auto& { return c.daemon.worker_cpus; }, parse_cpu,
          "the number of a processor, 0 to 1023"));
  list.add("idle",
           "what a worker does when no packet arrives: poll keeps its processor busy and adds no delay, "
           "sleep pauses up to half a millisecond between two polls; default poll",
           value_of(
               [](Config & c) -> auto& { return c.daemon.idle; }, parse_idle, "poll or sleep"));
  list.add("instruction-set",
           "instruction set of the packet path; auto: the best that the processor supports; default auto",
           value_of(
               [](Config & c) -> auto& { return c.daemon.instruction_set; }, parse_instruction_set,
               instruction_set_words()));
  list.add(
      "hugepages",
      "put packet buffers and rings in reserved 2 MB pages; auto: if enough pages are free; default auto",
      value_of(
          [](Config & c) -> auto& { return c.daemon.hugepages; }, parse_hugepages, "auto or yes or no"));
  list.add("eal-argument", "further argument of DPDK's environment abstraction layer, such as --log-level=6",
           list_of(
               [](Config & c) -> auto& { return c.daemon.eal_arguments; }, parse_eal_argument,
               "an argument that begins with -"));
  list.add("control-socket",
           "UNIX socket for softwirectl; none: no socket; default /run/softwired/control.sock",
           path_or_none(
               [](Config & c) -> auto& { return c.daemon.control.socket; }, "a UNIX socket"));
  list.add(
      "control-group", "group whose members may use the control socket; default softwire",
      value_of(
          [](Config & c) -> auto& { return c.daemon.control.group; }, parse_account, "the name of a group"));
  list.add("control-read-group",
           "group whose members may only read through the control socket; default: none",
           value_of(
               [](Config & c) -> auto& { return c.daemon.control.read_group; }, parse_account,
               "the name of a group"));
  list.add("state",
           "directory of the durable state: softwires added through the control socket, and the history; "
           "none: they are lost when softwired ends; default /var/lib/softwired",
           path_or_none(
               [](Config & c) -> auto& { return c.state; }, "a directory"));
  list.add("history-days", "days that ended softwires stay in the history; 0: for ever; default 365",
           number(
               [](Config & c) -> auto& { return c.daemon.history_days; }, 0, 36'500));
}

void add_forwarding_keys(KeyList& list) {
  list.add("hairpinning", "forward packets from one softwire to another; default true",
           boolean([](Config & c) -> auto& { return c.hairpinning; }));
  list.add("copy-dscp",
           "on decapsulation, copy the DSCP of the outer header to the inner one (RFC 2983, uniform model); "
           "false keeps the inner DSCP (pipe model); default true",
           boolean([](Config & c) -> auto& { return c.copy_dscp; }));
  list.add("on-a-stick",
           "use one port for both sides, told apart by VLAN or else by Ethernet type; default false",
           boolean([](Config & c) -> auto& { return c.on_a_stick; }));
  list.add("flow-label",
           "compute the outer flow label from addresses, protocol and ports of the inner packet (RFC 6438); "
           "false: the label is 0; default false",
           boolean([](Config & c) -> auto& { return c.flow_label; }));
  list.add("tcp-mss",
           "lower the maximum segment size of TCP connections in both directions: auto lowers it to what "
           "fits both MTUs, a number to that many octets; default keep",
           value_of(
               [](Config & c) -> auto& { return c.tcp_mss; }, parse_tcp_mss,
               "keep or auto or a number from 536 to 9560"));
  list.add("hop-limit", "hop limit of the outer IPv6 header; default 64",
           number(
               [](Config & c) -> auto& { return c.hop_limit; }, 1, 255));
  list.add("softwires",
           "file of bindings and rules; a path in the configuration file is relative to the directory of "
           "that file",
           path([](Config & c) -> auto& { return c.softwires; }));
  list.add(
      "br-address", "further BR address, beside those in bindings and rules",
      list_of(
          [](Config & c) -> auto& { return c.br_addresses; }, parse_softwire_address, kSoftwireAddressWords));
  list.add("port-68",
           "what to do with a binding or rule whose shared port set contains UDP port 68, the DHCPv4 client "
           "port: refuse it, or accept it and exclude the port; default refuse",
           value_of(
               [](Config & c) -> auto& { return c.port_68; }, parse_port_68, "refuse or exclude"));
  list.add("strict-ce-address",
           "accept packets of a MAP-E or MAP-T CE only from the address that its rule derives; false: from "
           "every address of its end-user prefix; default true",
           boolean([](Config & c) -> auto& { return c.strict_ce_address; }));
}

void add_side_keys(KeyList& list) {
  add_side(
      list, "ipv4", 68, 120, [](Config & c) -> auto& { return c.ipv4; });  // RFC 791 section 3.2
  list.add("ipv4.address", "our IPv4 address",
           value_of(
               [](Config & c) -> auto& { return c.ipv4_address; }, parse_ipv4_host, kIpv4HostWords));
  list.add("ipv4.gateway", "next hop of IPv4 packets",
           value_of(
               [](Config & c) -> auto& { return c.ipv4_gateway; }, parse_ipv4_host, kIpv4HostWords));

  list.add("ipv4.accept-subscriber-sources",
           "accept packets from this side whose source is the address of a binding or rule; false: while "
           "hairpinning is on they can only be spoofed, and are dropped; default false",
           boolean([](Config & c) -> auto& { return c.accept_subscriber_sources; }));
  list.add("ipv4.proxy-arp", "answer ARP for every bound address; default false",
           boolean([](Config & c) -> auto& { return c.proxy_arp; }));

  add_side(
      list, "ipv6", 1280, 60, [](Config & c) -> auto& { return c.ipv6; });  // RFC 8200 sections 5 and 4.5
  list.add(
      "ipv6.address", "our IPv6 address",
      value_of(
          [](Config & c) -> auto& { return c.ipv6_address; }, parse_softwire_address, kSoftwireAddressWords));
  list.add("ipv6.gateway", "next hop of IPv6 packets",
           value_of(
               [](Config & c) -> auto& { return c.ipv6_gateway; }, parse_neighbor, kNeighborWords));
}

std::vector<Key> make_keys() {
  KeyList list;
  add_daemon_keys(list);
  add_forwarding_keys(list);
  add_side_keys(list);
  add_dhcp_keys(list);
  list.add(
      "metrics.listen",
      "address and port that serve /metrics over HTTP, to every client that can connect; default: not served",
      value_of(
          [](Config & c) -> auto& { return c.daemon.metrics_listen; }, parse_listen_address,
          "an IP address and a port, such as 127.0.0.1:9600 or [::1]:9600"));
  return list.take();
}

}  // namespace

const std::vector<Key>& keys() {
  static const std::vector<Key> list = make_keys();
  return list;
}

const Key* find_key(std::string_view name) {
  const auto found = std::ranges::find(keys(), name, &Key::name);
  return found == keys().end() ? nullptr : &*found;
}

}  // namespace softwire::controlplane

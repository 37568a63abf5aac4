#include "controlplane/config/keys.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "controlplane/config/dhcp_server_statements.h"
#include "controlplane/config/filter.h"
#include "controlplane/config/lease_pool.h"
#include "controlplane/config/values.h"
#include "softwire/address_text.h"

namespace softwire::controlplane {
namespace {

// What a value may be, and how it gets into the Config. `Member` is a function from Config& to the member
// that takes the value, or to the vector of such members that a repeated key fills.
struct Kind {
  std::string expected;
  bool may_repeat = false;
  std::function<bool(Config&, const Setting&)> set;  // false: the value is not what is expected
  // In the place of `set`: for values of several words, with errors of their own.
  std::function<std::optional<Error>(Config&, const Setting&)> read = {};
};

template <typename Member>
Kind boolean(Member member) {
  return {"true or false", false, [member](Config& config, const Setting& setting) {
            if (setting.value != "true" && setting.value != "false") return false;
            member(config) = setting.value == "true";
            return true;
          }};
}

// A decimal number from min to max, or also one of `others`.
template <typename Member>
Kind number(Member member, std::uint32_t min, std::uint32_t max, std::vector<std::uint32_t> others = {}) {
  std::string expected;
  for (const std::uint32_t other : others) expected += std::to_string(other) + " or ";
  return {expected + decimal_words(min, max), false,
          [member, min, max, others = std::move(others)](Config& config, const Setting& setting) {
            const auto value = parse_number(setting.value, max);
            if (!value || (*value < min && std::ranges::find(others, *value) == others.end())) return false;
            auto& place = member(config);
            place = static_cast<std::remove_reference_t<decltype(place)>>(*value);
            return true;
          }};
}

// A value with a parser of its own.
template <typename Member, typename Parse>
Kind value_of(Member member, Parse parse, std::string_view expected) {
  return {std::string(expected), false, [member, parse](Config& config, const Setting& setting) {
            const auto value = parse(setting.value);
            if (value) member(config) = *value;
            return value.has_value();
          }};
}

template <typename Member, typename Parse>
Kind list_of(Member member, Parse parse, std::string_view expected) {
  return {std::string(expected), true, [member, parse](Config& config, const Setting& setting) {
            const auto value = parse(setting.value);
            if (value) member(config).push_back(*value);
            return value.has_value();
          }};
}

// Statements, each with a parser that says what is wrong with it.
template <typename Member, typename Parse>
Kind statements(Member member, Parse parse, std::string_view expected) {
  return {std::string(expected), true, {}, [member, parse](Config& config, const Setting& setting) {
            auto statement = parse(setting.value);
            if (!statement) return std::optional(statement.error());
            member(config).push_back(std::move(*statement));
            return std::optional<Error>();
          }};
}

template <typename Member>
Kind text(Member member, std::string_view expected) {
  return {std::string(expected), false, [member](Config& config, const Setting& setting) {
            member(config) = setting.value;
            return true;
          }};
}

template <typename Member>
Kind path(Member member) {
  return {"the path of a file", false, [member](Config& config, const Setting& setting) {
            member(config) = (setting.base / setting.value).string();
            return true;
          }};
}

// Where something is, or that it is not wanted.
template <typename Member>
Kind path_or_none(Member member, std::string_view what) {
  return {"the path of " + std::string(what) + ", or none", false,
          [member](Config& config, const Setting& setting) {
            member(config) =
                setting.value == "none" ? std::string() : (setting.base / setting.value).string();
            return true;
          }};
}

// The name of a user or a group.
std::optional<std::string> parse_account(std::string_view text) {
  constexpr std::size_t kLongest = 32;  // as useradd(8) has it
  const auto is_part = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.';
  };
  if (text.empty() || text.size() > kLongest || !std::ranges::all_of(text, is_part)) return std::nullopt;
  return std::string(text);
}

std::optional<MacAddress> parse_station_mac(std::string_view text) {
  const auto mac = parse_mac(text);
  return mac && mac->is_set() && !mac->is_multicast() ? mac : std::nullopt;
}
constexpr std::string_view kStationMacWords = "the MAC address of one station, such as 02:00:00:00:00:01";

std::optional<Ipv6Address> parse_neighbor(std::string_view text) {
  const auto address = parse_ipv6(text);
  return address && !address->is_unspecified() && !address->is_loopback() && !address->is_multicast()
             ? address
             : std::nullopt;
}
constexpr std::string_view kNeighborWords = "a unicast IPv6 address";

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
  if (!octets || *octets < 536) return std::nullopt;  // RFC 9293 section 3.7.1: what everybody takes
  return TcpMss{TcpMss::Kind::kLower, static_cast<std::uint16_t>(*octets)};
}

std::optional<IdleMode> parse_idle(std::string_view text) {
  if (text == "poll") return IdleMode::kPoll;
  if (text == "sleep") return IdleMode::kSleep;
  return std::nullopt;
}

std::optional<Hugepages> parse_hugepages(std::string_view text) {
  if (text == "auto") return Hugepages::kAuto;
  if (text == "yes") return Hugepages::kYes;
  if (text == "no") return Hugepages::kNo;
  return std::nullopt;
}

std::optional<LeaseConflict> parse_conflict(std::string_view text) {
  if (text == "reject") return LeaseConflict::kReject;
  if (text == "move") return LeaseConflict::kMove;
  return std::nullopt;
}

std::optional<dhcp::ReplyPort> parse_reply_port(std::string_view text) {
  if (text == "source") return dhcp::ReplyPort::kSource;
  if (text == "67") return dhcp::ReplyPort::kServer;
  if (text == "68") return dhcp::ReplyPort::kClient;
  return std::nullopt;
}

std::optional<unsigned> parse_cpu(std::string_view text) {
  constexpr std::uint32_t kMostCpus = 1023;
  const auto cpu = parse_number(text, kMostCpus);
  return cpu ? std::optional<unsigned>(*cpu) : std::nullopt;
}

std::optional<std::string> parse_eal_argument(std::string_view text) {
  return text.starts_with('-') ? std::optional<std::string>(text) : std::nullopt;
}

// RFC 3986 section 3.2: an IPv6 address stands in brackets.
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

constexpr std::string_view kSuboptionTextWords = "text of 1 to 64 printable characters";
std::optional<std::string> parse_suboption_text(std::string_view text) {
  constexpr std::size_t kLongest = 64;
  const bool is_fine = !text.empty() && text.size() <= kLongest &&
                       std::ranges::all_of(text, [](char c) { return c > ' ' && c <= '~'; });
  return is_fine ? std::optional<std::string>(text) : std::nullopt;
}

std::optional<bool> parse_client_format(std::string_view text) {
  if (text == "raw") return false;
  if (text == "text") return true;
  return std::nullopt;
}

Kind clients() {
  return {"bound, or an IPv6 prefix such as 2001:db8::/32", true, [](Config& config, const Setting& setting) {
            DhcpRelayConfig& relay = config.dhcp_relay;
            if (setting.value == "bound") return relay.clients_bound = true;
            const auto prefix = parse_ipv6_prefix(setting.value);
            if (prefix) relay.clients.push_back(*prefix);
            return prefix.has_value();
          }};
}

class KeyList {
 public:
  void add(std::string name, std::string help, Kind kind) {
    if (!kind.read) {
      kind.read = [set = std::move(kind.set), expected = kind.expected](
                      Config& config, const Setting& setting) -> std::optional<Error> {
        if (set(config, setting)) return std::nullopt;
        return Error{in_quotes(setting.value) + " is not " + expected};
      };
    }
    keys_.push_back(
        {std::move(name), std::move(help), std::move(kind.expected), kind.may_repeat, std::move(kind.read)});
  }

  // The keys that [ipv4] and [ipv6] have in common.
  template <typename Side>
  void add_side(const std::string& section, std::uint32_t min_mtu, std::uint32_t max_reassembly_timeout,
                Side side) {
    add(section + ".port",
        "DPDK device of this side, a PCI address or a virtual device such as net_af_packet0,iface=eth0; "
        "softwire-replay needs none",
        text(
            [side](Config & c) -> auto& { return side(c).port; }, "the name of a DPDK device"));
    add(section + ".mac", "our MAC address; default: the port's own",
        value_of(
            [side](Config & c) -> auto& { return side(c).mac; }, parse_station_mac, kStationMacWords));
    add(section + ".vlan", "VLAN identifier (IEEE 802.1Q); default 0: untagged",
        number(
            [side](Config & c) -> auto& { return side(c).vlan; }, 0, 4094));
    add(section + ".mtu", "octets of an IP packet, without Ethernet; default 1500",
        number(
            [side](Config & c) -> auto& { return side(c).mtu; }, min_mtu, 9600));
    add(section + ".ingress-filter", "only frames that match it are taken in; default: all",
        filter([side](Config & c) -> auto& { return side(c).ingress_filter; }));
    add(section + ".egress-filter", "only frames that match it leave; default: all",
        filter([side](Config & c) -> auto& { return side(c).egress_filter; }));
    add(section + ".gateway-mac", "the gateway's MAC address; given: it is not asked for",
        value_of(
            [side](Config & c) -> auto& { return side(c).gateway_mac; }, parse_station_mac,
            kStationMacWords));
    add(section + ".reassembly-datagrams",
        "packets that may wait for their other fragments; 0: none is put together; default 20000",
        number(
            [side](Config & c) -> auto& { return side(c).reassembly_datagrams; }, 0, 1'000'000));
    add(section + ".reassembly-fragments", "fragments that one packet may have; default 40",
        number(
            [side](Config & c) -> auto& { return side(c).reassembly_fragments; }, 2, 8192));
    add(section + ".reassembly-timeout", "seconds that a packet may take to arrive whole; default 15",
        number(
            [side](Config & c) -> auto& { return side(c).reassembly_timeout; }, 1, max_reassembly_timeout));
    add(section + ".accept-icmp",
        "let in ICMPv4 to subscribers (ipv4), ICMPv6 errors from inside the tunnels (ipv6); default true",
        boolean([side](Config & c) -> auto& { return side(c).accept_icmp; }));
    add(section + ".generate-icmp-errors", "tell senders about dropped packets; default true",
        boolean([side](Config & c) -> auto& { return side(c).generate_icmp_errors; }));
    add(section + ".icmp-error-rate", "ICMP errors generated a second, and at once; default 1000",
        number(
            [side](Config & c) -> auto& { return side(c).icmp_error_rate; }, 0, 1'000'000));
  }

  [[nodiscard]] std::vector<Key> take() { return std::move(keys_); }

 private:
  std::vector<Key> keys_;
};

std::vector<Key> make_keys() {
  KeyList list;
  list.add(
      "user",
      "user that softwired becomes when root starts it, before it opens a port; default: it stays who it is",
      value_of(
          [](Config & c) -> auto& { return c.daemon.user; }, parse_account, "the name of a user"));
  list.add("workers", "threads that forward packets, each on a processor of its own; default 1",
           number(
               [](Config & c) -> auto& { return c.daemon.workers; }, 1, 64));
  list.add("worker-cpu",
           "processor of a worker, once for each; default: the highest that the process may use",
           list_of(
               [](Config & c) -> auto& { return c.daemon.worker_cpus; }, parse_cpu,
               "the number of a processor, 0 to 1023"));
  list.add(
      "idle",
      "what a worker does while nothing comes in: poll keeps its processor busy and delays nothing, sleep "
      "sleeps up to half a millisecond between two looks; default poll",
      value_of(
          [](Config & c) -> auto& { return c.daemon.idle; }, parse_idle, "poll or sleep"));
  list.add(
      "hugepages",
      "packet buffers and rings in reserved 2 MB pages; auto: when enough of them are free; default auto",
      value_of(
          [](Config & c) -> auto& { return c.daemon.hugepages; }, parse_hugepages, "auto or yes or no"));
  list.add("eal-argument", "further argument of DPDK's environment abstraction layer, such as --log-level=6",
           list_of(
               [](Config & c) -> auto& { return c.daemon.eal_arguments; }, parse_eal_argument,
               "an argument that begins with -"));
  list.add("control-socket",
           "UNIX socket for softwirectl; none: there is none; default /run/softwired/control.sock",
           path_or_none(
               [](Config & c) -> auto& { return c.daemon.control.socket; }, "a UNIX socket"));
  list.add(
      "control-group", "group whose members may use the control socket; default softwire",
      value_of(
          [](Config & c) -> auto& { return c.daemon.control.group; }, parse_account, "the name of a group"));
  list.add("control-read-group", "group whose members may use the control socket to look only; default: none",
           value_of(
               [](Config & c) -> auto& { return c.daemon.control.read_group; }, parse_account,
               "the name of a group"));
  list.add(
      "state",
      "directory of the durable state: softwires of the control socket, and their history; none: they are "
      "lost at the end; default /var/lib/softwired",
      path_or_none(
          [](Config & c) -> auto& { return c.state; }, "a directory"));
  list.add("history-days",
           "days that softwires are remembered for when they have ended; 0: for ever; default 365",
           number(
               [](Config & c) -> auto& { return c.daemon.history_days; }, 0, 36'500));
  list.add("hairpinning", "carry packets from one softwire to another; default true",
           boolean([](Config & c) -> auto& { return c.hairpinning; }));
  list.add(
      "copy-dscp",
      "on decapsulation copy the DSCP of the outer header to the inner one (RFC 2983, uniform model); false "
      "keeps the inner one (pipe model); default true",
      boolean([](Config & c) -> auto& { return c.copy_dscp; }));
  list.add("on-a-stick", "both sides on one port, told apart by VLAN or else by Ethernet type; default false",
           boolean([](Config & c) -> auto& { return c.on_a_stick; }));
  list.add(
      "flow-label",
      "outer flow label from addresses, protocol and ports of the inner packet (RFC 6438); default false: 0",
      boolean([](Config & c) -> auto& { return c.flow_label; }));
  list.add("tcp-mss",
           "lower the maximum segment size of TCP connections, both ways: auto to what fits both MTUs, or a "
           "number "
           "of octets; default keep",
           value_of(
               [](Config & c) -> auto& { return c.tcp_mss; }, parse_tcp_mss,
               "keep or auto or a number from 536 to 9560"));
  list.add("hop-limit", "hop limit of the outer IPv6 header; default 64",
           number(
               [](Config & c) -> auto& { return c.hop_limit; }, 1, 255));
  list.add("softwires", "file of bindings and rules; in a configuration file, relative to its directory",
           path([](Config & c) -> auto& { return c.softwires; }));
  list.add(
      "br-address", "BR address beside those that bindings and rules name",
      list_of(
          [](Config & c) -> auto& { return c.br_addresses; }, parse_softwire_address, kSoftwireAddressWords));
  list.add(
      "port-68",
      "what to do with a binding or rule of which a shared port set contains UDP port 68, the DHCPv4 client "
      "port: refuse it, or take it and exclude the port; default refuse",
      value_of(
          [](Config & c) -> auto& { return c.port_68; }, parse_port_68, "refuse or exclude"));
  list.add(
      "strict-ce-address",
      "of a MAP-E CE take packets from its whole address only, not from all of its end-user prefix; default "
      "true",
      boolean([](Config & c) -> auto& { return c.strict_ce_address; }));

  list.add_side(
      "ipv4", 68, 120, [](Config & c) -> auto& { return c.ipv4; });  // RFC 791 section 3.2
  list.add("ipv4.address", "our IPv4 address",
           value_of(
               [](Config & c) -> auto& { return c.ipv4_address; }, parse_ipv4_host, kIpv4HostWords));
  list.add("ipv4.gateway", "next hop of IPv4 packets",
           value_of(
               [](Config & c) -> auto& { return c.ipv4_gateway; }, parse_ipv4_host, kIpv4HostWords));

  list.add("ipv4.proxy-arp", "answer ARP for every bound address; default false",
           boolean([](Config & c) -> auto& { return c.proxy_arp; }));

  list.add_side(
      "ipv6", 1280, 60, [](Config & c) -> auto& { return c.ipv6; });  // RFC 8200 sections 5 and 4.5
  list.add(
      "ipv6.address", "the IPv6 side's own address",
      value_of(
          [](Config & c) -> auto& { return c.ipv6_address; }, parse_softwire_address, kSoftwireAddressWords));
  list.add("ipv6.gateway", "next hop of IPv6 packets",
           value_of(
               [](Config & c) -> auto& { return c.ipv6_gateway; }, parse_neighbor, kNeighborWords));

  list.add("dhcp-relay.server", "DHCPv4 server that gets every message; given: the relay is on",
           list_of(
               [](Config & c) -> auto& { return c.dhcp_relay.servers; }, parse_ipv4_host, kIpv4HostWords));
  list.add("dhcp-relay.address", "giaddr and server identifier override; default: ipv4.address",
           value_of(
               [](Config & c) -> auto& { return c.dhcp_relay.address; }, parse_ipv4_host, kIpv4HostWords));
  // Codes 224 to 254 are for private use (RFC 3046 names no others; IANA registry of sub-options).
  list.add("dhcp-relay.client-suboption",
           "sub-option of option 82 for the subscriber's IPv6 address; default 2",
           number([](Config & c) -> auto& { return c.dhcp_relay.client_suboption; }, 224, 254, {1, 2}));
  list.add(
      "dhcp-relay.intercept-server-addresses",
      "relay what softwires send to port 67 of a server's own address, instead of forwarding it as data; "
      "default true",
      boolean([](Config & c) -> auto& { return c.dhcp_relay.intercept_server_addresses; }));
  list.add("dhcp-relay.hop-limit", "hops that a message from a client may have had; default 4",
           number(
               [](Config & c) -> auto& { return c.dhcp_relay.hop_limit; }, 1, 16));
  list.add("dhcp-relay.rate", "messages a second, of all subscribers together; default 10000",
           number(
               [](Config & c) -> auto& { return c.dhcp_relay.rate; }, 1, 1'000'000));

  list.add("dhcp-relay.subscriber-rate",
           "messages a second of one subscriber, and five times as many at once; default 20",
           number(
               [](Config & c) -> auto& { return c.dhcp_relay.subscriber_rate; }, 1, 1'000'000));
  list.add(
      "dhcp-relay.rewrite-server-identifier",
      "for servers that name their own address in option 54 whatever option 82 asks for (RFC 5107): say ours "
      "to clients, and theirs to them; default false",
      boolean([](Config & c) -> auto& { return c.dhcp_relay.rewrite_server_identifier; }));
  list.add("dhcp-relay.circuit-id", "sub-option 1 of option 82; default: none",
           value_of(
               [](Config & c) -> auto& { return c.dhcp_relay.circuit_id; }, parse_suboption_text,
               kSuboptionTextWords));
  list.add("dhcp-relay.relay-id", "sub-option 12 of option 82 (RFC 6925); default: none",
           value_of(
               [](Config & c) -> auto& { return c.dhcp_relay.relay_id; }, parse_suboption_text,
               kSuboptionTextWords));
  list.add(
      "dhcp-relay.link-selection",
      "sub-option 5 of option 82 (RFC 3527): an address of the subnet to lease from; default: none",
      value_of(
          [](Config & c) -> auto& { return c.dhcp_relay.link_selection; }, parse_ipv4_host, kIpv4HostWords));
  list.add("dhcp-relay.client-format",
           "the subscriber's IPv6 address in option 82: raw, its 16 octets, or text; default raw",
           value_of(
               [](Config & c) -> auto& { return c.dhcp_relay.client_as_text; }, parse_client_format,
               "raw or text"));
  list.add("dhcp-relay.client",
           "who may ask for a lease: subscribers in an IPv6 prefix, or bound: those who have a binding, a "
           "lease or "
           "a rule; default: everybody",
           clients());

  list.add("dhcp-over-ipv6.dhcpv4", "take DHCPv4 in UDP over IPv6 to port 67 of ipv6.address; default false",
           boolean([](Config & c) -> auto& { return c.dhcp_over_ipv6.dhcpv4; }));
  list.add(
      "dhcp-over-ipv6.dhcpv4-reply-port",
      "port that such messages are answered to: source, the one that they come from, or 67 or 68; default "
      "source",
      value_of(
          [](Config & c) -> auto& { return c.dhcp_over_ipv6.reply_port; }, parse_reply_port,
          "source or 67 or 68"));
  list.add("dhcp-over-ipv6.dhcpv6",
           "answer DHCPv6 information requests with softwire options (RFC 7598), and DHCPv4 over DHCPv6 (RFC "
           "7341); default false",
           boolean([](Config & c) -> auto& { return c.dhcp_over_ipv6.dhcpv6; }));
  list.add(
      "dhcp-over-ipv6.dns-server", "IPv6 address of a DNS server that information requests are told",
      list_of(
          [](Config & c) -> auto& { return c.dhcp_over_ipv6.dns_servers; }, parse_neighbor, kNeighborWords));
  list.add("dhcp-over-ipv6.refresh-time",
           "seconds after which clients ask again for what an information request told them; default 86400",
           number(
               [](Config & c) -> auto& { return c.dhcp_over_ipv6.refresh_time; }, 600, 31'536'000));
  list.add(
      "leases.pool",
      "addresses that DHCPv4 may lease; given: leases become bindings, which end with them, and what lies "
      "in no pool is refused",
      list_of(
          [](Config & c) -> auto& { return c.leases.pools; }, parse_lease_pool, kLeasePoolWords));
  list.add(
      "leases.conflict",
      "what becomes of a lease of what another softwire has: reject it, or move it there; default reject",
      value_of(
          [](Config & c) -> auto& { return c.leases.conflict; }, parse_conflict, "reject or move"));
  list.add("leases.move-interval", "seconds between two moves of one lease; default 60",
           number(
               [](Config & c) -> auto& { return c.leases.move_interval; }, 1, 86'400));
  list.add("leases.per-subscriber", "leases that one softwire may have; default 16",
           number(
               [](Config & c) -> auto& { return c.leases.per_subscriber; }, 1, 65'536));
  list.add(
      "dhcp-server.pool",
      "IPv4 addresses that the hub leases to subscribers itself, whole or, with a psid-len, in port sets; "
      "given: the embedded server is on",
      statements(
          [](Config & c) -> auto& { return c.dhcp_server.pools; }, parse_pool, kPoolWords));
  list.add("dhcp-server.static",
           "lease that only subscribers within an IPv6 prefix get; given: the embedded server is on",
           statements(
               [](Config & c) -> auto& { return c.dhcp_server.static_leases; }, parse_static_lease,
               kStaticLeaseWords));
  list.add(
      "dhcp-server.option",
      "DHCPv4 option that clients get when they ask for it, or always; there are " + dhcp::option_names(),
      statements(
          [](Config & c) -> auto& { return c.dhcp_server.options; }, dhcp::parse_option,
          "[always] and a name and its value, such as routers 192.0.2.1, or a number and its octets, "
          "such as 224 hex:0a0b"));
  list.add("dhcp-server.address", "server identifier; default: dhcp-relay.address or ipv4.address",
           value_of(
               [](Config & c) -> auto& { return c.dhcp_server.address; }, parse_ipv4_host, kIpv4HostWords));
  list.add("dhcp-server.lease-time", "seconds that a lease lasts; default 3600",
           number(
               [](Config & c) -> auto& { return c.dhcp_server.lease_time; }, 10, 31'536'000));
  list.add("dhcp-server.leases-per-subscriber",
           "clients behind one softwire that may have a lease at a time; default 1",
           number(
               [](Config & c) -> auto& { return c.dhcp_server.leases_per_subscriber; }, 1, 1024));
  list.add("dhcp-server.subscribers", "IPv6 prefix of subscribers that the server serves; default: all",
           list_of(
               [](Config & c) -> auto& { return c.dhcp_server.subscribers; }, parse_ipv6_prefix,
               "an IPv6 prefix such as 2001:db8::/40, with no bit set beyond its length"));

  list.add("metrics.listen",
           "address and port where /metrics is served over HTTP, to whoever can connect; default: nowhere",
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

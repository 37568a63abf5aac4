// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>

#include "controlplane/config/dhcp_server_statements.h"
#include "controlplane/config/key_kinds.h"
#include "controlplane/config/lease_pool_statement.h"
#include "softwire/address_text.h"

namespace softwire::controlplane {
namespace {

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

constexpr std::string_view kSuboptionTextWords = "text of 1 to 64 printable characters";
std::optional<std::string> parse_suboption_text(std::string_view text) {
  constexpr std::size_t kMaxLength = 64;
  const bool is_fine = !text.empty() && text.size() <= kMaxLength &&
                       std::ranges::all_of(text, [](char c) { return c > ' ' && c <= '~'; });
  return is_fine ? std::optional<std::string>(text) : std::nullopt;
}

constexpr std::string_view kDhcp4o6ServerWords =
    "a server's IPv6 address, unicast and not link-local, then its own IPv4 address if it sends that one in "
    "option 54, such as 2001:db8:67::1 198.51.100.67";
Result<dhcp::Dhcp4o6Server> parse_dhcp4o6_server(std::string_view text) {
  const std::size_t space = std::min(text.find(' '), text.size());
  const std::string_view rest = text.substr(std::min(text.find_first_not_of(' ', space), text.size()));
  const auto address = parse_softwire_address(text.substr(0, space));
  const auto identifier = rest.empty() ? std::optional(Ipv4Address{}) : parse_ipv4_host(rest);
  if (!address || !identifier) return Error{in_quotes(text) + " is not " + std::string(kDhcp4o6ServerWords)};
  return dhcp::Dhcp4o6Server{*address, *identifier};
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

void add_relay_keys(KeyList& list) {
  list.add("dhcp-relay.server", "DHCPv4 server that every message is relayed to; turns the relay on",
           list_of(
               [](Config & c) -> auto& { return c.dhcp_relay.servers; }, parse_ipv4_host, kIpv4HostWords));
  list.add(
      "dhcp-relay.dhcp4o6-server",
      "DHCPv4-over-DHCPv6 server that every message is relayed to as well, as from a DHCPv6 relay at "
      "ipv6.address (RFC 9928), and the IPv4 address that it uses as server identifier; turns the relay on",
      statements(
          [](Config & c) -> auto& { return c.dhcp_relay.dhcp4o6_servers; }, parse_dhcp4o6_server,
          kDhcp4o6ServerWords));
  list.add("dhcp-relay.address", "giaddr and server identifier override; default: ipv4.address",
           value_of(
               [](Config & c) -> auto& { return c.dhcp_relay.address; }, parse_ipv4_host, kIpv4HostWords));
  // Codes 224 to 254 are for private use (RFC 3046 defines no others; IANA registry of sub-options).
  list.add("dhcp-relay.client-suboption",
           "sub-option of option 82 that carries the subscriber's IPv6 address; default 2",
           number([](Config & c) -> auto& { return c.dhcp_relay.client_suboption; }, 224, 254, {1, 2}));
  list.add(
      "dhcp-relay.intercept-server-addresses",
      "relay what softwires send to port 67 of a server's own address, instead of forwarding it as data; "
      "default true",
      boolean([](Config & c) -> auto& { return c.dhcp_relay.intercept_server_addresses; }));
  list.add("dhcp-relay.hop-limit", "most hops that a message from a client may have made; default 4",
           number(
               [](Config & c) -> auto& { return c.dhcp_relay.hop_limit; }, 1, 16));
  list.add(
      "dhcp-relay.rate",
      "most messages a second from all sources together; those without a binding, lease or rule get half, "
      "those inside a rule three quarters; default 10000",
      number(
          [](Config & c) -> auto& { return c.dhcp_relay.rate; }, 1, 1'000'000));
  list.add("dhcp-relay.server-rate",
           "most messages a second to each server; sources without a binding, lease or rule get half, those "
           "inside a rule three quarters; default 2000",
           number(
               [](Config & c) -> auto& { return c.dhcp_relay.server_rate; }, 1, 1'000'000));
  list.add(
      "dhcp-relay.subscriber-rate",
      "most messages a second from one source: an address with a binding or lease, an end-user prefix of a "
      "rule, else a prefix of subscriber-mask; five times as many in one burst; default 20",
      number(
          [](Config & c) -> auto& { return c.dhcp_relay.subscriber_rate; }, 1, 1'000'000));
  list.add(
      "dhcp-relay.subscriber-mask",
      "length of the IPv6 prefix that counts as one subscriber in the limits of leases, offers and declines, "
      "and in those of messages from sources without a binding, lease or rule; default 64",
      number(
          [](Config & c) -> auto& { return c.dhcp_relay.subscriber_mask; }, 32, 128));
}

void add_relay_option_keys(KeyList& list) {
  list.add("dhcp-relay.rewrite-server-identifier",
           "for a server that puts its own address in option 54 although option 82 overrides it (RFC 5107): "
           "show clients our address, and the server its own; allows one server only; default false",
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
           "form of the subscriber's IPv6 address in option 82: raw is its 16 octets, text is its textual "
           "form; default raw",
           value_of(
               [](Config & c) -> auto& { return c.dhcp_relay.client_as_text; }, parse_client_format,
               "raw or text"));
  list.add("dhcp-relay.client",
           "who may request a lease: subscribers in an IPv6 prefix, or bound: those who have a binding, a "
           "lease or a rule; default: everybody",
           clients());
}

void add_over_ipv6_keys(KeyList& list) {
  list.add("dhcp-over-ipv6.dhcpv4",
           "accept DHCPv4 in UDP over IPv6 to port 67 of ipv6.address; default false",
           boolean([](Config & c) -> auto& { return c.dhcp_over_ipv6.dhcpv4; }));
  list.add("dhcp-over-ipv6.dhcpv4-reply-port",
           "destination port of replies to DHCPv4 in UDP over IPv6: source is the port that the message came "
           "from, or 67 or 68; default source",
           value_of(
               [](Config & c) -> auto& { return c.dhcp_over_ipv6.reply_port; }, parse_reply_port,
               "source or 67 or 68"));
  list.add("dhcp-over-ipv6.dhcpv6",
           "answer DHCPv6 information requests with softwire options (RFC 7598), and DHCPv4 over DHCPv6 (RFC "
           "7341); default false",
           boolean([](Config & c) -> auto& { return c.dhcp_over_ipv6.dhcpv6; }));
  list.add(
      "dhcp-over-ipv6.dns-server", "IPv6 address of a DNS server, sent in replies to information requests",
      list_of(
          [](Config & c) -> auto& { return c.dhcp_over_ipv6.dns_servers; }, parse_neighbor, kNeighborWords));
  list.add("dhcp-over-ipv6.relay",
           "IPv6 prefix of DHCPv6 relays that the hub trusts to identify their clients; default: none",
           list_of(
               [](Config & c) -> auto& { return c.dhcp_over_ipv6.relays; }, parse_ipv6_prefix,
               "an IPv6 prefix such as 2001:db8::/40, with no bit set beyond its length"));
  list.add("dhcp-over-ipv6.refresh-time",
           "seconds after which clients repeat an information request; default 86400",
           number(
               [](Config & c) -> auto& { return c.dhcp_over_ipv6.refresh_time; }, 600, 31'536'000));
}

void add_lease_keys(KeyList& list) {
  list.add("leases.pool",
           "addresses that DHCPv4 may lease; if set, a lease becomes a binding until it ends, and a lease "
           "outside every pool is refused",
           list_of(
               [](Config & c) -> auto& { return c.leases.pools; }, parse_lease_pool, kLeasePoolWords));
  list.add("leases.conflict",
           "what to do with a lease of an address and ports that another softwire has: reject it, or move "
           "the lease; default reject",
           value_of(
               [](Config & c) -> auto& { return c.leases.conflict; }, parse_conflict, "reject or move"));
  list.add("leases.move-interval",
           "least seconds between two moves of one lease, and between two leases that the embedded server "
           "moves to the newest client of one subscriber; default 60",
           number(
               [](Config & c) -> auto& { return c.leases.move_interval; }, 1, 86'400));
  list.add("leases.grants-per-hour",
           "most new leases that one subscriber gets in an hour from servers and the embedded server; "
           "renewals do not count; default 60",
           number(
               [](Config & c) -> auto& { return c.leases.grants_per_hour; }, 1, 1'000'000));
  list.add("leases.per-subscriber", "most leases that one subscriber may have at a time; default 16",
           number(
               [](Config & c) -> auto& { return c.leases.per_subscriber; }, 1, 65'536));
}

void add_server_keys(KeyList& list) {
  list.add("dhcp-server.pool",
           "IPv4 addresses that the embedded server leases to subscribers, whole or, with a psid-len, in "
           "port sets; turns that server on",
           statements(
               [](Config & c) -> auto& { return c.dhcp_server.pools; }, parse_pool, kPoolWords));
  list.add("dhcp-server.static",
           "lease for the subscribers in an IPv6 prefix only; turns the embedded server on",
           statements(
               [](Config & c) -> auto& { return c.dhcp_server.static_leases; }, parse_static_lease,
               kStaticLeaseWords));
  list.add("dhcp-server.option",
           "DHCPv4 option that clients get when they request it, or always; the known options are " +
               dhcp::option_names(),
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
           "most clients of one subscriber that may have a lease at a time; default 1",
           number(
               [](Config & c) -> auto& { return c.dhcp_server.leases_per_subscriber; }, 1, 1024));
  list.add("dhcp-server.subscribers", "IPv6 prefix of subscribers that the server serves; default: all",
           list_of(
               [](Config & c) -> auto& { return c.dhcp_server.subscribers; }, parse_ipv6_prefix,
               "an IPv6 prefix such as 2001:db8::/40, with no bit set beyond its length"));
}

}  // namespace

void add_dhcp_keys(KeyList& list) {
  add_relay_keys(list);
  add_relay_option_keys(list);
  add_over_ipv6_keys(list);
  add_lease_keys(list);
  add_server_keys(list);
}

}  // namespace softwire::controlplane

// SPDX-License-Identifier: BSD-3-Clause
// Input: an octet of choices, and a message. A client of one softwire sends it, then a client of another. The
// answers are well-formed, and no address and port set has two holders.
#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "controlplane/dhcp/server/server.h"
#include "tests/fuzz/require.h"

using softwire::Ipv4Address;
using softwire::Ipv6Address;
using softwire::Outcome;
using softwire::PortSet;
using softwire::WallTime;
using softwire::controlplane::Lease;
using softwire::controlplane::LeaseTable;
using softwire::controlplane::dhcp::Header;
using softwire::controlplane::dhcp::MessageType;
using softwire::controlplane::dhcp::MessageView;
using softwire::controlplane::dhcp::Octets;
using softwire::controlplane::dhcp::ReceivedMessage;
using softwire::controlplane::dhcp::Server;
using softwire::controlplane::dhcp::ServerOptions;
using softwire::controlplane::dhcp::Subscriber;
using softwire::fuzz::require;
namespace dhcp = softwire::controlplane::dhcp;

namespace {

constexpr Subscriber kFirst{Ipv6Address::from_host(0x20010db800a20000, 2),
                            Ipv6Address::from_host(0x20010db800ff0000, 1)};
constexpr Subscriber kSecond{Ipv6Address::from_host(0x20010db800a30000, 2), kFirst.br};
constexpr Ipv4Address kLeased(192, 0, 2, 100);  // the address in the messages of the corpus
constexpr softwire::Binding kGiven{kLeased, {{6, 8}, 0x34}, kFirst.address, kFirst.br};

ServerOptions options(std::uint8_t choices) {
  ServerOptions options;
  options.address = Ipv4Address(100, 64, 0, 1);
  if ((choices & 1) != 0) options.pools.push_back({kLeased, Ipv4Address(192, 0, 2, 101), {0, 0}});
  if ((choices & 2) != 0) {
    options.pools.push_back({Ipv4Address(203, 0, 113, 1), Ipv4Address(203, 0, 113, 1), {0, 2}});
  }
  if ((choices & 4) != 0) options.static_leases = {{{kFirst.address, 128}, Ipv4Address(192, 0, 2, 7), {}}};
  if ((choices & 8) != 0) options.max_message = dhcp::ReplyBuilder::kMinReplyLimit;
  options.options = {{1, {255, 255, 255, 0}, false},
                     {3, {192, 0, 2, 1}, true},
                     {6, std::vector<std::uint8_t>(252, 9), false},
                     {15, {'a'}, false}};
  return options;
}

// Gives the client a lease, which it may then renew.
void give_lease(LeaseTable& lease_table, const Header& header, Octets id, WallTime now) {
  std::vector<std::uint8_t> client;
  if (id.empty()) {
    client = {1, header.htype};
    client.insert(client.end(), header.chaddr.begin(), header.chaddr.begin() + header.hlen);
  } else {
    client = {0};
    client.insert(client.end(), id.begin(), id.end());
  }
  lease_table.put(
      {{kLeased, {}, kFirst.address, kFirst.br}, client, now + std::chrono::hours(1), {100, 64, 0, 1}});
}

void tell(Server& server, LeaseTable& lease_table, const ServerOptions& options,
          const ReceivedMessage& received, WallTime now) {
  const MessageView& before = received.message;
  const Subscriber& subscriber = received.subscriber;
  const auto answer = server.answer(received, now, lease_table);
  require(!received.given || !answer.grant);
  require(answer.message.empty() == (answer.outcome != Outcome::kDhcpAnswered));
  if (answer.release) {
    require(lease_table.find(*answer.release) == nullptr ||
            lease_table.find(*answer.release)->binding.b4 == subscriber.address);
    lease_table.erase(*answer.release);
    server.freed(*answer.release);
  }
  if (answer.message.empty()) {
    require(!answer.grant);
    return;
  }
  const auto after = MessageView::parse(answer.message);
  require(after.ok());
  const Header& header = after->header();
  require(header.op == Header::kBootReply && header.giaddr.is_unspecified() && header.hops == 0);
  require(std::ranges::equal(header.chaddr, before.header().chaddr));
  require(answer.message.size() >= dhcp::kMinMessageBytes && answer.message.size() <= options.max_message);
  require(after->count(dhcp::option::kRelayAgentInformation) == 0);
  require(after->count(dhcp::option::kServerIdentifier) == 1);
  require(!answer.destination.is_unspecified() && !answer.destination.is_multicast());
  const auto id = before.sole(dhcp::option::kClientIdentifier);
  const auto returned = after->sole(dhcp::option::kClientIdentifier);
  require(id ? returned && std::ranges::equal(*id, *returned) : !returned);
  const auto type = after->message_type();
  require(type == MessageType::kOffer || type == MessageType::kAck || type == MessageType::kNak);
  require(type == MessageType::kNak || after->count(3) == 1);

  if (!answer.grant) return;
  const Lease& lease = *answer.grant;
  require(type == MessageType::kAck && lease.binding.ipv4 == header.yiaddr);
  require(lease.binding.b4 == subscriber.address && lease.binding.br == subscriber.br);
  const auto ports = after->sole(dhcp::option::kPortParameters);
  require(lease.binding.ports == (ports ? *dhcp::read_port_parameters(*ports) : PortSet{}));
  const Lease* const old = lease_table.find(lease.key());
  require(old == nullptr || old->binding.b4 == subscriber.address);
  lease_table.put(lease);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const ServerOptions chosen = options(data[0]);
  const Octets octets(data + 1, size - 1);
  const bool unicast = (data[0] & 16) != 0;
  const auto message = MessageView::parse(octets);
  if (!message) return 0;
  WallTime now{std::chrono::hours(1)};
  LeaseTable lease_table;
  if ((data[0] & 32) != 0) {
    give_lease(lease_table, message->header(),
               message->sole(dhcp::option::kClientIdentifier).value_or(Octets()), now);
  }
  Server server(chosen, lease_table);
  const auto given = (data[0] & 64) != 0 ? std::optional(kGiven) : std::nullopt;
  for (const Subscriber& subscriber : {kFirst, kSecond, kFirst}) {
    const ReceivedMessage received{
        .message = *message, .subscriber = subscriber, .unicast = unicast, .given = given};
    const auto not_owned = server.answer_not_owned(received, now, lease_table);
    require(!not_owned.grant && !not_owned.release);
    tell(server, lease_table, chosen, received, now);
    now += std::chrono::seconds(40);
  }
  return 0;
}

#include "controlplane/dhcp/softwire_transport.h"

#include <algorithm>
#include <utility>

#include "controlplane/dhcp/message.h"
#include "softwire/wire.h"

namespace softwire::controlplane::dhcp {

namespace {

// Answers that may wait for the store at once: as many as a ring of the dataplane holds.
constexpr std::size_t kMostWaiting = 1024;

// Packets that one poll may send down: so many must have room in the channel, and buffers in the pool.
constexpr std::size_t kMaxInjected = 32;

}  // namespace

SoftwireTransport::SoftwireTransport(Options options, const dataplane::BindingTable& table,
                                     dataplane::PuntChannel& channel, rte_mempool& pool)
    : options_(std::move(options)),
      // Each message may become a packet for every server.
      messages_a_poll_(
          std::max<std::size_t>(1, kMaxInjected / std::max<std::size_t>(1, options_.relay.servers.size()))),
      table_(table),
      channel_(channel),
      pool_(pool),
      relay_(options_.relay) {}

unsigned SoftwireTransport::poll(WallTime now) {
  unsigned count = 0;
  for (; count < messages_a_poll_; ++count) {
    dataplane::Mbuf* packet = channel_.take_punted();
    if (packet == nullptr) break;
    const std::optional<Outcome> outcome = handle(*packet, now);
    if (outcome) outcomes_.add(*outcome);
    if (outcome && options_.on_drop && info(*outcome).disposition == Disposition::kDropped) {
      options_.on_drop(*packet, *outcome);
    }
    rte_pktmbuf_free(packet);
  }
  return count;
}

void SoftwireTransport::give_up() {
  outcomes_.add(Outcome::kDhcpInjectFull, waiting_);
  waiting_ = 0;
  self_.reset();
}

std::optional<Outcome> SoftwireTransport::handle(dataplane::Mbuf& packet, WallTime now) {
  const dataplane::FrameContext& context = dataplane::context_of(packet);
  in_.resize(context.ipv4_length);
  if (!dataplane::copy_out(packet, context.ipv4_offset, in_)) return Outcome::kDhcpTruncated;
  const bool from_client = context.reason == Outcome::kPuntDhcpRequest;
  // A server on this machine may leave its checksums to hardware that is not there (docs/decisions/0002).
  const auto datagram = parse_datagram(in_, from_client ? Checksums::kWhole : Checksums::kOrPseudoHeader);
  if (!datagram) return datagram.error();
  if (from_client) return from_softwire(*datagram, context);
  return from_server(*datagram, context, now);
}

Outcome SoftwireTransport::from_softwire(const UdpDatagram& datagram,
                                         const dataplane::FrameContext& context) {
  const Subscriber subscriber{context.outer_source, context.outer_destination};
  const bool unicast = !datagram.endpoints.destination.is_broadcast();
  // Whose address it is decides; the port does not, because 68 is in nobody's set (RFC 7596 section 6.2).
  if (!datagram.endpoints.source.is_unspecified() && !owns(subscriber.address, datagram.endpoints.source)) {
    return Outcome::kDhcpSourceNotOwned;
  }
  if (datagram.payload.size() >= sizeof(Header)) {
    const Ipv4Address ciaddr = reinterpret_cast<const Header*>(datagram.payload.data())->ciaddr;
    if (!ciaddr.is_unspecified() && !owns(subscriber.address, ciaddr)) return Outcome::kDhcpSourceNotOwned;
  }
  const Relay::ToServers relayed = relay_.from_client(datagram.payload, subscriber, unicast);
  if (relayed.outcome != Outcome::kDhcpRelayed) return relayed.outcome;
  dataplane::FrameContext down{};
  down.received_at = context.received_at;
  down.side = Side::kIpv4;
  bool sent_to_all = true;
  for (const Ipv4Address server : options_.relay.servers) {
    const UdpEndpoints endpoints{options_.relay.address, kDhcpServerPort, server, kDhcpServerPort};
    sent_to_all = inject(endpoints, relayed.message, down) && sent_to_all;
  }
  if (!sent_to_all) return Outcome::kDhcpInjectFull;
  // Whether the store keeps it or not: the server has been told.
  options_.leases->keep(
      options_.leases->from_client(*MessageView::parse(datagram.payload), subscriber.address), [](bool) {});
  return Outcome::kDhcpRelayed;
}

bool SoftwireTransport::owns(const Ipv6Address& subscriber, Ipv4Address address) const {
  for (const Lease* lease : options_.leases->book().of_subscriber(subscriber)) {
    if (lease->binding.ipv4 == address) return true;
  }
  return table_.owns(subscriber, address);
}

std::optional<Outcome> SoftwireTransport::from_server(const UdpDatagram& datagram,
                                                      const dataplane::FrameContext& context, WallTime now) {
  const Ipv4Address server = datagram.endpoints.source;
  const Relay::ToClient relayed =
      relay_.from_server(datagram.payload, server, datagram.endpoints.source_port);
  if (relayed.outcome != Outcome::kDhcpDelivered) return relayed.outcome;
  if (sizeof(Ipv6Header) + kDatagramHeaderBytes + relayed.message.size() > options_.ipv6_mtu) {
    return Outcome::kDhcpTooBig;
  }
  Answer answer{relayed.subscriber,
                relayed.destination,
                {relayed.message.begin(), relayed.message.end()},
                context.received_at,
                relayed.outcome};
  auto change =
      options_.leases->from_server(*MessageView::parse(datagram.payload), relayed.subscriber, server, now);
  if (!change) return change.error();
  return send_when_kept(std::move(*change), std::move(answer));
}

// A client must not hear of a lease that a crash could undo.
std::optional<Outcome> SoftwireTransport::send_when_kept(LeaseChange change, Answer answer) {
  if (!change.end && !change.grant) return send(answer);
  if (waiting_ == kMostWaiting) return Outcome::kDhcpInjectFull;
  ++waiting_;
  options_.leases->keep(std::move(change),
                        [self = std::weak_ptr(self_), answer = std::move(answer)](bool kept) {
                          const auto alive = self.lock();
                          if (alive == nullptr) return;
                          SoftwireTransport& transport = **alive;
                          --transport.waiting_;
                          transport.outcomes_.add(kept ? transport.send(answer) : Outcome::kDhcpLeaseNotKept);
                        });
  return std::nullopt;
}

Outcome SoftwireTransport::send(const Answer& answer) {
  dataplane::FrameContext down{};
  down.received_at = answer.received_at;
  down.side = Side::kIpv6;
  down.outer_source = answer.subscriber.br;
  down.outer_destination = answer.subscriber.address;
  const UdpEndpoints endpoints{options_.relay.address, kDhcpServerPort, answer.destination, kDhcpClientPort};
  return inject(endpoints, answer.message, down) ? answer.outcome : Outcome::kDhcpInjectFull;
}

bool SoftwireTransport::inject(const UdpEndpoints& endpoints, Octets message,
                               const dataplane::FrameContext& context) {
  out_.resize(kDatagramHeaderBytes + message.size());
  write_datagram(endpoints, message, out_);
  dataplane::Mbuf* packet = dataplane::make_packet(pool_, out_);
  if (packet == nullptr) return false;
  dataplane::context_of(*packet) = context;
  if (channel_.inject(*packet)) return true;
  rte_pktmbuf_free(packet);
  return false;
}

}  // namespace softwire::controlplane::dhcp

// SPDX-License-Identifier: BSD-3-Clause
// Where on a packet's way its outcome is met, for people: in the order in which the stages follow each other.
#pragma once

#include <cstdint>

#include "softwire/outcome.h"

namespace softwire {

enum class Stage : std::uint8_t {
  kFrame,
  kHeaders,
  kReassembly,
  kDhcp,
  kNeighbor,
  kIcmp,
  kSource,
  kDestination,
  kRewrite,
  kOut,
  kRelayClient,
  kRelayServer,
  kServer,
};

// No default: an outcome without a place does not compile.
constexpr Stage stage_of(Outcome outcome) {
  switch (outcome) {
    case Outcome::kIngressFilter:
    case Outcome::kFrameTruncated:
    case Outcome::kForeignMac:
    case Outcome::kForeignVlan:
    case Outcome::kUnknownEtherType:
      return Stage::kFrame;
    case Outcome::kIpv6Truncated:
    case Outcome::kIpv6Version:
    case Outcome::kIpv6ExtensionHeaders:
    case Outcome::kIpv6NotSoftwire:
    case Outcome::kIpv4Truncated:
    case Outcome::kIpv4Version:
    case Outcome::kIpv4HeaderLength:
    case Outcome::kIpv4Checksum:
    case Outcome::kIpv4SourceRoute:
    case Outcome::kLinkBroadcast:
      return Stage::kHeaders;
    case Outcome::kFragmentJoined:
    case Outcome::kFragmentInvalid:
    case Outcome::kFragmentDuplicate:
    case Outcome::kFragmentOverlap:
    case Outcome::kFragmentExcess:
    case Outcome::kReassemblyFull:
    case Outcome::kReassemblyTimeout:
      return Stage::kReassembly;
    case Outcome::kPuntDhcpRequest:
    case Outcome::kPuntDhcpReply:
    case Outcome::kPuntDhcpv6:
    case Outcome::kPuntDhcpOverIpv6:
    case Outcome::kPuntDhcpTranslated:
    case Outcome::kDhcpMartian:
    case Outcome::kDhcpTranslated:
    case Outcome::kNotFromDhcpServer:
    case Outcome::kPuntRate:
    case Outcome::kPuntSubscriberRate:
    case Outcome::kPuntQueueFull:
      return Stage::kDhcp;
    case Outcome::kNotOurBr:
    case Outcome::kIpv4Martian:
    case Outcome::kTransportTruncated:
    case Outcome::kProtocolNoPort:
    case Outcome::kIcmpType:
    case Outcome::kNoBindingSource:
    case Outcome::kWrongB4:
    case Outcome::kWrongBr:
    case Outcome::kEcnNotCapable:
    case Outcome::kWrongCe:
    case Outcome::kWrongDmr:
      return Stage::kSource;
    case Outcome::kToDhcpClientPort:
    case Outcome::kIpv4Local:
    case Outcome::kIpv4Destination:
    case Outcome::kNoBindingDestination:
      return Stage::kDestination;
    case Outcome::kIpv4Ttl:
    case Outcome::kTooBigForIpv6:
    case Outcome::kTooBigForIpv4:
    case Outcome::kNoBufferRoom:
    case Outcome::kNoBuffer:
    case Outcome::kIcmpNotTranslated:
    case Outcome::kIcmpFragment:
    case Outcome::kUdpWithoutChecksum:
    case Outcome::kProtocolNotTranslated:
      return Stage::kRewrite;
    case Outcome::kArpHandled:
    case Outcome::kArpInvalid:
    case Outcome::kArpNotOurs:
    case Outcome::kNdHandled:
    case Outcome::kNdInvalid:
    case Outcome::kNdNotOurs:
    case Outcome::kNeighborConflict:
      return Stage::kNeighbor;
    case Outcome::kEchoHandled:
    case Outcome::kTunnelErrorHandled:
    case Outcome::kIcmpNotAccepted:
    case Outcome::kIcmpChecksum:
    case Outcome::kIcmpQuote:
    case Outcome::kIcmpQuoteTruncated:
    case Outcome::kIcmpQuoteFragment:
    case Outcome::kIcmpv6TooBig:
    case Outcome::kIcmpv6Type:
      return Stage::kIcmp;
    case Outcome::kEncapsulated:
    case Outcome::kDecapsulated:
    case Outcome::kHairpinned:
    case Outcome::kInjectedIpv4:
    case Outcome::kInjectedSoftwire:
    case Outcome::kInjectedIpv6:
    case Outcome::kFragment:
    case Outcome::kEgressFilter:
    case Outcome::kIcmpv4Error:
    case Outcome::kIcmpv4ErrorSoftwire:
    case Outcome::kIcmpv6Error:
    case Outcome::kIcmpv4EchoReply:
    case Outcome::kIcmpv4EchoReplySoftwire:
    case Outcome::kIcmpv6EchoReply:
    case Outcome::kArpRequest:
    case Outcome::kArpReply:
    case Outcome::kNdSolicitation:
    case Outcome::kNdAdvertisement:
    case Outcome::kNeighborQueueFull:
    case Outcome::kNeighborUnresolved:
    case Outcome::kTranslatedToIpv4:
    case Outcome::kTranslatedToIpv6:
      return Stage::kOut;
    case Outcome::kDhcpRelayed:
    case Outcome::kDhcpTruncated:
    case Outcome::kDhcpChecksum:
    case Outcome::kDhcpCookie:
    case Outcome::kDhcpOp:
    case Outcome::kDhcpHardwareLength:
    case Outcome::kDhcpOptions:
    case Outcome::kDhcpMessageType:
    case Outcome::kDhcpHops:
    case Outcome::kDhcpOption82Present:
    case Outcome::kDhcpOwnGiaddr:
    case Outcome::kDhcpForeignGiaddr:
    case Outcome::kDhcpNoRoom:
    case Outcome::kDhcpSourceNotOwned:
    case Outcome::kDhcpUnauthorised:
    case Outcome::kDhcpInformRefused:
    case Outcome::kDhcpClientLimit:
    case Outcome::kDhcpGrantLimit:
    case Outcome::kDhcp6Answered:
    case Outcome::kDhcp6UnknownRelay:
    case Outcome::kDhcp6Malformed:
    case Outcome::kDhcp6Hops:
    case Outcome::kDhcp6MessageType:
    case Outcome::kDhcp6ServerId:
    case Outcome::kDhcp6Ia:
    case Outcome::kDhcp6Dhcpv4Message:
      return Stage::kRelayClient;
    case Outcome::kDhcpDelivered:
    case Outcome::kDhcpUnknownServer:
    case Outcome::kDhcpGiaddr:
    case Outcome::kDhcpNoOption82:
    case Outcome::kDhcpOption82:
    case Outcome::kDhcpClientAddress:
    case Outcome::kDhcpBrAddress:
    case Outcome::kDhcpTooBig:
    case Outcome::kDhcpInjectFull:
    case Outcome::kDhcpNotAwaited:
    case Outcome::kDhcp6RelayReply:
    case Outcome::kDhcp6TooBig:
    case Outcome::kDhcpLeaseConflict:
    case Outcome::kDhcpLeaseNotAllowed:
    case Outcome::kDhcpLeaseLimit:
    case Outcome::kDhcpLeaseNotKept:
      return Stage::kRelayServer;
    case Outcome::kDhcpAnswered:
    case Outcome::kDhcpReleased:
    case Outcome::kDhcpDeclined:
    case Outcome::kDhcpNoAddress:
    case Outcome::kDhcpPortSetNotAsked:
    case Outcome::kDhcpOffersFull:
    case Outcome::kDhcpNotOurs:
    case Outcome::kDhcpNoLease:
      return Stage::kServer;
  }
  return Stage::kFrame;
}

}  // namespace softwire

// SPDX-License-Identifier: BSD-3-Clause
// The rows of the outcome table. outcome.h explains the columns and makes the enum from them.
#pragma once

// X(enumerator, name, counted_by, disposition, egress_side, origin, stage, error_to_sender, help, source)
// clang-format off
#define SOFTWIRE_OUTCOMES(X)                                                                                  \
  X(kEncapsulated, "sent-encapsulated", kDataplane, kSent, kIpv6, kReceived, kOut, kNone,                     \
    "IPv4 packet sent into its softwire", "RFC 7596 6.2")                                                     \
  X(kDecapsulated, "sent-decapsulated", kDataplane, kSent, kIpv4, kReceived, kOut, kNone,                     \
    "IPv4 packet decapsulated and sent to the IPv4 side", "RFC 7596 6.2")                                     \
  X(kTranslatedToIpv6, "sent-translated-to-ipv6", kDataplane, kSent, kIpv6, kReceived, kOut, kNone,           \
    "IPv4 packet translated and sent to its MAP-T CE", "RFC 7599 8.4")                                        \
  X(kHairpinned, "sent-hairpinned", kDataplane, kSent, kIpv6, kReceived, kOut, kNone,                         \
    "IPv4 packet from one softwire sent into another", "RFC 7596 6.2")                                        \
  X(kTranslatedToIpv4, "sent-translated-to-ipv4", kDataplane, kSent, kIpv4, kReceived, kOut, kNone,           \
    "IPv6 packet of a MAP-T CE translated and sent to the IPv4 side", "RFC 7599 8.3")                         \
  X(kInjectedIpv4, "sent-injected-ipv4", kDataplane, kSent, kIpv4, kControlPlane, kOut, kNone,                \
    "packet of the control plane sent to the IPv4 side", "RFC 1542 4.1")                                      \
  X(kInjectedSoftwire, "sent-injected-softwire", kDataplane, kSent, kIpv6, kControlPlane, kOut, kNone,        \
    "packet of the control plane sent into a softwire", "draft-ietf-dhc-v4configuration-06 5.1")              \
  X(kInjectedIpv6, "sent-injected-ipv6", kDataplane, kSent, kIpv6, kControlPlane, kOut, kNone,                \
    "IPv6 packet of the control plane sent to the IPv6 side", "RFC 8415 19.2")                                \
  X(kFragment, "sent-fragment", kDataplane, kSent, kAny, kHub, kOut, kNone,                                   \
    "second or later fragment of a packet that the hub fragmented; the first counts as the packet",           \
    "RFC 2473 7.2, RFC 791 3.2")                                                                              \
  X(kIcmpv4Error, "sent-icmpv4-error", kDataplane, kSent, kIpv4, kHub, kOut, kNone,                           \
    "ICMPv4 error of the hub sent to the IPv4 side", "RFC 1812 4.3")                                          \
  X(kIcmpv4ErrorSoftwire, "sent-icmpv4-error-softwire", kDataplane, kSent, kIpv6, kHub, kOut, kNone,          \
    "ICMPv4 error of the hub sent into a softwire", "RFC 1812 4.3")                                           \
  X(kIcmpv6Error, "sent-icmpv6-error", kDataplane, kSent, kIpv6, kHub, kOut, kNone,                           \
    "ICMPv6 error of the hub sent to a B4", "RFC 7596 6.2, 9")                                                \
  X(kIcmpv4EchoReply, "sent-icmpv4-echo-reply", kDataplane, kSent, kIpv4, kHub, kOut, kNone,                  \
    "ICMPv4 echo reply of the hub sent to the IPv4 side", "RFC 1122 3.2.2.6")                                 \
  X(kIcmpv4EchoReplySoftwire, "sent-icmpv4-echo-reply-softwire", kDataplane, kSent, kIpv6, kHub, kOut, kNone, \
    "ICMPv4 echo reply of the hub sent into a softwire", "RFC 1122 3.2.2.6")                                  \
  X(kIcmpv6EchoReply, "sent-icmpv6-echo-reply", kDataplane, kSent, kIpv6, kHub, kOut, kNone,                  \
    "ICMPv6 echo reply of the hub", "RFC 4443 4.2")                                                           \
  X(kArpRequest, "sent-arp-request", kDataplane, kSent, kIpv4, kHub, kOut, kNone,                             \
    "ARP request for the MAC address of the IPv4 gateway", "RFC 826")                                         \
  X(kArpReply, "sent-arp-reply", kDataplane, kSent, kIpv4, kHub, kOut, kNone,                                 \
    "ARP reply for an IPv4 address of the hub, or for a bound address (proxy ARP)", "RFC 826, RFC 1027")      \
  X(kNdSolicitation, "sent-nd-solicitation", kDataplane, kSent, kIpv6, kHub, kOut, kNone,                     \
    "Neighbor Solicitation for the MAC address of the IPv6 gateway", "RFC 4861 7.2.2")                        \
  X(kNdAdvertisement, "sent-nd-advertisement", kDataplane, kSent, kIpv6, kHub, kOut, kNone,                   \
    "Neighbor Advertisement for an IPv6 address of the hub", "RFC 4861 7.2.4")                                \
  X(kArpAnnouncement, "sent-arp-announcement", kDataplane, kSent, kIpv4, kHub, kOut, kNone,                   \
    "ARP announcement of an IPv4 address of the hub that another station claims", "RFC 5227 2.4")             \
  X(kNdAnnouncement, "sent-nd-announcement", kDataplane, kSent, kIpv6, kHub, kOut, kNone,                     \
    "unsolicited Neighbor Advertisement of an IPv6 address of the hub that another station claims",           \
    "RFC 4861 7.2.6")                                                                                         \
  X(kPuntDhcpRequest, "punt-dhcp-request", kDataplane, kPunted, kNone, kReceived, kDhcp, kNone,               \
    "DHCPv4 message from a softwire handed to the relay", "draft-ietf-dhc-v4configuration-06 5.1 (1)")        \
  X(kPuntDhcpReply, "punt-dhcp-reply", kDataplane, kPunted, kNone, kReceived, kDhcp, kNone,                   \
    "DHCPv4 message from a server handed to the relay", "RFC 1542 4.1.2")                                     \
  X(kPuntDhcpv6, "punt-dhcpv6", kDataplane, kPunted, kNone, kReceived, kDhcp, kNone,                          \
    "DHCPv6 message to the hub handed to the control plane", "RFC 8415 7")                                    \
  X(kPuntDhcpOverIpv6, "punt-dhcp-over-ipv6", kDataplane, kPunted, kNone, kReceived, kDhcp, kNone,            \
    "DHCPv4 message in UDP over IPv6 to the hub handed to the relay", "draft-ietf-dhc-dhcpv4-over-ipv6")      \
  X(kPuntDhcpTranslated, "punt-dhcp-translated", kDataplane, kPunted, kNone, kReceived, kDhcp, kNone,         \
    "DHCPv4 message of a MAP-T CE, translated, handed to the relay",                                          \
    "draft-ietf-dhc-v4configuration-06 5.1 (1)")                                                              \
  X(kIngressFilter, "drop-ingress-filter", kDataplane, kDropped, kNone, kReceived, kFrame, kNone,             \
    "frame that the ingress-filter of its side does not match", "")                                           \
  X(kEgressFilter, "drop-egress-filter", kDataplane, kDropped, kNone, kReceived, kOut, kNone,                 \
    "frame that the egress-filter of the side on which it leaves does not match", "")                         \
  X(kEchoHandled, "handled-echo", kDataplane, kHandled, kNone, kReceived, kIcmp, kNone,                       \
    "ICMPv4 or ICMPv6 echo to an address of the hub itself", "RFC 1122 3.2.2.6, RFC 4443 4.1")                \
  X(kTunnelErrorHandled, "handled-tunnel-error", kDataplane, kHandled, kNone, kReceived, kIcmp, kNone,        \
    "ICMPv6 error about a softwire packet of the hub; the IPv4 sender is told, within the rate limit; or an " \
    "ICMP error from or to a MAP-T CE beyond that limit",                                                     \
    "RFC 2473 8.3, RFC 4443 2.4 (f)")                                                                         \
  X(kFrameTruncated, "drop-frame-truncated", kDataplane, kDropped, kNone, kReceived, kFrame, kNone,           \
    "frame shorter than its Ethernet header or VLAN tag", "IEEE 802.3")                                       \
  X(kForeignMac, "drop-foreign-mac", kDataplane, kDropped, kNone, kReceived, kFrame, kNone,                   \
    "frame for another station's MAC address", "IEEE 802.3")                                                  \
  X(kForeignVlan, "drop-foreign-vlan", kDataplane, kDropped, kNone, kReceived, kFrame, kNone,                 \
    "frame whose VLAN is not that of its side, or a tagged frame on an untagged side", "IEEE 802.1Q")         \
  X(kUnknownEtherType, "drop-unknown-ethertype", kDataplane, kDropped, kNone, kReceived, kFrame, kNone,       \
    "Ethernet type other than IPv4 or ARP on the IPv4 side, or other than IPv6 on the IPv6 side",             \
    "RFC 894, RFC 2464")                                                                                      \
  X(kIpv4Truncated, "drop-ipv4-truncated", kDataplane, kDropped, kNone, kReceived, kHeaders, kNone,           \
    "IPv4 header or packet is longer than the frame or the outer IPv6 packet that contains it",               \
    "RFC 791 3.1")                                                                                            \
  X(kIpv4Version, "drop-ipv4-version", kDataplane, kDropped, kNone, kReceived, kHeaders, kNone,               \
    "version field of an IPv4 packet is not 4", "RFC 1122 3.2.1.1")                                           \
  X(kIpv4HeaderLength, "drop-ipv4-header-length", kDataplane, kDropped, kNone, kReceived, kHeaders, kNone,    \
    "header length below 20 octets, or above the total length", "RFC 791 3.1")                                \
  X(kIpv4Checksum, "drop-ipv4-checksum", kDataplane, kDropped, kNone, kReceived, kHeaders, kNone,             \
    "IPv4 header checksum is wrong", "RFC 1122 3.2.1.2")                                                      \
  X(kIpv4Martian, "drop-ipv4-martian", kDataplane, kDropped, kNone, kReceived, kSource, kNone,                \
    "IPv4 source that no packet may carry here: 0.0.0.0/8 outside DHCP, 127.0.0.0/8, 169.254.0.0/16, "        \
    "224.0.0.0/3, or an address of the hub",                                                                  \
    "RFC 1812 5.3.7, RFC 3927 7, draft-ietf-dhc-v4configuration-06 5.1 (1)")                                  \
  X(kIpv4Spoofed, "drop-ipv4-spoofed", kDataplane, kDropped, kNone, kReceived, kSource, kNone,                \
    "packet from the IPv4 side whose source is the address of a binding or rule: with hairpinning no "        \
    "packet of a subscriber comes from there",                                                                \
    "RFC 2827")                                                                                               \
  X(kIpv4Destination, "drop-ipv4-destination", kDataplane, kDropped, kNone, kReceived, kDestination, kNone,   \
    "IPv4 destination that is not forwarded: 0.0.0.0/8, 127.0.0.0/8, 169.254.0.0/16 or 224.0.0.0/3",          \
    "RFC 1812 5.3.7, RFC 3927 7")                                                                             \
  X(kIpv4Local, "drop-ipv4-local", kDataplane, kDropped, kNone, kReceived, kDestination, kNone,               \
    "packet to an IPv4 address of the hub itself that is no message the hub serves", "RFC 1122 3.2.1.3")      \
  X(kLinkBroadcast, "drop-link-broadcast", kDataplane, kDropped, kNone, kReceived, kHeaders, kNone,           \
    "packet to one host in a frame to a broadcast or multicast MAC address", "RFC 1812 5.3.4")                \
  X(kIpv4SourceRoute, "drop-ipv4-source-route", kDataplane, kDropped, kNone, kReceived, kHeaders, kNone,      \
    "IPv4 option that lets the sender choose the route (loose or strict source route)",                       \
    "RFC 7126 4.3, 4.4")                                                                                      \
  X(kIpv4Ttl, "drop-ipv4-ttl", kDataplane, kDropped, kNone, kReceived, kRewrite, kTimeExceeded,               \
    "time to live would reach zero", "RFC 1812 5.3.1")                                                        \
  X(kTransportTruncated, "drop-transport-truncated", kDataplane, kDropped, kNone, kReceived, kSource, kNone,  \
    "packet ends before the ports or the ICMP identifier", "RFC 768, RFC 9293, RFC 792")                      \
  X(kProtocolNoPort, "drop-protocol-no-port", kDataplane, kDropped, kNone, kReceived, kSource, kNone,         \
    "packet of a protocol without ports, from or to a shared address", "RFC 7597 5.1")                        \
  X(kIcmpType, "drop-icmp-type", kDataplane, kDropped, kNone, kReceived, kSource, kNone,                      \
    "ICMPv4 message that is neither echo nor an error, from or to a shared address", "RFC 7596 8.1")          \
  X(kIcmpNotAccepted, "drop-icmp-not-accepted", kDataplane, kDropped, kNone, kReceived, kIcmp, kNone,         \
    "inbound ICMPv4 to a subscriber, or ICMPv6 error about a softwire packet, while accept-icmp is off",      \
    "RFC 8676")                                                                                               \
  X(kIcmpChecksum, "drop-icmp-checksum", kDataplane, kDropped, kNone, kReceived, kIcmp, kNone,                \
    "checksum of an ICMP message, or of the IPv4 header that it quotes, is wrong",                            \
    "RFC 5508 REQ-3, RFC 4443 2.3")                                                                           \
  X(kIcmpQuote, "drop-icmp-quote", kDataplane, kDropped, kNone, kReceived, kIcmp, kNone,                      \
    "ICMP error that quotes another ICMP error, or a packet that its receiver did not send",                  \
    "RFC 7596 8.1, RFC 2473 8")                                                                               \
  X(kIcmpQuoteTruncated, "drop-icmp-quote-truncated", kDataplane, kDropped, kNone, kReceived, kIcmp, kNone,   \
    "ICMP error that ends before the ports of the packet that it quotes", "RFC 5508 REQ-3")                   \
  X(kIcmpQuoteFragment, "drop-icmp-quote-fragment", kDataplane, kDropped, kNone, kReceived, kIcmp, kNone,     \
    "ICMP error that quotes a fragment other than the first: its ports are not known",                        \
    "RFC 7596 8.1, RFC 1122 3.2.2")                                                                           \
  X(kAnswerRate, "drop-answer-rate", kDataplane, kDropped, kNone, kReceived, kIcmp, kNone,                    \
    "echo request, ARP request or Neighbor Solicitation beyond answer-source-rate of its source",             \
    "RFC 1812 4.3.2.8")                                                                                       \
  X(kIcmpv6TooBig, "drop-icmpv6-too-big", kDataplane, kDropped, kNone, kReceived, kIcmp, kNone,               \
    "Packet Too Big that the IPv4 sender cannot use: its packet may be fragmented, or the MTU is below 1280", \
    "RFC 2473 8.3, RFC 8201 4")                                                                               \
  X(kIcmpv6Type, "drop-icmpv6-type", kDataplane, kDropped, kNone, kReceived, kIcmp, kNone,                    \
    "ICMPv6 message to the hub of a type or code that the hub does not process", "RFC 4443 2.1")              \
  X(kIcmpNotTranslated, "drop-icmp-not-translated", kDataplane, kDropped, kNone, kReceived, kRewrite, kNone,  \
    "ICMP message from or to a MAP-T CE that has no equivalent in the other version of IP",                   \
    "RFC 7915 4.2, 5.2")                                                                                      \
  X(kIcmpFragment, "drop-icmp-fragment", kDataplane, kDropped, kNone, kReceived, kRewrite, kNone,             \
    "fragment of an ICMP message from or to a MAP-T CE: the checksum covers the whole message",               \
    "RFC 7915 4.2, 5.2")                                                                                      \
  X(kUdpWithoutChecksum, "drop-udp-without-checksum", kDataplane, kDropped, kNone, kReceived, kRewrite, kNone,\
    "first fragment of a UDP datagram without checksum to a MAP-T CE: IPv6 requires a checksum",              \
    "RFC 7915 4.5")                                                                                           \
  X(kProtocolNotTranslated, "drop-protocol-not-translated", kDataplane, kDropped, kNone, kReceived, kRewrite, kNone,\
    "packet from or to a MAP-T CE whose protocol number has another meaning in the other version of IP",      \
    "RFC 7915 4.1, 5.1")                                                                                      \
  X(kWrongCe, "drop-wrong-ce", kDataplane, kDropped, kNone, kReceived, kSource, kNone,                        \
    "IPv6 source is not the address of the MAP-T CE that has this IPv4 address and port", "RFC 7599 8.3")     \
  X(kWrongDmr, "drop-wrong-dmr", kDataplane, kDropped, kNone, kReceived, kSource, kNone,                      \
    "IPv6 destination is in a DMR, but not in the DMR of the source's rule", "RFC 7599 8.3")                  \
  X(kIpv6Truncated, "drop-ipv6-truncated", kDataplane, kDropped, kNone, kReceived, kHeaders, kNone,           \
    "IPv6 header, extension header or packet is longer than the frame", "RFC 8200 3")                         \
  X(kIpv6Version, "drop-ipv6-version", kDataplane, kDropped, kNone, kReceived, kHeaders, kNone,               \
    "version field of an IPv6 packet is not 6", "RFC 8200 3")                                                 \
  X(kIpv6ExtensionHeaders, "drop-ipv6-extension-headers", kDataplane, kDropped, kNone, kReceived, kHeaders, kNone,\
    "more than 4 extension headers, or one that the hub must not skip", "RFC 8200 4")                         \
  X(kIpv6NotSoftwire, "drop-ipv6-not-softwire", kDataplane, kDropped, kNone, kReceived, kHeaders, kNone,      \
    "IPv6 packet that carries neither IPv4 nor an ICMPv6 message to the hub", "RFC 2473 3")                   \
  X(kNotOurBr, "drop-not-our-br", kDataplane, kDropped, kNone, kReceived, kSource, kNone,                     \
    "outer destination is not a BR address of the hub", "RFC 2473 3.2")                                       \
  X(kNoBindingSource, "drop-no-binding-source", kDataplane, kDropped, kNone, kReceived, kSource, kSourcePolicy,\
    "inner source address and port belong to no binding", "RFC 7596 6.2")                                     \
  X(kWrongB4, "drop-wrong-b4", kDataplane, kDropped, kNone, kReceived, kSource, kSourcePolicy,                \
    "inner source belongs to another subscriber than the outer source", "RFC 7596 6.2")                       \
  X(kWrongBr, "drop-wrong-br", kDataplane, kDropped, kNone, kReceived, kSource, kSourcePolicy,                \
    "outer destination is a BR address, but not the one of the binding", "RFC 7596 6.2")                      \
  X(kEcnNotCapable, "drop-ecn-not-capable", kDataplane, kDropped, kNone, kReceived, kSource, kNone,           \
    "outer header has a congestion mark that the inner packet cannot carry", "RFC 6040 4.2")                  \
  X(kNoBindingDestination, "drop-no-binding-destination", kDataplane, kDropped, kNone, kReceived, kDestination, kHostUnreachable,\
    "IPv4 destination address and port belong to no binding", "RFC 7596 6.2")                                 \
  X(kTooBigForIpv6, "drop-too-big-for-ipv6", kDataplane, kDropped, kNone, kReceived, kRewrite, kTooBigForIpv6,\
    "packet with its outer header is longer than the IPv6 MTU, and must not be fragmented", "RFC 2473 7.2")   \
  X(kTooBigForIpv4, "drop-too-big-for-ipv4", kDataplane, kDropped, kNone, kReceived, kRewrite, kTooBigForIpv4,\
    "packet is longer than the IPv4 MTU, and must not be fragmented", "RFC 1812 5.2.6")                       \
  X(kNoBufferRoom, "drop-no-buffer-room", kDataplane, kDropped, kNone, kReceived, kRewrite, kNone,            \
    "packet buffer has no room for the new header, or its headers lie in too many segments", "")              \
  X(kFragmentJoined, "joined-fragment", kDataplane, kHandled, kNone, kReceived, kReassembly, kNone,           \
    "fragment that became part of a reassembled packet; of its n fragments, n - 1 count here",                \
    "RFC 8200 4.5, RFC 791 3.2")                                                                              \
  X(kFragmentInvalid, "drop-fragment-invalid", kDataplane, kDropped, kNone, kReceived, kReassembly, kNone,    \
    "fragment that is empty, ends beyond octet 65535, or is not the last and not a multiple of 8 octets "     \
    "long",                                                                                                   \
    "RFC 8200 4.5, RFC 791 3.2")                                                                              \
  X(kFragmentDuplicate, "drop-fragment-duplicate", kDataplane, kDropped, kNone, kReceived, kReassembly, kNone,\
    "fragment that was received before", "RFC 8200 4.5")                                                      \
  X(kFragmentOverlap, "drop-fragment-overlap", kDataplane, kDropped, kNone, kReceived, kReassembly, kNone,    \
    "fragment of a packet whose fragments overlap, or disagree about their octets or its length",             \
    "RFC 5722 4, RFC 8200 4.5")                                                                               \
  X(kFragmentExcess, "drop-fragment-excess", kDataplane, kDropped, kNone, kReceived, kReassembly, kNone,      \
    "fragment of a packet that has more fragments than reassembly-fragments allows", "")                      \
  X(kReassemblyFull, "drop-reassembly-full", kDataplane, kDropped, kNone, kReceived, kReassembly, kNone,      \
    "fragment of a packet that makes room when reassembly-datagrams packets or as many buffers wait: the "    \
    "oldest of the source that holds the most beyond its share, else the oldest of all; with 0, every "       \
    "fragment",                                                                                               \
    "")                                                                                                       \
  X(kReassemblySource, "drop-reassembly-source", kDataplane, kDropped, kNone, kReceived, kReassembly, kNone,  \
    "fragment of the oldest packet of a source of which more than reassembly-source-datagrams packets wait",  \
    "")                                                                                                       \
  X(kFragmentStranger, "drop-fragment-stranger", kDataplane, kDropped, kNone, kReceived, kReassembly, kNone,  \
    "fragment for a softwire whose outer source is in no binding and no rule, and which cannot be DHCP",      \
    "RFC 7596 6.2")                                                                                           \
  X(kReassemblyTimeout, "drop-reassembly-timeout", kDataplane, kDropped, kNone, kReceived, kReassembly, kNone,\
    "fragment whose packet was not complete within reassembly-timeout", "RFC 8200 4.5, RFC 791 3.2")          \
  X(kNoBuffer, "drop-no-buffer", kDataplane, kDropped, kNone, kReceived, kRewrite, kNone,                     \
    "no packet buffer is free for the fragments of the packet, for the answer to it, or for an ARP or "       \
    "Neighbor Discovery message of the hub; or there is no room in front of the packet",                      \
    "")                                                                                                       \
  X(kArpHandled, "handled-arp", kDataplane, kHandled, kNone, kReceived, kNeighbor, kNone,                     \
    "ARP packet that the hub answered, or that gave information about the gateway", "RFC 826")                \
  X(kArpInvalid, "drop-arp-invalid", kDataplane, kDropped, kNone, kReceived, kNeighbor, kNone,                \
    "ARP packet that is truncated, not for IPv4 over Ethernet, or from an address that no station can have",  \
    "RFC 826, RFC 1812 3.3.2")                                                                                \
  X(kArpNotOurs, "drop-arp-not-ours", kDataplane, kDropped, kNone, kReceived, kNeighbor, kNone,               \
    "ARP packet that is neither a request that the hub answers nor from its gateway", "RFC 826")              \
  X(kNdHandled, "handled-nd", kDataplane, kHandled, kNone, kReceived, kNeighbor, kNone,                       \
    "Neighbor Discovery message that the hub answered, or that gave information about the gateway",           \
    "RFC 4861 7.2")                                                                                           \
  X(kNdInvalid, "drop-nd-invalid", kDataplane, kDropped, kNone, kReceived, kNeighbor, kNone,                  \
    "Neighbor Discovery message with an invalid hop limit, checksum, code, length, option or address",        \
    "RFC 4861 7.1, RFC 6980 5")                                                                               \
  X(kNdNotOurs, "drop-nd-not-ours", kDataplane, kDropped, kNone, kReceived, kNeighbor, kNone,                 \
    "Neighbor Discovery message that is neither for an address of the hub nor about its gateway",             \
    "RFC 4861 7.2")                                                                                           \
  X(kNeighborConflict, "drop-neighbor-conflict", kDataplane, kDropped, kNone, kReceived, kNeighbor, kNone,    \
    "another station claims an address of the hub itself", "RFC 5227 2.4, RFC 4862 5.4.4")                    \
  X(kNeighborQueueFull, "drop-neighbor-queue-full", kDataplane, kDropped, kNone, kReceived, kOut, kNone,      \
    "oldest packet that waits for the MAC address of the gateway, when the queue is full", "RFC 4861 7.2.2")  \
  X(kNeighborUnresolved, "drop-neighbor-unresolved", kDataplane, kDropped, kNone, kReceived, kOut, kNone,     \
    "gateway did not answer while the packet waited for its MAC address", "RFC 4861 7.2.2")                   \
  X(kDhcpMartian, "drop-dhcp-martian", kDataplane, kDropped, kNone, kReceived, kDhcp, kNone,                  \
    "packet from 0.0.0.0 to the DHCP server port, but not from port 68 to 255.255.255.255",                   \
    "draft-ietf-dhc-v4configuration-06 5.1 (1)")                                                              \
  X(kDhcpTranslated, "drop-dhcp-translated", kDataplane, kDropped, kNone, kReceived, kDhcp, kNone,            \
    "packet of a MAP-T CE to port 67 of an address that the relay serves, but not from port 68: no CE may "   \
    "be a relay",                                                                                             \
    "RFC 3046 5")                                                                                             \
  X(kNotFromDhcpServer, "drop-dhcp-not-server", kDataplane, kDropped, kNone, kReceived, kDhcp, kNone,         \
    "packet from the IPv4 side to port 67 of the relay, but not from port 67 of a configured server",         \
    "RFC 1542 4.1.2")                                                                                         \
  X(kToDhcpClientPort, "drop-dhcp-client-port", kDataplane, kDropped, kNone, kReceived, kDestination, kNone,  \
    "packet to UDP port 68 of an address of the hub, or of 255.255.255.255", "RFC 1542 4.1")                  \
  X(kPuntRate, "drop-punt-rate", kDataplane, kDropped, kNone, kReceived, kDhcp, kNone,                        \
    "packet above the rate limit of packets to the control plane", "RFC 7596 9")                              \
  X(kPuntSubscriberRate, "drop-punt-subscriber-rate", kDataplane, kDropped, kNone, kReceived, kDhcp, kNone,   \
    "packet above the rate limit of one subscriber's packets to the control plane", "RFC 7596 9")             \
  X(kPuntQueueFull, "drop-punt-queue-full", kDataplane, kDropped, kNone, kReceived, kDhcp, kNone,             \
    "queue to the control plane is full", "")                                                                 \
  X(kDhcpRelayed, "dhcp-relayed", kDhcp, kHandled, kNone, kReceived, kRelayClient, kNone,                     \
    "client message forwarded to every server", "RFC 1542 4.1.1")                                             \
  X(kDhcpDelivered, "dhcp-delivered", kDhcp, kHandled, kNone, kReceived, kRelayServer, kNone,                 \
    "server message sent to its client", "RFC 1542 4.1.2")                                                    \
  X(kDhcpTruncated, "drop-dhcp-truncated", kDhcp, kDropped, kNone, kReceived, kRelayClient, kNone,            \
    "not a complete UDP datagram over IPv4, or shorter than the fixed header and cookie (240 octets)",        \
    "RFC 2131 2")                                                                                             \
  X(kDhcpChecksum, "drop-dhcp-checksum", kDhcp, kDropped, kNone, kReceived, kRelayClient, kNone,              \
    "checksum of the IPv4 header or of the UDP datagram is wrong", "RFC 1122 4.1.3.4")                        \
  X(kDhcpCookie, "drop-dhcp-cookie", kDhcp, kDropped, kNone, kReceived, kRelayClient, kNone,                  \
    "magic cookie 63825363 is missing", "RFC 2131 3")                                                         \
  X(kDhcpOp, "drop-dhcp-op", kDhcp, kDropped, kNone, kReceived, kRelayClient, kNone,                          \
    "op is not BOOTREQUEST from a client, or not BOOTREPLY from a server", "RFC 1542 4.1")                    \
  X(kDhcpHardwareLength, "drop-dhcp-hardware-length", kDhcp, kDropped, kNone, kReceived, kRelayClient, kNone, \
    "hlen above 16", "RFC 2131 2")                                                                            \
  X(kDhcpOptions, "drop-dhcp-options", kDhcp, kDropped, kNone, kReceived, kRelayClient, kNone,                \
    "option runs past its field, End is missing, or option overload or an option that the server uses is "    \
    "malformed",                                                                                              \
    "RFC 2131 4.1")                                                                                           \
  X(kDhcpMessageType, "drop-dhcp-message-type", kDhcp, kDropped, kNone, kReceived, kRelayClient, kNone,       \
    "option 53 is missing, repeated, malformed, or of a type that is not valid in this direction",            \
    "RFC 2131 3")                                                                                             \
  X(kDhcpHops, "drop-dhcp-hops", kDhcp, kDropped, kNone, kReceived, kRelayClient, kNone,                      \
    "hops above the limit", "RFC 1542 4.1.1")                                                                 \
  X(kDhcpOption82Present, "drop-dhcp-option82-present", kDhcp, kDropped, kNone, kReceived, kRelayClient, kNone,\
    "client message that already has a relay agent option", "RFC 3046 2.1")                                   \
  X(kDhcpOwnGiaddr, "drop-dhcp-own-giaddr", kDhcp, kDropped, kNone, kReceived, kRelayClient, kNone,           \
    "client message with giaddr set to the relay's address", "RFC 3046 2.1.1")                                \
  X(kDhcpForeignGiaddr, "drop-dhcp-foreign-giaddr", kDhcp, kDropped, kNone, kReceived, kRelayClient, kNone,   \
    "client message with giaddr already set: the answer could not be routed", "RFC 3046 2.1.1")               \
  X(kDhcpNoRoom, "drop-dhcp-no-room", kDhcp, kDropped, kNone, kReceived, kRelayClient, kNone,                 \
    "no room for option 82 within the MTU of the IPv4 side", "RFC 3046 2.1")                                  \
  X(kDhcpSourceNotOwned, "drop-dhcp-source-not-owned", kDhcp, kDropped, kNone, kReceived, kRelayClient, kNone,\
    "IPv4 source, ciaddr, or the lease in a DECLINE or RELEASE does not belong to the subscriber",            \
    "RFC 7596 6.2")                                                                                           \
  X(kDhcpUnauthorised, "drop-dhcp-unauthorised", kDhcp, kDropped, kNone, kReceived, kRelayClient, kNone,      \
    "subscriber is not allowed to use DHCP", "draft-ietf-dhc-v4configuration-06 5.1")                         \
  X(kDhcpUnknownServer, "drop-dhcp-unknown-server", kDhcp, kDropped, kNone, kReceived, kRelayServer, kNone,   \
    "server message that is not from port 67 of a configured server", "RFC 1542 4.1.2")                       \
  X(kDhcpGiaddr, "drop-dhcp-giaddr", kDhcp, kDropped, kNone, kReceived, kRelayServer, kNone,                  \
    "server message whose giaddr is not the relay's address", "RFC 1542 4.1.2")                               \
  X(kDhcpNoOption82, "drop-dhcp-no-option82", kDhcp, kDropped, kNone, kReceived, kRelayServer, kNone,         \
    "server message without option 82: the client's softwire is not known", "RFC 3046 2.2")                   \
  X(kDhcpOption82, "drop-dhcp-option82", kDhcp, kDropped, kNone, kReceived, kRelayServer, kNone,              \
    "option 82 of a server message is malformed or repeated", "RFC 3046 2.0")                                 \
  X(kDhcpClientAddress, "drop-dhcp-client-address", kDhcp, kDropped, kNone, kReceived, kRelayServer, kNone,   \
    "sub-option with the client's IPv6 address is missing, repeated, not 16 octets, or not a client's "       \
    "address",                                                                                                \
    "draft-ietf-dhc-v4configuration-06 5.1 (2)")                                                              \
  X(kDhcpBrAddress, "drop-dhcp-br-address", kDhcp, kDropped, kNone, kReceived, kRelayServer, kNone,           \
    "BR address to answer from is not known, or no longer an address of the hub", "RFC 2473 3.1")             \
  X(kDhcpTooBig, "drop-dhcp-too-big", kDhcp, kDropped, kNone, kReceived, kRelayServer, kNone,                 \
    "server message does not fit the softwire's MTU", "RFC 2473 7.2")                                         \
  X(kDhcpInjectFull, "drop-dhcp-inject-full", kDhcp, kDropped, kNone, kReceived, kRelayServer, kNone,         \
    "queue to the dataplane is full, or no packet buffer is free", "")                                        \
  X(kDhcpNotAwaited, "drop-dhcp-not-awaited", kDhcp, kDropped, kNone, kReceived, kRelayServer, kNone,         \
    "server message sent directly to a client that neither sent an INFORM nor has a whole address",           \
    "RFC 2131 4.3.5")                                                                                         \
  X(kDhcpInformRefused, "drop-dhcp-inform-refused", kDhcp, kDropped, kNone, kReceived, kRelayClient, kNone,   \
    "too many INFORMs wait for an answer, or one of another subscriber is the same", "")                      \
  X(kDhcp6Answered, "dhcp6-answered", kDhcp, kHandled, kNone, kReceived, kRelayClient, kNone,                 \
    "DHCPv6 message answered", "RFC 8415 18.3")                                                               \
  X(kDhcp6UnknownRelay, "drop-dhcp6-unknown-relay", kDhcp, kDropped, kNone, kReceived, kRelayClient, kNone,   \
    "RELAY-FORW from an address that no dhcp-over-ipv6.relay matches", "RFC 8415 22")                         \
  X(kDhcp6Malformed, "drop-dhcp6-malformed", kDhcp, kDropped, kNone, kReceived, kRelayClient, kNone,          \
    "DHCPv6 message is shorter than its header, an option runs past its end, or its relay options are "       \
    "malformed",                                                                                              \
    "RFC 8415 16")                                                                                            \
  X(kDhcp6Hops, "drop-dhcp6-hops", kDhcp, kDropped, kNone, kReceived, kRelayClient, kNone,                    \
    "DHCPv6 message that passed more relays than the hop-count limit allows", "RFC 8415 19.1.2")              \
  X(kDhcp6MessageType, "drop-dhcp6-message-type", kDhcp, kDropped, kNone, kReceived, kRelayClient, kNone,     \
    "DHCPv6 message of a type that the hub does not serve", "RFC 8415 16")                                    \
  X(kDhcp6ServerId, "drop-dhcp6-server-id", kDhcp, kDropped, kNone, kReceived, kRelayClient, kNone,           \
    "INFORMATION-REQUEST that names another server", "RFC 8415 16.12")                                        \
  X(kDhcp6Ia, "drop-dhcp6-ia", kDhcp, kDropped, kNone, kReceived, kRelayClient, kNone,                        \
    "INFORMATION-REQUEST with an IA option", "RFC 8415 16.12")                                                \
  X(kDhcp6Dhcpv4Message, "drop-dhcp6-dhcpv4-message", kDhcp, kDropped, kNone, kReceived, kRelayClient, kNone, \
    "DHCPV4-QUERY or DHCPV4-RESPONSE without exactly one DHCPv4 message", "RFC 7341 8")                       \
  X(kDhcp6RelayReply, "drop-dhcp6-relay-reply", kDhcp, kDropped, kNone, kReceived, kRelayServer, kNone,       \
    "RELAY-REPL of a 4o6 server that does not identify the subscriber", "RFC 8415 19.2")                      \
  X(kDhcp6TooBig, "drop-dhcp6-too-big", kDhcp, kDropped, kNone, kReceived, kRelayServer, kNone,               \
    "DHCPv6 answer is longer than a UDP datagram, or the interface-ids of its relays are too long to store",  \
    "RFC 768")                                                                                                \
  X(kDhcpLeaseConflict, "drop-dhcp-lease-conflict", kDhcp, kDropped, kNone, kReceived, kRelayServer, kNone,   \
    "server leased an address and ports that belong to another softwire", "RFC 7596 6.1")                     \
  X(kDhcpLeaseNotAllowed, "drop-dhcp-lease-not-allowed", kDhcp, kDropped, kNone, kReceived, kRelayServer, kNone,\
    "server leased an address, or ports of it, that no lease pool allows", "RFC 7596 6.1")                    \
  X(kDhcpLeaseLimit, "drop-dhcp-lease-limit", kDhcp, kDropped, kNone, kReceived, kRelayServer, kNone,         \
    "softwire already has the maximum number of leases", "RFC 7785 3")                                        \
  X(kDhcpClientLimit, "drop-dhcp-client-limit", kDhcp, kDropped, kNone, kReceived, kRelayClient, kNone,       \
    "client asks for a lease, but its subscriber already has the maximum number: no server is asked",         \
    "RFC 7785 3")                                                                                             \
  X(kDhcpGrantLimit, "drop-dhcp-grant-limit", kDhcp, kDropped, kNone, kReceived, kRelayClient, kNone,         \
    "client asks for a lease, but its subscriber already got the maximum number of new ones within the hour", \
    "RFC 7785 3")                                                                                             \
  X(kDhcpClientRate, "drop-dhcp-client-rate", kDhcp, kDropped, kNone, kReceived, kRelayClient, kNone,         \
    "message above the rate limit of one client behind a DHCPv6 relay (dhcp-relay.subscriber-rate)", "")      \
  X(kDhcpServerRate, "drop-dhcp-server-rate", kDhcp, kDropped, kNone, kReceived, kRelayClient, kNone,         \
    "message above the rate limit towards servers (dhcp-relay.server-rate)", "")                              \
  X(kDhcpLeaseNotKept, "drop-dhcp-lease-not-kept", kDhcp, kDropped, kNone, kReceived, kRelayServer, kNone,    \
    "lease could not be stored, so the client does not get it", "RFC 7596 6.1")                               \
  X(kDhcpAnswered, "dhcp-answered", kDhcp, kHandled, kNone, kReceived, kServer, kNone,                        \
    "client message answered by the embedded server with OFFER, ACK or NAK", "RFC 2131 4.3")                  \
  X(kDhcpReleased, "dhcp-released", kDhcp, kHandled, kNone, kReceived, kServer, kNone,                        \
    "client gave back a lease of the embedded server", "RFC 2131 4.3.4")                                      \
  X(kDhcpDeclined, "dhcp-declined", kDhcp, kHandled, kNone, kReceived, kServer, kNone,                        \
    "client found its new address in use: the embedded server does not assign it for a while",                \
    "RFC 2131 4.3.3")                                                                                         \
  X(kDhcpNoAddress, "drop-dhcp-no-address", kDhcp, kDropped, kNone, kReceived, kServer, kNone,                \
    "no address, or address and PSID, is free for the client", "RFC 2131 4.3.1")                              \
  X(kDhcpPortSetNotAsked, "drop-dhcp-port-set-not-asked", kDhcp, kDropped, kNone, kReceived, kServer, kNone,  \
    "all pools share addresses, and the client does not ask for option 159", "RFC 7618 8")                    \
  X(kDhcpOffersFull, "drop-dhcp-offers-full", kDhcp, kDropped, kNone, kReceived, kServer, kNone,              \
    "embedded server has no room for another offer, or for another grant that is not stored yet", "")         \
  X(kDhcpNotOurs, "drop-dhcp-not-ours", kDhcp, kDropped, kNone, kReceived, kServer, kNone,                    \
    "client addresses another server: option 54 is not the embedded server's address", "RFC 2131 4.3.2")      \
  X(kDhcpNoLease, "drop-dhcp-no-lease", kDhcp, kDropped, kNone, kReceived, kServer, kNone,                    \
    "client message about a lease that the embedded server does not know", "RFC 2131 4.3.2")
// clang-format on

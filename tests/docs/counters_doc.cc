// Prints docs/counters.md: every outcome, where on a packet's way it is met.
#include <array>
#include <cstdio>
#include <string>
#include <string_view>

#include "dataplane/ports/port_counters.h"
#include "softwire/outcome.h"

namespace softwire {
namespace {

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
};

struct StageText {
  Stage stage;
  std::string_view title;
  std::string_view what;
};

constexpr std::array<StageText, 12> kStages = {{
    {Stage::kFrame, "Frame", "A frame comes in: filter, MAC address, VLAN, Ethernet type."},
    {Stage::kHeaders, "Headers", "The IPv6 and IPv4 headers are read; nothing is believed."},
    {Stage::kReassembly, "Reassembly", "Fragments wait for the rest of their packet."},
    {Stage::kDhcp, "DHCP",
     "What is the relay's is handed to the control plane, before anything is validated."},
    {Stage::kNeighbor, "Neighbours", "ARP and Neighbor Discovery."},
    {Stage::kIcmp, "ICMP", "What is for the hub itself, and errors about packets that have passed it."},
    {Stage::kSource, "Source", "May this come from there? From a softwire: the binding of the inner source."},
    {Stage::kDestination, "Destination", "Where to: a softwire, the IPv4 side, or nowhere."},
    {Stage::kRewrite, "Rewrite", "Time to live, size, and the new header."},
    {Stage::kOut, "Out", "The frame leaves."},
    {Stage::kRelayClient, "Relay, from clients",
     "The control plane's account of a punted message of a client; what both kinds have in common too."},
    {Stage::kRelayServer, "Relay, from servers", "The control plane's account of a punted server message."},
}};

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
    case Outcome::kDhcpMartian:
    case Outcome::kNotFromDhcpServer:
    case Outcome::kPuntRate:
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
    case Outcome::kDhcpTranslated:
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
      return Stage::kRelayServer;
  }
  return Stage::kFrame;
}

constexpr std::string_view kDiagram = R"(```
 frame in          control plane          frame out
    |                 ^     |                 ^
    v                 |     v                 |
 [Frame] -> [Headers] -> [Reassembly]         |
                             |                |
                             v                |
                          [DHCP] --punt--> [Relay]
                             |                | injected
                             v                |
                          [ICMP]              |
                             |                |
                             v                v
                         [Source] -> [Destination] -> [Rewrite] -> [Out]
```
)";

std::string_view fate_of(Disposition disposition) {
  switch (disposition) {
    case Disposition::kSent:
      return "sent";
    case Disposition::kPunted:
      return "to the control plane";
    case Disposition::kDropped:
      return "dropped";
    case Disposition::kHandled:
      return "done";
  }
  return "";
}

void print(std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
}

void print_stage(const StageText& stage) {
  print("\n## " + std::string(stage.title) + "\n\n" + std::string(stage.what) + "\n\n");
  print("| counter | what becomes of the packet | when | source |\n|---|---|---|---|\n");
  for (std::size_t i = 0; i < kOutcomeCount; ++i) {
    if (stage_of(static_cast<Outcome>(i)) != stage.stage) continue;
    const OutcomeInfo& outcome = kOutcomes[i];
    print("| `" + std::string(outcome.name) + "` | " + std::string(fate_of(outcome.disposition)) + " | " +
          std::string(outcome.help) + " | " + std::string(outcome.source) + " |\n");
  }
}

}  // namespace
}  // namespace softwire

int main() {
  using softwire::print;
  print(
      "# Counters\n\n"
      "Every packet that comes in, and every packet that the hub makes, ends with exactly one of these. They "
      "are\n"
      "the rows of include/softwire/outcome.h; this page is printed from there by "
      "`build/tests/counters_doc`.\n\n");
  print(softwire::kDiagram);
  for (const auto& stage : softwire::kStages) softwire::print_stage(stage);
  print(
      "\n## Ports\n\n"
      "What `softwired` counts of each port, `port-ipv4-` or `port-ipv6-` in front of the name. These "
      "packets have\n"
      "no outcome, because the engine has never seen them, or one, because it has sent them.\n\n"
      "| counter | frames that |\n|---|---|\n");
  for (const auto& counter : softwire::dataplane::kPortCounterInfos) {
    print("| `" + std::string(counter.name) + "` | " + std::string(counter.help) + " |\n");
  }
}

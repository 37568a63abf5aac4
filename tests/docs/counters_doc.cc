// SPDX-License-Identifier: BSD-3-Clause
// Prints docs/counters.md: every outcome, by the stage of the packet path that decides it.
#include <array>
#include <cstdio>
#include <string>
#include <string_view>

#include "dataplane/counters/port_counters.h"
#include "softwire/outcome.h"

namespace softwire {
namespace {

struct StageText {
  Stage stage;
  std::string_view title;
  std::string_view what;
};

constexpr std::array<StageText, 13> kStages = {{
    {Stage::kFrame, "Frame", "Checks of a received frame: filter, MAC address, VLAN, Ethernet type."},
    {Stage::kHeaders, "Headers", "Checks of the IPv6 and IPv4 headers."},
    {Stage::kReassembly, "Reassembly", "Fragments wait for the rest of their packet."},
    {Stage::kDhcp, "DHCP", "DHCP messages go to the control plane, before the source is validated."},
    {Stage::kNeighbor, "Neighbours", "ARP and Neighbor Discovery."},
    {Stage::kIcmp, "ICMP",
     "ICMP messages to the hub itself, and ICMP errors about packets that it forwarded."},
    {Stage::kSource, "Source",
     "Validation of the source. For a packet from a softwire, the binding of the inner source decides."},
    {Stage::kDestination, "Destination", "Look-up of the destination: a softwire, the IPv4 side, or none."},
    {Stage::kRewrite, "Rewrite", "Time to live, size, and the new header."},
    {Stage::kOut, "Out", "The frame leaves."},
    {Stage::kRelayClient, "Relay, from clients",
     "Client messages in the control plane. Some of these outcomes also count server messages."},
    {Stage::kRelayServer, "Relay, from servers", "Server messages in the control plane."},
    {Stage::kServer, "Server", "Client messages in the embedded DHCPv4 server."},
}};

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
  print("| counter | disposition | when | source |\n|---|---|---|---|\n");
  for (std::size_t i = 0; i < kOutcomeCount; ++i) {
    if (kOutcomes[i].stage != stage.stage) continue;
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
      "Each packet that the hub receives or makes has exactly one of these outcomes in the end.\n"
      "This page is printed from include/softwire/outcome_table.h by `build/tests/counters_doc`.\n\n");
  print(softwire::kDiagram);
  for (const auto& stage : softwire::kStages) softwire::print_stage(stage);
  print(
      "\n## Ports\n\n"
      "Counters of each port, with `port-ipv4-` or `port-ipv6-` in front of the name. A frame that is lost "
      "before the\n"
      "engine receives it has no outcome. A frame that is lost after the engine has sent it has a `sent-` "
      "outcome.\n\n"
      "| counter | meaning |\n|---|---|\n");
  for (const auto& counter : softwire::dataplane::kPortCounterInfos) {
    print("| `" + std::string(counter.name) + "` | " + std::string(counter.help) + " |\n");
  }
}

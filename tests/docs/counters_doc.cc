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
    {Stage::kFrame, "Frame", "A frame comes in: filter, MAC address, VLAN, Ethernet type."},
    {Stage::kHeaders, "Headers", "The IPv6 and IPv4 headers are read and checked."},
    {Stage::kReassembly, "Reassembly", "Fragments wait for the rest of their packet."},
    {Stage::kDhcp, "DHCP", "DHCP messages go to the control plane, before the source is validated."},
    {Stage::kNeighbor, "Neighbours", "ARP and Neighbor Discovery."},
    {Stage::kIcmp, "ICMP",
     "ICMP messages to the hub itself, and ICMP errors about packets that it forwarded."},
    {Stage::kSource, "Source",
     "The source is validated; for a packet from a softwire, by the binding of the inner source."},
    {Stage::kDestination, "Destination", "The destination is looked up: a softwire, the IPv4 side, or none."},
    {Stage::kRewrite, "Rewrite", "Time to live, size, and the new header."},
    {Stage::kOut, "Out", "The frame leaves."},
    {Stage::kRelayClient, "Relay, from clients",
     "What the control plane does with a client message, and outcomes that server messages share."},
    {Stage::kRelayServer, "Relay, from servers", "What the control plane does with a server message."},
    {Stage::kServer, "Server", "What the embedded DHCPv4 server does with a client message."},
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
  print("| counter | what becomes of the packet | when | source |\n|---|---|---|---|\n");
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
      "Each packet that the hub receives, and each packet that it makes, ends with exactly one of these "
      "outcomes.\n"
      "This page is printed from include/softwire/outcome_table.h by `build/tests/counters_doc`.\n\n");
  print(softwire::kDiagram);
  for (const auto& stage : softwire::kStages) softwire::print_stage(stage);
  print(
      "\n## Ports\n\n"
      "What `softwired` counts for each port, with `port-ipv4-` or `port-ipv6-` in front of the name. A "
      "frame that is\n"
      "lost before the engine receives it has no outcome. A frame that is lost after the engine has sent it "
      "has a\n"
      "`sent-` outcome.\n\n"
      "| counter | what it counts |\n|---|---|\n");
  for (const auto& counter : softwire::dataplane::kPortCounterInfos) {
    print("| `" + std::string(counter.name) + "` | " + std::string(counter.help) + " |\n");
  }
}

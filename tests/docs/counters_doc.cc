// SPDX-License-Identifier: BSD-3-Clause
// Prints docs/counters.md: every outcome, where on a packet's way it is met.
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
    {Stage::kServer, "Server", "The embedded DHCPv4 server's account of a message of a client."},
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

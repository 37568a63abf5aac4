// SPDX-License-Identifier: BSD-3-Clause
// The commands show ports and show workers: how packets reach the workers, and how busy these are.
#include <algorithm>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "tools/ctl/families.h"
#include "tools/ctl/format.h"
#include "tools/ctl/load_cells.h"
#include "tools/ctl/table.h"

namespace softwire::ctl {

namespace {

// Returns the counters that are not 0: "receive-missed 3, transmit-errors 1".
std::string losses_of(const Json& port) {
  std::string text;
  for (const auto& [name, value] : list_of(port, "counters").items()) {
    if (value == 0) continue;
    text += (text.empty() ? "" : ", ") + name + " " + value.dump();
  }
  return text;
}

// Prints the statistics of the driver that are not 0.
void show_driver(Invocation& invocation, const Json& port) {
  if (!port.contains("driver")) return;
  Table table({{"STATISTIC OF THE DRIVER (" + text_of(port, "side") + ")"}, right("VALUE")});
  for (const auto& [name, value] : list_of(port, "driver").items()) {
    if (value != 0) table.add({name, value.dump()});
  }
  invocation.out() << "\n" << table.take(invocation.style());
}

void show_ports(Invocation& invocation, const Json& result) {
  Table table(
      {{"SIDE"}, {"DEVICE"}, {"MAC"}, {"LINK"}, right("MBIT/S"), {"PROMISCUOUS"}, {"SPREAD BY"}, {"LOSSES"}});
  for (const Json& port : list_of(result, "ports")) {
    const std::string link = text_of(port, "link");
    const std::string losses = losses_of(port);
    table.add({text_of(port, "side"),
               text_of(port, "device"),
               text_of(port, "mac"),
               {link == "up" ? link : link + ": " + text_of(port, "fault"),
                link == "up" ? Look::kGood : Look::kBad},
               text_of(port, "megabits"),
               port.value("promiscuous", false) ? "yes" : "no",
               text_of(port, "spread"),
               {losses.empty() ? "none" : losses, losses.empty() ? Look::kPlain : Look::kWarning}});
  }
  invocation.out() << table.take(invocation.style());
  for (const Json& port : list_of(result, "ports")) show_driver(invocation, port);
}

CommandResult<Done> run_show_ports(Invocation& invocation) {
  const auto result = invocation.call("ports.list", {{"extended", invocation.has("extended")}});
  if (!result) return result.error();
  if (invocation.json()) {
    invocation.print(list_of(*result, "ports"));
  } else {
    show_ports(invocation, *result);
  }
  return Done{};
}

void show_workers(Invocation& invocation, const Json& result) {
  std::vector<Column> columns{right("NUMBER"), right("PROCESSOR")};
  std::ranges::move(load_columns(), std::back_inserter(columns));
  for (const char* name : {"RECEIVED", "SENT", "DROPPED", "PUNTED", "HELD"}) columns.push_back(right(name));
  Table table(std::move(columns));
  for (const Json& worker : list_of(result, "workers")) {
    std::vector<Cell> row{text_of(worker, "number"), text_of(worker, "processor")};
    add_load_cells(row, worker);
    for (const char* key : {"received", "sent", "dropped", "punted", "held"}) {
      row.emplace_back(human_if(invocation.has("human"), number_of(worker, key)));
    }
    table.add(std::move(row));
  }
  invocation.out() << table.take(invocation.style());
}

CommandResult<Done> run_show_workers(Invocation& invocation) {
  const auto result = invocation.call("workers.list");
  if (!result) return result.error();
  if (invocation.json()) {
    invocation.print(list_of(*result, "workers"));
  } else {
    show_workers(invocation, *result);
  }
  return Done{};
}

}  // namespace

void add_port_commands(Commands& commands) {
  commands.push_back(
      {.name = "show ports",
       .summary = "shows the ports, their links, and the frames that they lost",
       .inputs = {flag("extended", "also the statistics of the drivers that are not 0")},
       .details =
           "The names of these statistics are those of the driver of DPDK. --json prints the zeros too.",
       .run = &run_show_ports});
  commands.push_back(
      {.name = "show workers",
       .summary = "shows the workers: how busy each is, and the numbers of packets that it has processed",
       .inputs = {flag("human", "numbers with three digits and a prefix, such as 1.23 M")},
       .details =
           "BUSY, CYCLES/PACKET and BURST are of the latest second. BUSY is the part of the time in "
           "which the worker had packets. BURST is the mean number of packets that it received at once, "
           "64 at most; it grows with the load. QUEUE is how full the fuller receive queue was at most "
           "in the latest second; - if the driver cannot tell. docs/deploy.md explains them.",
       .run = &run_show_workers});
}

}  // namespace softwire::ctl

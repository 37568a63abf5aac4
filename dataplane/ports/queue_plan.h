// SPDX-License-Identifier: BSD-3-Clause
// Decides how many queues of a port are used, and how its frames reach the workers.
#pragma once

#include <cstdint>
#include <string_view>

struct rte_eth_dev_info;

namespace softwire::dataplane {

// How the frames that a port receives are spread over the workers. Every way keeps the order of a flow, and
// the fragments of a packet together.
enum class Spread : std::uint8_t {
  kOneWorker,  // there is only one
  kCard,       // the card hashes addresses (receive side scaling), and has a queue for each worker
  kKernel,     // the kernel hashes addresses, and has a queue for each worker
  kWorkers,    // one worker takes all frames, and hands each one to its worker by a hash of addresses
};
// Returns "one worker", "card", "kernel" or "workers".
[[nodiscard]] std::string_view to_text(Spread spread);
// Returns a sentence for an operator, without a full stop.
[[nodiscard]] std::string_view sentence_of(Spread spread);

// What the configuration asks for.
enum class WantedSpread : std::uint8_t {
  kAuto,     // by the card where it reports that it can
  kWorkers,  // never by the card, because it does not do what it reports
};

struct QueueNeeds {
  unsigned workers = 1;
  bool ipv4 = true;             // the port receives IPv4 packets
  bool ipv6 = true;             // the port receives IPv6 packets
  bool kernel_spreads = false;  // frames come from the kernel, which fills each queue that is opened
  bool queue_pairs = false;     // the other end fills a receive queue for each transmit queue
  WantedSpread wanted = WantedSpread::kAuto;
};

struct QueuePlan {
  Spread spread = Spread::kOneWorker;
  std::uint16_t receive_queues = 1;
  std::uint16_t transmit_queues = 1;  // one for each worker, or one for all
  std::uint64_t hashed = 0;           // fields for receive side scaling, RTE_ETH_RSS_*; 0: off
};

// Returns the plan for a device with these capabilities. Requires: the device has at least one queue in each
// direction.
[[nodiscard]] QueuePlan plan_queues(const rte_eth_dev_info& device, const QueueNeeds& needs);

}  // namespace softwire::dataplane

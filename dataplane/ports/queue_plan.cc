// SPDX-License-Identifier: BSD-3-Clause
#include "dataplane/ports/queue_plan.h"

#include <rte_ethdev.h>

#include <optional>

namespace softwire::dataplane {

namespace {

// The fields that a card may hash for one version of IP.
struct HashFields {
  std::uint64_t addresses;  // addresses of every packet
  std::uint64_t fragments;  // addresses of fragments
  std::uint64_t whole;  // what all packets but fragments need, where the card distinguishes their protocols
  std::uint64_t whole_extra;  // protocols that not every such card knows
};

constexpr HashFields kIpv4Fields{
    RTE_ETH_RSS_IPV4, RTE_ETH_RSS_FRAG_IPV4,
    RTE_ETH_RSS_NONFRAG_IPV4_TCP | RTE_ETH_RSS_NONFRAG_IPV4_UDP | RTE_ETH_RSS_NONFRAG_IPV4_OTHER,
    RTE_ETH_RSS_NONFRAG_IPV4_SCTP};
constexpr HashFields kIpv6Fields{
    RTE_ETH_RSS_IPV6, RTE_ETH_RSS_FRAG_IPV6,
    RTE_ETH_RSS_NONFRAG_IPV6_TCP | RTE_ETH_RSS_NONFRAG_IPV6_UDP | RTE_ETH_RSS_NONFRAG_IPV6_OTHER,
    RTE_ETH_RSS_NONFRAG_IPV6_SCTP};

// Returns the fields to ask for, or nullopt when the card cannot spread all packets of this version.
// Addresses alone are best. A card that hashes TCP and UDP with their ports still keeps each flow, and the
// fragments of a packet, on one queue.
std::optional<std::uint64_t> fields_for(const HashFields& version, std::uint64_t supported) {
  if ((supported & version.addresses) != 0) return version.addresses | (supported & version.fragments);
  const std::uint64_t needed = version.fragments | version.whole;
  if ((supported & needed) != needed) return std::nullopt;
  return needed | (supported & version.whole_extra);
}

// Returns the fields to ask for, or 0 when the card cannot spread all packets.
std::uint64_t hashed_fields(const rte_eth_dev_info& device, const QueueNeeds& needs) {
  std::uint64_t all = 0;
  for (const auto& [is_needed, version] :
       {std::pair{needs.ipv4, &kIpv4Fields}, std::pair{needs.ipv6, &kIpv6Fields}}) {
    if (!is_needed) continue;
    const auto fields = fields_for(*version, device.flow_type_rss_offloads);
    if (!fields) return 0;
    all |= *fields;
  }
  return all;
}

}  // namespace

std::string_view to_text(Spread spread) {
  switch (spread) {
    case Spread::kOneWorker:
      return "one worker";
    case Spread::kCard:
      return "card";
    case Spread::kKernel:
      return "kernel";
    case Spread::kWorkers:
      return "workers";
  }
  return "";
}

std::string_view sentence_of(Spread spread) {
  switch (spread) {
    case Spread::kOneWorker:
      return "one worker takes all frames";
    case Spread::kCard:
      return "the card spreads frames over the workers";
    case Spread::kKernel:
      return "the kernel spreads frames over the workers";
    case Spread::kWorkers:
      return "the port cannot spread frames over the workers, so one worker takes all and hands them to the "
             "others";
  }
  return "";
}

QueuePlan plan_queues(const rte_eth_dev_info& device, const QueueNeeds& needs) {
  QueuePlan plan;
  if (needs.workers == 1) return plan;
  const auto workers = static_cast<std::uint16_t>(needs.workers);
  // Nobody takes what the other end would put into the second receive queue of a pair.
  plan.transmit_queues = device.max_tx_queues < workers || needs.queue_pairs ? 1 : workers;
  plan.spread = Spread::kWorkers;
  if (device.max_rx_queues < workers || device.max_tx_queues < workers) return plan;
  if (needs.kernel_spreads) {
    plan.spread = Spread::kKernel;
  } else if (needs.wanted != WantedSpread::kWorkers) {
    plan.hashed = hashed_fields(device, needs);
    if (plan.hashed != 0) plan.spread = Spread::kCard;
  }
  if (plan.spread != Spread::kWorkers) plan.receive_queues = plan.transmit_queues = workers;
  return plan;
}

}  // namespace softwire::dataplane

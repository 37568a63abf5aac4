// SPDX-License-Identifier: BSD-3-Clause
#include "tools/bench/flood.h"

#include <rte_cycles.h>
#include <spdlog/fmt/fmt.h>
#include <nlohmann/json.hpp>

#include <array>
#include <cstring>
#include <memory>

#include "controlplane/dhcp/service/service.h"
#include "controlplane/lease/lease_manager.h"
#include "dataplane/pipeline/engine.h"
#include "softwire/wire.h"
#include "tools/bench/dhcp_packets.h"
#include "tools/bench/quantile.h"
#include "tools/bench/traffic.h"

namespace softwire::bench {

namespace {

using controlplane::LeaseManager;
using controlplane::dhcp::PendingReplies;
using controlplane::dhcp::Service;
using dataplane::Engine;
using dataplane::Mbuf;

constexpr unsigned kBurst = 32;
constexpr unsigned kBursts = 32;
constexpr unsigned kFrames = kBurst * kBursts;
constexpr unsigned kFrame = 64;
constexpr std::uint32_t kSubscribers = 1024;
constexpr std::size_t kMinRounds = 3;
constexpr unsigned kPassesARound = 200;

// Returns a policy with softwired's default limits.
dataplane::Policy relaying() {
  dataplane::Policy hub = policy();
  hub.dhcp_relay.enabled = true;
  hub.dhcp_relay.address = kDhcpRelay;
  hub.dhcp_relay.servers[hub.dhcp_relay.server_count++] = kDhcpServer;
  hub.punt_subscriber_rate = 20;
  hub.punt_subscriber_burst = 100;
  return hub;
}

// The order of the members is that of their construction.
class Bench {  // NOLINT(clang-analyzer-optin.performance.Padding)
 public:
  Bench(rte_mempool& pool, Traffic& traffic, dataplane::PuntChannel& channel)
      : pool_(pool),
        traffic_(traffic),
        engine_(relaying(), traffic.table(), channel, Engine::Resources{pool}),
        manager_(
            {}, [](const Binding&) { return controlplane::Occupancy::kFree; },
            [](const controlplane::LeaseChange&, const std::function<void(bool)>& done) { done(true); }),
        service_(service_options(), traffic.table(), channel, pool),
        output_(&Bench::take, nullptr),
        discover_(discover_packet()) {}

  // Returns the cycles per packet of one round. `floods`: DISCOVERs in each burst. `flooders`: subscribers
  // that send them.
  Result<double> round(unsigned floods, std::uint32_t flooders) {
    std::vector<double> passes;
    for (unsigned pass = 0; pass < kPassesARound; ++pass) {
      if (!fill(floods, flooders)) return Error{"not enough packet buffers for a measurement"};
      const std::uint64_t data = engine_.counters().outcomes[Outcome::kDecapsulated];
      const std::uint64_t start = rte_rdtsc_precise();
      for (unsigned i = 0; i < kBursts; ++i) {
        engine_.receive(Side::kIpv6, std::span(frames_).subspan(std::size_t{i} * kBurst, kBurst), now(start),
                        output_);
        engine_.send_injected(output_);
      }
      passes.push_back(static_cast<double>(rte_rdtsc_precise() - start) / kFrames);
      if (engine_.counters().outcomes[Outcome::kDecapsulated] - data !=
          std::size_t{kBursts} * (kBurst - floods)) {
        return Error{"the engine did not forward all data under the flood"};
      }
      // In softwired, the control thread has its own processor, so this is not timed.
      while (service_.poll(WallTime{}) != 0) engine_.send_injected(output_);
    }
    return quantile(std::move(passes), 0.5);
  }

  [[nodiscard]] const OutcomeCounters& outcomes() const { return engine_.counters().outcomes; }

 private:
  Service::Options service_options() {
    Service::Options options;
    options.relay.servers = {kDhcpServer};
    options.relay.address = options.address = kDhcpRelay;
    options.relay.br_addresses = {binding(0).br};
    options.leases = &manager_;
    options.pending = &pending_;
    return options;
  }

  static Instant now(std::uint64_t cycles) {
    return Instant(
        static_cast<std::int64_t>(static_cast<double>(cycles) * 1e9 / static_cast<double>(rte_get_tsc_hz())));
  }

  // Takes sent frames back, as a driver does, and frames that the engine dropped.
  static void take(void* /*bench*/, Side /*side*/, Mbuf** frames, std::uint16_t count) {
    rte_pktmbuf_free_bulk(frames, count);
  }

  // Distributes the DISCOVERs evenly over the burst.
  bool fill(unsigned floods, std::uint32_t flooders) {
    if (rte_pktmbuf_alloc_bulk(&pool_, frames_.data(), kFrames) != 0) return false;
    for (unsigned i = 0; i < kFrames; ++i) {
      const bool is_flood = (i % kBurst + 1) * floods / kBurst != i % kBurst * floods / kBurst;
      traffic_.write_next(Side::kIpv6, kFrame, *frames_[i]);
      if (is_flood) make_discover(*frames_[i], next_flooder_++ % flooders);
    }
    return true;
  }

  // Makes a data frame into a DISCOVER: another outer source, and another inner packet.
  void make_discover(Mbuf& mbuf, std::uint32_t flooder) const {
    std::uint8_t* outer = dataplane::data_of(mbuf) + sizeof(EthernetHeader);
    Ipv6Header ipv6;
    std::memcpy(&ipv6, outer, sizeof ipv6);
    ipv6.source = binding(kSubscribers + flooder).b4;
    ipv6.payload_length = be16(static_cast<std::uint16_t>(discover_.size()));
    std::memcpy(outer, &ipv6, sizeof ipv6);
    std::memcpy(outer + sizeof ipv6, discover_.data(), discover_.size());
    mbuf.pkt_len = static_cast<std::uint32_t>(sizeof(EthernetHeader) + sizeof ipv6 + discover_.size());
    mbuf.data_len = static_cast<std::uint16_t>(mbuf.pkt_len);
  }

  rte_mempool& pool_;
  Traffic& traffic_;
  Engine engine_;
  LeaseManager manager_;
  PendingReplies pending_;
  Service service_;
  dataplane::Output output_;
  Bytes discover_;
  std::array<Mbuf*, kFrames> frames_{};
  std::uint32_t next_flooder_ = 0;
};

struct Kind {
  std::string_view from;
  std::uint32_t flooders;
};
constexpr std::array kKinds{Kind{"one subscriber", 1}, Kind{"1048576 subscribers", 1U << 20}};
constexpr std::array kFloodsInABurst{kBurst / 4, kBurst / 2, kBurst * 3 / 4};

}  // namespace

Result<FloodReport> measure_flood(rte_mempool& pool, double seconds) {
  auto traffic = Traffic::create(kSubscribers, kSubscribers);
  if (!traffic) return traffic.error();
  const auto cycles_per_second = static_cast<double>(rte_get_tsc_hz());
  FloodReport report;
  for (const Kind& kind : kKinds) {
    for (const unsigned floods : kFloodsInABurst) {
      const std::unique_ptr<dataplane::PuntChannel> channel = dataplane::PuntChannel::create();
      if (channel == nullptr) return Error{"no memory for the rings to the control plane"};
      const auto bench = std::make_unique<Bench>(pool, *traffic, *channel);
      std::vector<double> alone;
      std::vector<double> flooded;
      const std::uint64_t start = rte_rdtsc();
      while (alone.size() < kMinRounds ||
             static_cast<double>(rte_rdtsc() - start) < seconds * cycles_per_second) {
        for (auto [rounds, of_burst] : {std::pair{&alone, 0U}, std::pair{&flooded, floods}}) {
          const auto cycles = bench->round(of_burst, kind.flooders);
          if (!cycles) return cycles.error();
          rounds->push_back(*cycles);
        }
      }
      const OutcomeCounters& outcomes = bench->outcomes();
      report.push_back({kind.from, static_cast<double>(floods) / kBurst, quantile(std::move(alone), 0.5),
                        quantile(std::move(flooded), 0.5), outcomes[Outcome::kPuntDhcpRequest],
                        outcomes[Outcome::kPuntRate] + outcomes[Outcome::kPuntSubscriberRate],
                        cycles_per_second});
    }
  }
  return report;
}

std::string to_table(const FloodReport& report) {
  std::string table = fmt::format("{:<20} {:>9} {:>10} {:>12} {:>8} {:>10} {:>7}\n", "DISCOVERs from",
                                  "share", "alone ns", "flooded ns", "punted", "refused", "kept");
  for (const Flood& flood : report) {
    const double ns = 1e9 / flood.cycles_per_second;
    table += fmt::format("{:<20} {:>8.0f}% {:>10.1f} {:>12.1f} {:>8} {:>10} {:>7.2f}\n", flood.from,
                         flood.share * 100, flood.alone_cycles * ns, flood.flooded_cycles * ns, flood.punted,
                         flood.refused, flood.kept());
  }
  return table;
}

std::string to_json(const FloodReport& report) {
  auto list = nlohmann::ordered_json::array();
  for (const Flood& flood : report) {
    const double ns = 1e9 / flood.cycles_per_second;
    list.push_back({{"from", flood.from},
                    {"share", flood.share},
                    {"alone_ns_per_packet", flood.alone_cycles * ns},
                    {"flooded_ns_per_packet", flood.flooded_cycles * ns},
                    {"punted", flood.punted},
                    {"refused", flood.refused},
                    {"kept", flood.kept()}});
  }
  return list.dump(2) + "\n";
}

}  // namespace softwire::bench

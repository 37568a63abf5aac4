// SPDX-License-Identifier: BSD-3-Clause
#include "tools/bench/relay.h"

#include <spdlog/fmt/fmt.h>
#include <nlohmann/json.hpp>

#include <chrono>
#include <vector>

#include "controlplane/dhcp/service/service.h"
#include "controlplane/lease/lease_manager.h"
#include "dataplane/tables/binding_table.h"
#include "softwire/wall_time.h"
#include "tools/bench/dhcp_packets.h"

namespace softwire::bench {

namespace {

namespace dhcp = controlplane::dhcp;
using dataplane::Mbuf;
using Clock = std::chrono::steady_clock;

constexpr Ipv6Address kBr = Ipv6Address::from_host(0x20010db800ff0000, 1);
constexpr unsigned kBurst = 32;
constexpr std::size_t kSubscribers = 1024;

// A punted packet, with the data that the worker adds.
struct Punted {
  Bytes packet;
  dataplane::FrameContext context;
};

Ipv6Address subscriber(std::size_t number) {
  return Ipv6Address::from_host(0x20010db800010000 + number, 2);
}

std::vector<Punted> requests() {
  std::vector<Punted> punted;
  for (std::size_t i = 0; i < kSubscribers; ++i) {
    Punted one{discover_packet(), {}};
    one.context.outer_source = subscriber(i);
    one.context.outer_destination = kBr;
    one.context.reason = Outcome::kPuntDhcpRequest;
    punted.push_back(std::move(one));
  }
  return punted;
}

std::vector<Punted> answers() {
  std::vector<Punted> punted;
  for (std::size_t i = 0; i < kSubscribers; ++i) {
    Punted one{offer_packet(subscriber(i)), {}};
    one.context.reason = Outcome::kPuntDhcpReply;
    punted.push_back(std::move(one));
  }
  return punted;
}

class Bench {
 public:
  explicit Bench(rte_mempool& pool)
      : pool_(pool),
        table_(dataplane::BindingTable::create()),
        channel_(dataplane::PuntChannel::create()),
        manager_(
            {}, [](const Binding&) { return controlplane::Occupancy::kFree; },
            [](const controlplane::LeaseChange&, const std::function<void(bool)>& done) { done(true); }) {
    if (table_ == nullptr || channel_ == nullptr) return;
    table_->add_br(kBr);
    dhcp::Service::Options options;
    options.relay.servers = {kDhcpServer};
    options.relay.address = options.address = kDhcpRelay;
    options.relay.br_addresses = {kBr};
    options.leases = &manager_;
    options.pending = &pending_;
    service_.emplace(std::move(options), *table_, *channel_, pool_);
  }

  [[nodiscard]] bool is_ready() const { return service_.has_value(); }

  // Returns messages per second, or an error when a message is not relayed.
  Result<double> measure(const std::vector<Punted>& punted, double seconds) {
    std::uint64_t count = 0;
    std::size_t next = 0;
    const auto start = Clock::now();
    const auto end = start + std::chrono::duration<double>(seconds);
    while (Clock::now() < end) {
      for (unsigned i = 0; i < kBurst; ++i, next = (next + 1) % punted.size()) {
        Mbuf* packet = dataplane::make_packet(pool_, punted[next].packet);
        if (packet == nullptr) return Error{"no packet buffer is left"};
        dataplane::context_of(*packet) = punted[next].context;
        dataplane::context_of(*packet).ipv4_length = static_cast<std::uint16_t>(punted[next].packet.size());
        if (!channel_->punt(*packet)) return Error{"the ring to the control plane is full"};
      }
      for (unsigned handled = 0; handled < kBurst;) handled += service_->poll(WallTime{});
      for (unsigned i = 0; i < kBurst; ++i, ++count) {
        Mbuf* sent = channel_->take_injected();
        if (sent == nullptr) return Error{"a DHCP message was not relayed"};
        rte_pktmbuf_free(sent);
      }
    }
    return static_cast<double>(count) / std::chrono::duration<double>(Clock::now() - start).count();
  }

 private:
  rte_mempool& pool_;
  std::unique_ptr<dataplane::BindingTable> table_;
  std::unique_ptr<dataplane::PuntChannel> channel_;
  controlplane::LeaseManager manager_;
  dhcp::PendingReplies pending_;
  std::optional<dhcp::Service> service_;
};

}  // namespace

Result<RelayReport> measure_relay(rte_mempool& pool, double seconds) {
  Bench bench(pool);
  if (!bench.is_ready()) return Error{"no memory for the table and the rings"};
  RelayReport report;
  for (auto [place, punted] : {std::pair{&report.requests_per_second, requests()},
                               std::pair{&report.answers_per_second, answers()}}) {
    const auto rate = bench.measure(punted, seconds);
    if (!rate) return rate.error();
    *place = *rate;
  }
  return report;
}

std::string to_table(const RelayReport& report) {
  return fmt::format(
      "{:>10.0f} DHCP messages a second from softwires to a server\n"
      "{:>10.0f} DHCP messages a second from a server into softwires\n",
      report.requests_per_second, report.answers_per_second);
}

std::string to_json(const RelayReport& report) {
  return nlohmann::ordered_json{{"requests_per_second", report.requests_per_second},
                                {"answers_per_second", report.answers_per_second}}
             .dump(2) +
         "\n";
}

}  // namespace softwire::bench

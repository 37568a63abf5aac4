// SPDX-License-Identifier: BSD-3-Clause
#include "controlplane/metrics/render.h"

#include <array>
#include <charconv>
#include <cstdint>
#include <string_view>

#include "controlplane/metrics/families.h"
#include "softwire/address_text.h"
#include "softwire/outcome.h"

namespace softwire::controlplane::metrics {

namespace {

using dataplane::EngineCounters;

// A number as a label value.
class Decimal {
 public:
  explicit Decimal(std::size_t value) {
    bytes_ =
        static_cast<std::size_t>(std::to_chars(digits_.begin(), digits_.end(), value).ptr - digits_.data());
  }
  [[nodiscard]] std::string_view text() const { return {digits_.data(), bytes_}; }

 private:
  std::array<char, 24> digits_{};
  std::size_t bytes_ = 0;
};

std::string_view text_of(Side side) {
  return side == Side::kIpv4 ? "ipv4" : "ipv6";
}

constexpr std::array kSides = {Side::kIpv4, Side::kIpv6};

std::uint64_t sum_of(const OutcomeCounters& counters, std::initializer_list<Outcome> outcomes) {
  std::uint64_t sum = 0;
  for (const Outcome outcome : outcomes) sum += counters[outcome];
  return sum;
}

class Renderer {
 public:
  Renderer(const Observation& observation, Format format, std::string& out)
      : it_(observation), to_(format, out) {}

  void render() {
    one(FamilyId::kBuild, {{"version", it_.version}}, 1);
    health();
    reloads();
    traffic();
    icmp_and_fragments();
    outcomes();
    loads();
    dhcp();
    ports();
    tables();
    process();
    to_.end();
  }

 private:
  void begin(FamilyId id) { to_.begin(info(id)); }
  template <typename Value>
  void one(FamilyId id, Exposition::Labels labels, Value value) {
    begin(id);
    to_.sample(labels, value);
  }
  void one(FamilyId id, Exposition::Labels labels, int value) {
    one(id, labels, static_cast<std::uint64_t>(value));
  }

  // Writes a sample for each worker: the result of `value` for its counters.
  template <typename Value>
  void by_worker(FamilyId id, Value value) {
    begin(id);
    for (std::size_t n = 0; n < it_.hub.workers.size(); ++n) {
      to_.sample({{"worker", Decimal(n).text()}}, value(it_.hub.workers[n].counters.engine));
    }
  }

  void health() {
    one(FamilyId::kReady, {}, it_.health.is_ready() ? 1 : 0);
    begin(FamilyId::kHealth);
    for (const KnownCheck& check : it_.health.checks) {
      to_.sample({{"check", check.name}}, static_cast<std::uint64_t>(check.state));
    }
    begin(FamilyId::kHealthAge);
    for (const KnownCheck& check : it_.health.checks) {
      to_.sample({{"check", check.name}}, std::chrono::duration<double>(check.age).count());
    }
  }

  void reloads() {
    one(FamilyId::kReloadOk, {}, it_.reloads.last_succeeded ? 1 : 0);
    one(FamilyId::kReloadTime, {}, it_.reloads.last_success_time);
    one(FamilyId::kReloads, {{"result", "success"}}, it_.reloads.succeeded);
    to_.sample({{"result", "failure"}}, it_.reloads.failed);
  }

  void traffic_of(FamilyId id, dataplane::Traffic dataplane::SideTraffic::*direction,
                  std::uint64_t dataplane::Traffic::*unit) {
    begin(id);
    for (const Side side : kSides) {
      for (std::size_t n = 0; n < it_.hub.workers.size(); ++n) {
        const EngineCounters& counted = it_.hub.workers[n].counters.engine;
        to_.sample({{"side", text_of(side)}, {"worker", Decimal(n).text()}},
                   counted.side(side).*direction.*unit);
      }
    }
  }

  void traffic() {
    using Traffic = dataplane::Traffic;
    using OfSide = dataplane::SideTraffic;
    traffic_of(FamilyId::kReceivedPackets, &OfSide::received, &Traffic::packets);
    traffic_of(FamilyId::kReceivedBytes, &OfSide::received, &Traffic::bytes);
    traffic_of(FamilyId::kSentPackets, &OfSide::sent, &Traffic::packets);
    traffic_of(FamilyId::kSentBytes, &OfSide::sent, &Traffic::bytes);
    traffic_of(FamilyId::kDroppedPackets, &OfSide::dropped, &Traffic::packets);
    traffic_of(FamilyId::kDroppedBytes, &OfSide::dropped, &Traffic::bytes);
    traffic_of(FamilyId::kReassembledPackets, &OfSide::reassembled, &Traffic::packets);
    traffic_of(FamilyId::kReassembledBytes, &OfSide::reassembled, &Traffic::bytes);
  }

  void icmp_and_fragments() {
    by_worker(FamilyId::kHairpinned,
              [](const EngineCounters& c) { return c.outcomes[Outcome::kHairpinned]; });
    by_worker(FamilyId::kFragmentDrops, [](const EngineCounters& c) {
      return sum_of(c.outcomes,
                    {Outcome::kFragmentInvalid, Outcome::kFragmentDuplicate, Outcome::kFragmentOverlap,
                     Outcome::kFragmentExcess, Outcome::kFragmentStranger, Outcome::kReassemblyFull,
                     Outcome::kReassemblySource, Outcome::kReassemblyTimeout});
    });
    begin(FamilyId::kIcmpErrors);
    for (std::size_t n = 0; n < it_.hub.workers.size(); ++n) {
      const OutcomeCounters& counted = it_.hub.workers[n].counters.engine.outcomes;
      const Decimal worker(n);
      to_.sample({{"version", "4"}, {"worker", worker.text()}},
                 sum_of(counted, {Outcome::kIcmpv4Error, Outcome::kIcmpv4ErrorSoftwire}));
      to_.sample({{"version", "6"}, {"worker", worker.text()}}, counted[Outcome::kIcmpv6Error]);
    }
    by_worker(FamilyId::kIcmpErrorsSuppressed,
              [](const EngineCounters& c) { return c.icmp_errors_suppressed; });
    by_worker(FamilyId::kIcmpDrops,
              [](const EngineCounters& c) { return c.outcomes[Outcome::kIcmpNotAccepted]; });
    by_worker(FamilyId::kGenerated, [](const EngineCounters& c) { return c.generated; });
    by_worker(FamilyId::kHeld, [](const EngineCounters& c) { return c.held; });
  }

  template <typename Sample>
  static void each_outcome(CountedBy where, Sample sample) {
    for (std::size_t i = 0; i < kOutcomeCount; ++i) {
      if (kOutcomes[i].counted_by == where) sample(static_cast<Outcome>(i), kOutcomes[i]);
    }
  }

  void outcomes() {
    begin(FamilyId::kOutcomes);
    for (std::size_t n = 0; n < it_.hub.workers.size(); ++n) {
      const Decimal worker(n);
      each_outcome(CountedBy::kDataplane, [&](Outcome outcome, const OutcomeInfo& what) {
        to_.sample(
            {{"outcome", what.name}, {"disposition", to_text(what.disposition)}, {"worker", worker.text()}},
            it_.hub.workers[n].counters.engine.outcomes[outcome]);
      });
    }
    begin(FamilyId::kDhcpOutcomes);
    each_outcome(CountedBy::kDhcp, [&](Outcome outcome, const OutcomeInfo& what) {
      to_.sample({{"outcome", what.name}, {"disposition", to_text(what.disposition)}},
                 it_.hub.relay[outcome]);
    });
    begin(FamilyId::kOutcome);
    for (const OutcomeInfo& what : kOutcomes) {
      to_.sample({{"outcome", what.name},
                  {"disposition", to_text(what.disposition)},
                  {"meaning", what.help},
                  {"source", what.source}},
                 std::uint64_t{1});
    }
    begin(FamilyId::kPuntQueue);
    for (std::size_t n = 0; n < it_.hub.workers.size(); ++n) {
      to_.sample({{"worker", Decimal(n).text()}}, std::uint64_t{it_.hub.workers[n].waiting});
    }
  }

  // Writes a sample for each worker: the result of `value` for its load.
  template <typename Value>
  void load_of(FamilyId id, Value value) {
    begin(id);
    for (std::size_t n = 0; n < it_.hub.workers.size(); ++n) {
      to_.sample({{"worker", Decimal(n).text()}}, value(it_.hub.workers[n].counters.load.total));
    }
  }

  void queues(FamilyId id, std::uint64_t dataplane::QueueFill::*value) {
    begin(id);
    for (const Side side : kSides) {
      for (std::size_t n = 0; n < it_.hub.workers.size(); ++n) {
        const auto& fill = it_.hub.workers[n].counters.load.queues[static_cast<std::size_t>(side)];
        if (fill.size == 0) continue;
        const bool is_both = it_.ports.size() == 1;
        to_.sample(
            {{"side", is_both ? it_.ports.front().side : text_of(side)}, {"worker", Decimal(n).text()}},
            fill.*value);
      }
    }
  }

  void loads() {
    load_of(FamilyId::kWorkerBusy,
            [](const dataplane::Load& load) { return static_cast<double>(load.busy_nanoseconds) / 1e9; });
    load_of(FamilyId::kWorkerBursts, [](const dataplane::Load& load) { return load.bursts; });
    load_of(FamilyId::kWorkerFrames, [](const dataplane::Load& load) { return load.frames; });
    one(FamilyId::kTsc, {}, it_.tsc_hertz);
    queues(FamilyId::kQueueWaiting, &dataplane::QueueFill::frames);
    queues(FamilyId::kQueuePeak, &dataplane::QueueFill::peak);
    queues(FamilyId::kQueueSize, &dataplane::QueueFill::size);
  }

  void dhcp() {
    begin(FamilyId::kDhcpMessages);
    it_.hub.dhcp.for_each_type([&](std::string_view type, std::uint64_t received, std::uint64_t sent) {
      to_.sample({{"direction", "received"}, {"type", type}, {"transport", "softwire"}}, received);
      to_.sample({{"direction", "sent"}, {"type", type}, {"transport", "softwire"}}, sent);
    });
    begin(FamilyId::kDhcpServerMessages);
    for (const dhcp::ServerAddress& server : it_.dhcp_servers) {
      const std::string address = std::visit([](const auto& it) { return to_string(it); }, server);
      it_.hub.dhcp.for_each_type_of_server(server, [&](std::string_view type, std::uint64_t received) {
        to_.sample({{"server", address}, {"type", type}}, received);
      });
    }
  }

  template <typename Value>
  void by_port(FamilyId id, Value value) {
    begin(id);
    for (const PortObservation& port : it_.ports)
      to_.sample({{"side", port.side}}, std::uint64_t{value(port)});
  }

  void ports() {
    begin(FamilyId::kPort);
    for (const PortObservation& port : it_.ports) {
      to_.sample({{"side", port.side}, {"device", port.device}, {"mac", to_string(port.mac)}},
                 std::uint64_t{1});
    }
    by_port(FamilyId::kPortUp, [](const PortObservation& port) { return port.link.up ? 1U : 0U; });
    begin(FamilyId::kPortSpeed);
    for (const PortObservation& port : it_.ports) {
      constexpr std::uint32_t kUnknown = 0xffffffff;
      if (!port.link.up || port.link.megabits == 0 || port.link.megabits == kUnknown) continue;
      to_.sample({{"side", port.side}}, std::uint64_t{port.link.megabits} * 1'000'000 / 8);
    }
    by_port(FamilyId::kPortReceivedPackets, [](const auto& port) { return port.counters.received_packets; });
    by_port(FamilyId::kPortReceivedBytes, [](const auto& port) { return port.counters.received_bytes; });
    by_port(FamilyId::kPortSentPackets, [](const auto& port) { return port.counters.sent_packets; });
    by_port(FamilyId::kPortSentBytes, [](const auto& port) { return port.counters.sent_bytes; });
    for (std::size_t i = 0; i < dataplane::kPortCounterInfos.size(); ++i) {
      by_port(static_cast<FamilyId>(static_cast<std::size_t>(FamilyId::kPortMissed) + i),
              [i](const auto& port) { return values_of(port.counters, port.drops)[i]; });
    }
  }

  void gateways() {
    begin(FamilyId::kGatewayState);
    for (const Side side : kSides) {
      for (const dataplane::GatewayState state : dataplane::kGatewayStates) {
        const bool is_now = it_.gateways[static_cast<std::size_t>(side)].state == state;
        to_.sample({{"side", text_of(side)}, {"state", to_text(state)}}, std::uint64_t{is_now ? 1U : 0U});
      }
    }
    begin(FamilyId::kGatewayAge);
    for (const Side side : kSides) {
      const auto age = it_.gateways[static_cast<std::size_t>(side)].age;
      to_.sample({{"side", text_of(side)}}, std::chrono::duration<double>(age).count());
    }
  }

  void tables() {
    begin(FamilyId::kGatewayKnown);
    for (const Side side : kSides) {
      to_.sample({{"side", text_of(side)}},
                 std::uint64_t{it_.hub.gateway_known[static_cast<std::size_t>(side)] ? 1U : 0U});
    }
    gateways();
    one(FamilyId::kBindings, {}, std::uint64_t{it_.hub.bindings});
    one(FamilyId::kRules, {}, std::uint64_t{it_.hub.rules});
    one(FamilyId::kLeases, {}, std::uint64_t{it_.hub.leases});
    one(FamilyId::kBrAddresses, {}, std::uint64_t{it_.hub.br_addresses});
    one(FamilyId::kTableBytes, {}, std::uint64_t{it_.hub.table_bytes});
    one(FamilyId::kTableUsedBytes, {}, std::uint64_t{it_.hub.table_bytes_in_use});
    one(FamilyId::kBuffers, {{"state", "used"}}, it_.buffers_in_use);
    to_.sample({{"state", "free"}}, it_.buffers_free);
  }

  void process() {
    one(FamilyId::kCpu, {}, it_.process.cpu_seconds);
    one(FamilyId::kStart, {}, it_.process.start_time);
    one(FamilyId::kResident, {}, it_.process.resident_bytes);
    one(FamilyId::kVirtual, {}, it_.process.virtual_bytes);
    one(FamilyId::kOpenFiles, {}, it_.process.open_files);
    one(FamilyId::kMaxFiles, {}, it_.process.max_files);
  }

  const Observation& it_;
  Exposition to_;
};

}  // namespace

std::string render(const Observation& observation, Format format) {
  constexpr std::size_t kFixedBytes = 48'000;
  constexpr std::size_t kWorkerBytes = 11'000;
  std::string out;
  out.reserve(kFixedBytes + kWorkerBytes * observation.hub.workers.size());
  Renderer(observation, format, out).render();
  return out;
}

}  // namespace softwire::controlplane::metrics

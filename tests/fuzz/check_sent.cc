// SPDX-License-Identifier: BSD-3-Clause
#include "tests/fuzz/check_sent.h"

#include "softwire/wire.h"
#include "tests/fuzz/require.h"

namespace softwire::fuzz {
namespace {

using Run = testing::EngineHarness::Run;
using Owner = ReferenceTable::Owner;

bool is_icmpv6_error(const Ipv6View& packet) {
  return packet.protocol == ip_protocol::kIcmpv6 && !packet.payload.empty() && packet.payload[0] < 128;
}

Owner owner_of(const ReferenceTable& table, std::uint32_t ipv4, std::optional<Port> port) {
  const auto owner = table.owner(ipv4, port);
  require(owner.has_value());
  return *owner;
}

// The inner source and its port belong to exactly the softwire that the packet came through.
void check_source(const ReferenceTable& table, const Frame& frame, const Ipv4View& inner) {
  const auto outer = read_ipv6(packet_of(frame.octets));
  require(frame.side == Side::kIpv6 && outer.has_value());
  if (is_icmpv6_error(*outer)) return;  // a router on the way made it
  const Owner owner = owner_of(table, inner.source, inner.ports.source);
  require(owner.b4 == outer->source);
  const bool translates = owner.rule != nullptr && owner.rule->kind == RuleKind::kMapT;
  require(translates == (outer->protocol != ip_protocol::kIpv4));
  if (!translates) require(owner.br == outer->destination);
}

// The packet goes to the owner of the inner destination and its port.
void check_destination(const ReferenceTable& table, const Ipv6View& outer) {
  if (outer.protocol == ip_protocol::kIpv4) {
    const auto inner = read_ipv4(outer.payload);
    require(inner.has_value());
    const Owner owner = owner_of(table, inner->destination, inner->ports.destination);
    require(owner.b4 == outer.destination && owner.br == outer.source);
  } else {
    const Rule* const rule = table.rule_around(outer.destination);
    require(rule != nullptr && rule->kind == RuleKind::kMapT);
    require(same_prefix(rule->dmr.address, outer.source, rule->dmr.length) || is_icmpv6_error(outer));
  }
}

void check_translated_to_ipv6(const ReferenceTable& table, const Frame& frame, const Ipv6View& outer) {
  check_destination(table, outer);
  const auto packet = packet_of(frame.octets);
  const auto before = read_ipv4(packet);
  require(frame.side == Side::kIpv4 && before.has_value());
  const bool is_fragment = ((packet[6] << 8 | packet[7]) & 0x3fff) != 0;
  if (!is_fragment) {
    require(owner_of(table, before->destination, before->ports.destination).b4 == outer.destination);
  }
}

const Octets& only_first(const std::vector<Octets>& frames) {
  require(!frames.empty());
  return frames.front();
}

}  // namespace

std::uint64_t total(const OutcomeCounters& outcomes) {
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < kOutcomeCount; ++i) sum += outcomes[static_cast<Outcome>(i)];
  return sum;
}

void append(Run& to, Run&& more) {
  for (auto queues : {&Run::ipv4, &Run::ipv6}) {
    for (Octets& octets : more.*queues) (to.*queues).push_back(std::move(octets));
  }
  for (auto& punted : more.punted) to.punted.push_back(std::move(punted));
  to.outcomes += more.outcomes;
}

bool same(const Run& a, const Run& b) {
  if (a.ipv4 != b.ipv4 || a.ipv6 != b.ipv6 || a.punted.size() != b.punted.size()) return false;
  for (std::size_t i = 0; i < a.punted.size(); ++i) {
    if (a.punted[i].frame != b.punted[i].frame || a.punted[i].context.reason != b.punted[i].context.reason) {
      return false;
    }
  }
  for (std::size_t i = 0; i < kOutcomeCount; ++i) {
    if (a.outcomes[static_cast<Outcome>(i)] != b.outcomes[static_cast<Outcome>(i)]) return false;
  }
  return true;
}

Run run_one(testing::EngineHarness& engine, const Frame& frame) {
  const auto& counters = engine.engine().counters();
  const std::uint64_t made = counters.generated - counters.held;
  Run run = engine.run(frame.side, {frame.octets});
  require(total(run.outcomes) == 1 + counters.generated - counters.held - made);
  return run;
}

void check_sent(const ReferenceTable& table, const Frame& frame, const Run& run) {
  const auto is = [&run](Outcome outcome) { return run.outcomes[outcome] != 0; };
  const auto out_ipv4 = [&run] {
    const auto packet = read_ipv4(packet_of(only_first(run.ipv4)));
    require(packet.has_value());
    return *packet;
  };
  const auto out_ipv6 = [&run] {
    const auto packet = read_ipv6(packet_of(only_first(run.ipv6)));
    require(packet.has_value());
    return *packet;
  };
  if (is(Outcome::kDecapsulated) || is(Outcome::kTranslatedToIpv4)) check_source(table, frame, out_ipv4());
  if (is(Outcome::kEncapsulated)) check_destination(table, out_ipv6());
  if (is(Outcome::kTranslatedToIpv6)) check_translated_to_ipv6(table, frame, out_ipv6());
  if (is(Outcome::kHairpinned)) {
    const Ipv6View outer = out_ipv6();
    check_destination(table, outer);
    if (outer.protocol == ip_protocol::kIpv4) {
      const auto inner = read_ipv4(outer.payload);
      require(inner.has_value());
      check_source(table, frame, *inner);
    }
  }
  // An error about a packet goes to its sender, and to nobody else.
  if (is(Outcome::kIcmpv6Error)) {
    const auto before = read_ipv6(packet_of(frame.octets));
    require(before && out_ipv6().destination == before->source);
  }
  if (is(Outcome::kIcmpv4Error) && !is(Outcome::kTunnelErrorHandled) && frame.side == Side::kIpv4) {
    const auto before = read_ipv4(packet_of(frame.octets));
    require(before && out_ipv4().destination == before->source);
  }
  if (is(Outcome::kIcmpv4ErrorSoftwire) && !is(Outcome::kTunnelErrorHandled)) {
    const auto before = read_ipv6(packet_of(frame.octets));
    require(before && out_ipv6().destination == before->source);
  }
}

}  // namespace softwire::fuzz

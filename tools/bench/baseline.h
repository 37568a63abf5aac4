// SPDX-License-Identifier: BSD-3-Clause
// The least that forwarding these frames costs: read the headers, look up, write the new header. No checks,
// no counters, no outcome, no time to live; what the engine takes longer than this is its own doing.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "dataplane/packet/mbuf.h"
#include "dataplane/pipeline/engine.h"
#include "dataplane/policy/policy.h"
#include "dataplane/tables/binding_table.h"
#include "softwire/binding.h"
#include "softwire/wire.h"
#include "tools/bench/scenario.h"

namespace softwire::bench {

class Baseline {
 public:
  static constexpr unsigned kMaxBurst = dataplane::Engine::kMaxBurst;

  // The table, of bindings or of rules of one kind, as `mechanism` says, must outlive the baseline.
  Baseline(const dataplane::Policy& policy, const dataplane::BindingTable& table, Mechanism mechanism,
           Shape shape);

  // The frames, at most kMaxBurst, must be untagged, without options or other extension headers than
  // `shape` has, and match the table. They come out as the engine would send them, but for time to live and
  // checksums; translated, for identification and flags too.
  // Fragments come in twos, and are neither put together nor cut: to a softwire each leaves as a packet of
  // its own, from there the two make up the engine's frame, one after the other.
  void receive(Side side, std::span<dataplane::Mbuf* const> frames);

  // Depends on every softwire that was looked up, so that no look-up can be optimised away.
  [[nodiscard]] std::uint64_t digest() const { return digest_; }

 private:
  // A frame of the burst, or two fragments: what was read of it, and where that led.
  struct Item {
    std::uint32_t source = 0;
    std::uint32_t destination = 0;
    Port port = 0;
    const dataplane::Softwire* softwire = nullptr;
  };

  template <bool kRules>
  void encapsulate(std::span<dataplane::Mbuf* const> frames);
  template <bool kRules>
  void decapsulate(std::span<dataplane::Mbuf* const> frames);
  void translate_to_ipv6(std::span<dataplane::Mbuf* const> frames);
  void translate_to_ipv4(std::span<dataplane::Mbuf* const> frames);
  void encapsulate_fragments(std::span<dataplane::Mbuf* const> frames);
  void decapsulate_fragments(std::span<dataplane::Mbuf* const> frames);

  void read_from_ipv4_side(dataplane::Mbuf& frame, Item& item);
  void read_inner(dataplane::Mbuf& frame, std::size_t offset, Item& item);
  // Where address and port of the item lead to.
  template <bool kRules>
  void look_up(std::size_t item, std::uint32_t address);
  void look_up_destination(const Item& item);
  void put_into_softwire(dataplane::Mbuf& frame, const dataplane::Softwire& softwire) const;

  const dataplane::BindingTable& table_;
  const Mechanism mechanism_;
  const Shape shape_;
  const EthernetHeader ipv4_ethernet_;
  const EthernetHeader ipv6_ethernet_;
  const std::uint8_t hop_limit_;
  std::uint64_t digest_ = 0;
  std::array<Item, kMaxBurst> items_;
  std::array<dataplane::Softwire, kMaxBurst> computed_;  // by rules
};

}  // namespace softwire::bench

// SPDX-License-Identifier: BSD-3-Clause
// The minimum cost of forwarding these frames: reads the headers, looks up the softwire, writes the new
// headers. Omits checks, counters, outcomes and time to live: the rest of the engine's time is its own cost.
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

  // `table`: bindings, or rules of one kind, as in `mechanism`. It must outlive the baseline.
  Baseline(const dataplane::Policy& policy, const dataplane::BindingTable& table, Mechanism mechanism,
           Shape shape);

  // Forwards the frames, at most kMaxBurst. Requires: they are untagged, have no options and only the
  // extension headers of `shape`, and match the table. They leave as the engine would send them, except for
  // time to live and checksums, and for translated packets except for identification and flags. Fragments
  // come in pairs. They are neither reassembled nor made: into a softwire, each fragment leaves as a packet;
  // out of a softwire, the two together form the engine's frame, one after the other.
  void receive(Side side, std::span<dataplane::Mbuf* const> frames);

  // Depends on every softwire that was looked up, so that the compiler cannot remove the look-ups.
  [[nodiscard]] std::uint64_t digest() const { return digest_; }

 private:
  // A frame of the burst, or two fragments, with its headers and the softwire that was found.
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
  // Looks up the address and port of the item.
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
  std::array<dataplane::Softwire, kMaxBurst> computed_;  // made from rules
};

}  // namespace softwire::bench

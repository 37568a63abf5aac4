// The least that forwarding these frames costs: read the headers, look up, write the new header. No checks,
// no counters, no outcome, no time to live; what the engine takes longer than this is its own doing.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "dataplane/engine/engine.h"
#include "dataplane/engine/policy.h"
#include "dataplane/packet/mbuf.h"
#include "dataplane/tables/binding_table.h"
#include "softwire/binding.h"

namespace softwire::bench {

class Baseline {
 public:
  static constexpr unsigned kMaxBurst = dataplane::Engine::kMaxBurst;

  // The table, of either bindings or rules, must outlive the baseline.
  Baseline(const dataplane::Policy& policy, const dataplane::BindingTable& table);

  // The frames, at most kMaxBurst, must be untagged, without options or extension headers, and match the
  // table. They come out as the engine would send them, but for time to live and header checksum.
  void receive(Side side, std::span<dataplane::Mbuf* const> frames);

  // Depends on every softwire that was looked up, so that no look-up can be optimised away.
  [[nodiscard]] std::uint64_t digest() const { return digest_; }

 private:
  template <bool kRules>
  void encapsulate(std::span<dataplane::Mbuf* const> frames);
  template <bool kRules>
  void decapsulate(std::span<dataplane::Mbuf* const> frames);
  // Where address and port of the item lead to.
  template <bool kRules>
  void look_up(std::size_t item, std::uint32_t address);

  // A frame of the burst: what was read of it, and where that led.
  struct Item {
    std::uint32_t source = 0;
    std::uint32_t destination = 0;
    Port port = 0;
    const dataplane::Softwire* softwire = nullptr;
  };

  const dataplane::BindingTable& table_;
  const bool has_rules_;  // and then no bindings
  const EthernetHeader ipv4_ethernet_;
  const EthernetHeader ipv6_ethernet_;
  const std::uint8_t hop_limit_;
  std::uint64_t digest_ = 0;
  std::array<Item, kMaxBurst> items_;
  std::array<dataplane::Softwire, kMaxBurst> computed_;  // by rules
};

}  // namespace softwire::bench

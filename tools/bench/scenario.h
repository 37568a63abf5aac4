// SPDX-License-Identifier: BSD-3-Clause
// The list of scenarios that the bench can measure, and the directions.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

namespace softwire::bench {

enum class Direction : std::uint8_t {
  kEncap,  // IPv4 side to softwire
  kDecap,  // softwire to IPv4 side
  kBoth,   // bursts of both in turn
};

inline constexpr std::array kDirections{Direction::kEncap, Direction::kDecap, Direction::kBoth};

constexpr std::string_view name_of(Direction direction) {
  constexpr std::array<std::string_view, kDirections.size()> kNames{"encap", "decap", "both"};
  return kNames[static_cast<std::size_t>(direction)];
}

// The transition mechanism between subscribers and hub.
enum class Mechanism : std::uint8_t {
  kBindings,
  kMapE,  // one rule for all subscribers, which are CEs
  kMapT,  // the same, with translation
};

// The form of the frames.
enum class Shape : std::uint8_t {
  kUniform,    // of one length
  kImix,       // of three lengths
  kFragments,  // datagrams in two fragments each
};

struct Scenario {
  std::string_view name;
  std::uint32_t bindings;  // or CEs; --bindings replaces it
  std::uint32_t flows;     // --flows replaces it
  std::string_view help;
  Mechanism mechanism = Mechanism::kBindings;
  Shape shape = Shape::kUniform;
};

inline constexpr std::array kScenarios{
    Scenario{"few", 64, 1024, "64 bindings, 1024 flows: the table stays in the first caches"},
    Scenario{"many", 1U << 20, 1U << 20,
             "1048576 bindings, a flow each, in an order that defeats the caches"},
    Scenario{"map-e", 1U << 20, 1U << 20,
             "one MAP-E rule with 1048576 CEs, a flow each: addresses are computed", Mechanism::kMapE},
    Scenario{"map-t", 1U << 20, 1U << 20, "the same with a MAP-T rule: packets are translated",
             Mechanism::kMapT},
    Scenario{"imix", 64, 1024, "few, with frames of 64, 594 and 1454 octets at 7:4:1", Mechanism::kBindings,
             Shape::kImix},
    Scenario{"fragments", 64, 1024,
             "few, with datagrams that come in two fragments, half of them in disorder", Mechanism::kBindings,
             Shape::kFragments},
};

}  // namespace softwire::bench

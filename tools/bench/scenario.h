// What the bench can measure: the one list of scenarios, and the directions.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

namespace softwire::bench {

enum class Direction : std::uint8_t {
  kEncap,  // IPv4 side to softwire
  kDecap,  // softwire to IPv4 side
  kBoth,   // bursts of the one and of the other in turn
};

inline constexpr std::array kDirections{Direction::kEncap, Direction::kDecap, Direction::kBoth};

constexpr std::string_view name_of(Direction direction) {
  constexpr std::array<std::string_view, kDirections.size()> kNames{"encap", "decap", "both"};
  return kNames[static_cast<std::size_t>(direction)];
}

struct Scenario {
  std::string_view name;
  std::uint32_t bindings;  // unless --bindings says otherwise
  std::uint32_t flows;     // unless --flows says otherwise
  std::string_view help;
  bool rule = false;  // one MAP-E rule in the place of the bindings: as many CEs
};

inline constexpr std::array kScenarios{
    Scenario{"few", 64, 1024, "64 bindings, 1024 flows: the table stays in the first caches"},
    Scenario{"many", 1U << 20, 1U << 20,
             "1048576 bindings, a flow each, in an order that defeats the caches"},
    Scenario{"map-e", 1U << 20, 1U << 20,
             "one MAP-E rule with 1048576 CEs, a flow each: addresses are computed", true},
};

}  // namespace softwire::bench

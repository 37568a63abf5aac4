// SPDX-License-Identifier: BSD-3-Clause
// Input: the value of an option 82 as a server might return it. The same octets are also used as sub-options
// to build one.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "controlplane/dhcp/codec/option82.h"
#include "tests/fuzz/require.h"

using softwire::controlplane::dhcp::Octets;
using softwire::controlplane::dhcp::Option82Builder;
using softwire::controlplane::dhcp::Option82View;
using softwire::fuzz::require;

namespace {

void read(Octets value) {
  const auto option82 = Option82View::parse(value);
  if (!option82) return;
  std::size_t sole_octets = 0;
  bool repeated = false;
  for (unsigned number = 0; number <= 255; ++number) {
    const auto code = static_cast<std::uint8_t>(number);
    const std::size_t count = option82->count(code);
    const auto sole = option82->sole(code);
    require(sole.has_value() == (count == 1));
    repeated = repeated || count > 1;
    if (sole) sole_octets += 2 + sole->size();
    const auto address = option82->ipv6(code);
    require(address.has_value() == (sole && sole->size() == 16));
    if (address) require(std::ranges::equal(address->octets(), *sole));
  }
  require(repeated ? sole_octets < value.size() : sole_octets == value.size());
}

// `octets`: code, length, value. A value is cut at the end of the octets.
void build(Octets octets) {
  Option82Builder builder;
  std::array<std::size_t, 256> added{};
  while (octets.size() >= 2) {
    const std::uint8_t code = octets[0];
    const Octets value = octets.subspan(2, std::min<std::size_t>(octets[1], octets.size() - 2));
    octets = octets.subspan(2 + value.size());
    const std::size_t before = builder.octets().size();
    const bool fits = builder.add(code, value);
    require(fits == (before + 2 + value.size() <= 257));
    require(builder.octets().size() == before + (fits ? 2 + value.size() : 0));
    if (fits) ++added[code];
  }
  const Octets built = builder.octets();
  require(built[0] == 82 && built[1] == built.size() - 2);
  const auto option82 = Option82View::parse(built.subspan(2));
  require(option82.has_value());
  for (unsigned code = 0; code <= 255; ++code) {
    require(option82->count(static_cast<std::uint8_t>(code)) == added[code]);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  read({data, size});
  build({data, size});
  return 0;
}

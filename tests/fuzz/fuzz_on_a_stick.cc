// SPDX-License-Identifier: BSD-3-Clause
// A port that both sides share gives the same as two ports: an engine that receives a burst on a stick sends
// what another engine sends that receives the frames of each side apart, those of the IPv4 side first. The
// sides differ by VLAN or by Ethernet type. Input: an octet that chooses VLANs and the size of bursts, then
// frames of traffic.h; before each an octet that says how it is tagged and whether the burst ends.
#include <array>
#include <memory>

#include "softwire/wire.h"
#include "tests/fuzz/check_sent.h"
#include "tests/fuzz/input.h"
#include "tests/fuzz/require.h"
#include "tests/fuzz/traffic.h"
#include "tests/support/engine_harness.h"

namespace softwire::fuzz {
namespace {

using testing::EngineHarness;

constexpr std::uint16_t kIpv4Vlan = 10;
constexpr std::uint16_t kIpv6Vlan = 20;

dataplane::Policy on_a_stick(bool tagged) {
  dataplane::Policy result = policy(0);
  result.on_a_stick = true;
  if (tagged) {
    result.ipv4.vlan_id = kIpv4Vlan;
    result.ipv6.vlan_id = kIpv6Vlan;
  }
  return result;
}

Octets with_tag(const Octets& frame, std::uint16_t vlan) {
  if (frame.size() < sizeof(EthernetHeader)) return frame;
  Octets result = frame;
  const Octets tag = {0x81, 0, static_cast<std::uint8_t>(vlan >> 8), static_cast<std::uint8_t>(vlan)};
  result.insert(result.begin() + 12, tag.begin(), tag.end());
  return result;
}

// The side of a frame by definition: its VLAN when the sides have two, else whether it says IPv6.
Side side_by_definition(const Octets& frame, bool tagged) {
  if (frame.size() < sizeof(EthernetHeader) + sizeof(VlanTag)) return Side::kIpv4;
  const bool has_tag = frame[12] == 0x81 && frame[13] == 0;
  const unsigned vlan = has_tag ? (frame[14] << 8 | frame[15]) & 0xfffU : 0;
  if (tagged && (vlan == kIpv4Vlan || vlan == kIpv6Vlan)) {
    return vlan == kIpv4Vlan ? Side::kIpv4 : Side::kIpv6;
  }
  const std::size_t type = has_tag ? 16 : 12;
  return frame[type] == 0x86 && frame[type + 1] == 0xdd ? Side::kIpv6 : Side::kIpv4;
}

class Pair {
 public:
  explicit Pair(bool tagged)
      : tagged_(tagged),
        stick_(std::make_unique<EngineHarness>(on_a_stick(tagged), world().bindings, world().rules)),
        apart_(std::make_unique<EngineHarness>(on_a_stick(tagged), world().bindings, world().rules)) {}

  void receive(const std::vector<Octets>& burst) {
    if (burst.empty()) return;
    std::array<std::vector<Octets>, 2> sides;
    for (const Octets& frame : burst) {
      sides[static_cast<std::size_t>(side_by_definition(frame, tagged_))].push_back(frame);
    }
    EngineHarness::Run expected;
    for (const Side side : {Side::kIpv4, Side::kIpv6}) {
      const auto& frames = sides[static_cast<std::size_t>(side)];
      if (!frames.empty()) append(expected, apart_->run(side, frames, 64));
    }
    require(same(stick_->run_on_a_stick(burst), expected));
  }

  void pass(Instant time) {
    for (auto* engine : {&stick_, &apart_}) (*engine)->now += time;
    const auto expected = apart_->poll();
    require(same(stick_->poll(), expected));
  }

 private:
  const bool tagged_;
  std::unique_ptr<EngineHarness> stick_;
  std::unique_ptr<EngineHarness> apart_;
};

}  // namespace
}  // namespace softwire::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace softwire::fuzz;  // NOLINT(google-build-using-namespace)
  using softwire::Side;
  static std::array<Pair, 2> pairs = {Pair(false), Pair(true)};
  Input input(data, size);
  const unsigned chosen = input.octet();
  const bool tagged = (chosen & 1) != 0;
  Pair& pair = pairs[tagged ? 1 : 0];
  const std::size_t most = 1 + (chosen >> 1 & 63);
  std::vector<Octets> burst;
  while (!input.empty()) {
    const unsigned tag = input.octet();
    for (const Frame& frame : next_frames(input)) {
      const std::uint16_t right = frame.side == Side::kIpv4 ? kIpv4Vlan : kIpv6Vlan;
      const auto vlan = (tag & 0xf0) == 0xf0 ? static_cast<std::uint16_t>(tag & 15) : right;
      burst.push_back(tagged || (tag & 0xf0) == 0xf0 ? with_tag(frame.octets, vlan) : frame.octets);
      if (burst.size() < most) continue;
      pair.receive(burst);
      burst.clear();
    }
  }
  pair.receive(burst);
  pair.pass(std::chrono::seconds(60));
  return 0;
}

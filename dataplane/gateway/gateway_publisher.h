// SPDX-License-Identifier: BSD-3-Clause
// Passes what one worker has learnt about a side's gateway to the other workers. An answer to ARP or Neighbor
// Discovery reaches one worker, but the packets for the gateway leave from all.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>

#include "softwire/address.h"
#include "softwire/binding.h"

namespace softwire::dataplane {

// Written when a gateway answers, read with every burst. Any thread may call any function.
class GatewayPublisher {
 public:
  // One piece of news in one word, with a number that makes it differ from the previous one.
  using Word = std::uint64_t;
  enum class Kind : std::uint8_t {
    kHeard,      // the gateway announced its MAC address without a probe
    kConfirmed,  // the gateway answered a probe
    kDoubted,    // an advertisement without the override flag gave another MAC address
  };
  struct News {
    MacAddress mac;
    Kind kind = Kind::kHeard;
    // Identifies the gateway; below kGateways. For a moment engines may have different gateways.
    std::uint8_t gateway = 0;
  };
  static constexpr std::uint8_t kGateways = 128;

  // Returns the latest news, or 0 when there is none yet.
  [[nodiscard]] Word latest(Side side) const { return place(side).load(std::memory_order_relaxed); }
  [[nodiscard]] static News read(Word word) {
    MacAddress::Octets octets{};
    for (std::size_t i = 0; i < octets.size(); ++i) {
      octets[i] = static_cast<std::uint8_t>(word >> (8 * (octets.size() - 1 - i)));
    }
    return {MacAddress(octets), static_cast<Kind>(word >> kKindShift & 3),
            static_cast<std::uint8_t>(word >> kGatewayShift & (kGateways - 1))};
  }

  // Publishes news. Returns the word that latest() then returns.
  Word post(Side side, const News& news) {
    Word word = Word{static_cast<std::uint8_t>(news.kind)} << kKindShift | Word{news.gateway}
                                                                               << kGatewayShift;
    Word mac = 0;
    for (const std::uint8_t octet : news.mac.octets()) mac = mac << 8 | octet;
    word |= mac;
    Word before = latest(side);
    while (!place(side).compare_exchange_weak(before, word | ((before & kNumber) + kOne),
                                              std::memory_order_relaxed)) {
    }
    return word | ((before & kNumber) + kOne);
  }

 private:
  static constexpr unsigned kKindShift = 48;
  static constexpr unsigned kGatewayShift = 50;
  static constexpr Word kOne = Word{1} << 57;
  static constexpr Word kNumber = ~(kOne - 1);

  [[nodiscard]] std::atomic<Word>& place(Side side) { return words_[static_cast<std::size_t>(side)]; }
  [[nodiscard]] const std::atomic<Word>& place(Side side) const {
    return words_[static_cast<std::size_t>(side)];
  }
  std::array<std::atomic<Word>, 2> words_{};
};

}  // namespace softwire::dataplane

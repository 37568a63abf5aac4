// SPDX-License-Identifier: BSD-3-Clause
// What one worker has learnt about a side's gateway, for the others: an answer to ARP or Neighbor Discovery
// reaches one of them, the packets for the gateway leave from all.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>

#include "softwire/address.h"
#include "softwire/binding.h"

namespace softwire::dataplane {

// Written when a gateway answers, read with every burst. Any thread.
class GatewayPublisher {
 public:
  // News in one word, with a number that makes it differ from the news before.
  using Word = std::uint64_t;
  enum class Kind : std::uint8_t {
    kHeard,      // it said so unasked
    kConfirmed,  // it answered
    kDoubted,    // somebody says that it is another one
  };
  struct News {
    MacAddress mac;
    Kind kind = Kind::kHeard;
    std::uint8_t gateway = 0;  // which gateway it is about, below kGateways: engines may differ for a moment
  };
  static constexpr std::uint8_t kGateways = 128;

  // 0: none yet.
  [[nodiscard]] Word latest(Side side) const { return place(side).load(std::memory_order_relaxed); }
  [[nodiscard]] static News read(Word word) {
    MacAddress::Octets octets{};
    for (std::size_t i = 0; i < octets.size(); ++i) {
      octets[i] = static_cast<std::uint8_t>(word >> (8 * (octets.size() - 1 - i)));
    }
    return {MacAddress(octets), static_cast<Kind>(word >> kKindShift & 3),
            static_cast<std::uint8_t>(word >> kGatewayShift & (kGateways - 1))};
  }

  // Returns the word that says it.
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

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
class GatewayBoard {
 public:
  // The MAC address, whether the gateway was asked for it, and a number that makes it differ from the news
  // before, in one word.
  using Word = std::uint64_t;
  struct News {
    MacAddress mac;
    bool confirmed = false;  // it answered; else it said so unasked
  };

  // 0: none yet.
  [[nodiscard]] Word latest(Side side) const { return place(side).load(std::memory_order_relaxed); }
  [[nodiscard]] static News read(Word word) {
    MacAddress::Octets octets{};
    for (std::size_t i = 0; i < octets.size(); ++i) {
      octets[i] = static_cast<std::uint8_t>(word >> (8 * (octets.size() - 1 - i)));
    }
    return {MacAddress(octets), (word & kConfirmed) != 0};
  }

  // Returns the word that says it.
  Word post(Side side, const News& news) {
    Word word = 0;
    for (const std::uint8_t octet : news.mac.octets()) word = word << 8 | octet;
    if (news.confirmed) word |= kConfirmed;
    Word before = latest(side);
    while (!place(side).compare_exchange_weak(before, word | ((before & kNumber) + kOne),
                                              std::memory_order_relaxed)) {
    }
    return word | ((before & kNumber) + kOne);
  }

 private:
  static constexpr Word kConfirmed = Word{1} << 48;
  static constexpr Word kOne = Word{1} << 49;
  static constexpr Word kNumber = ~(kOne - 1);

  [[nodiscard]] std::atomic<Word>& place(Side side) { return words_[static_cast<std::size_t>(side)]; }
  [[nodiscard]] const std::atomic<Word>& place(Side side) const {
    return words_[static_cast<std::size_t>(side)];
  }
  std::array<std::atomic<Word>, 2> words_{};
};

}  // namespace softwire::dataplane

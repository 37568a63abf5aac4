// SPDX-License-Identifier: BSD-3-Clause
// What the workers tell each other about the gateways. One worker asks both gateways and decides what is
// true; it publishes this. The answers may reach any worker: the other workers report them to the one that
// asks.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "softwire/address.h"
#include "softwire/binding.h"
#include "softwire/mix.h"

namespace softwire::dataplane {

// The states of RFC 4861 section 7.3.2, without DELAY: no upper layer tells the hub that a gateway is there,
// so the hub does not wait for it.
enum class GatewayState : std::uint8_t {
  kStatic,      // the policy gives the MAC address
  kIncomplete,  // not known yet
  kReachable,   // it answers
  kStale,       // in use; another station has claimed its address, or it sends what nobody asked for
  kProbe,       // in use; a request has no answer
  kFailed,      // it does not answer, and its MAC address is not known
};
inline constexpr std::array kGatewayStates = {GatewayState::kStatic,    GatewayState::kIncomplete,
                                              GatewayState::kReachable, GatewayState::kStale,
                                              GatewayState::kProbe,     GatewayState::kFailed};
// Returns whether packets leave for a gateway that is resolved in this state.
constexpr bool has_mac(GatewayState state) {
  return state == GatewayState::kReachable || state == GatewayState::kStale || state == GatewayState::kProbe;
}
constexpr std::string_view to_text(GatewayState state) {
  constexpr std::array<std::string_view, 6> kNames = {"static", "incomplete", "reachable",
                                                      "stale",  "probe",      "failed"};
  return kNames[static_cast<std::size_t>(state)];
}

// Any thread may call any function, unless it says otherwise.
class GatewayPublisher {
 public:
  // One piece of news in one word, with a number that makes it differ from the previous one.
  using Word = std::uint64_t;
  struct News {
    MacAddress mac;  // not set, unless has_mac(state)
    GatewayState state = GatewayState::kIncomplete;
    // Identifies the gateway; below kGateways. For a moment engines may have different gateways.
    std::uint8_t gateway = 0;
  };
  static constexpr std::uint8_t kGateways = 128;
  // A station that says that it is the gateway. Others can forge the MAC address that a message names more
  // easily than the source of its frame: who does so is another station.
  struct Speaker {
    MacAddress mac;           // the one that it names
    bool is_foreign = false;  // its frames have another source
    friend bool operator==(const Speaker&, const Speaker&) = default;
  };
  static constexpr std::size_t kStations = 4;

  // --- from the worker that asks to all others ---

  // Returns the latest news, or 0 when there is none yet.
  [[nodiscard]] Word latest(Side side) const { return of(side).news.load(std::memory_order_relaxed); }
  [[nodiscard]] static News read(Word word) {
    return {mac_of(word), static_cast<GatewayState>(word >> kStateShift & 7), gateway_of(word)};
  }
  // Publishes news. Returns the word that latest() then returns. Called by the worker that asks.
  Word post(Side side, const News& news) {
    constexpr Word kNumber = Word{0x3f} << kNumberShift;
    const Word number = (latest(side) + (Word{1} << kNumberShift)) & kNumber;
    const Word word =
        pack(news.mac, news.gateway) | Word{static_cast<std::uint8_t>(news.state)} << kStateShift | number;
    of(side).news.store(word, std::memory_order_relaxed);
    return word;
  }
  // The MAC addresses of stations that say that they are the gateway; those that are not set are free places.
  // set_stations() is called by the worker that asks.
  using Stations = std::array<MacAddress, kStations>;
  [[nodiscard]] bool knows(Side side, const MacAddress& mac) const {
    const Word wanted = pack(mac, 0);
    return std::ranges::any_of(of(side).stations, [wanted](const std::atomic<Word>& one) {
      return one.load(std::memory_order_relaxed) == wanted;
    });
  }
  void set_stations(Side side, const Stations& stations) {
    for (std::size_t i = 0; i < kStations; ++i) {
      of(side).stations[i].store(pack(stations[i], 0), std::memory_order_relaxed);
    }
  }

  // --- from all workers to the one that asks ---

  // A flood of one kind does not push out a report of another kind: only the latest of each kind is kept.
  enum class Report : std::uint8_t {
    kAnswer,      // of the MAC address in use
    kClaim,       // a message to everybody names this MAC address
    kQuestion,    // a question names this MAC address
    kWeakAnswer,  // an answer without the override flag gives another MAC address
    kDoubt,       // another advertisement of this kind
    // An answer of another MAC address. Which of the kinds from this one on stands for a MAC address is hard
    // to guess, so that a station that floods seldom pushes out the answer of another.
    kOtherAnswer,
  };
  static constexpr std::size_t kOtherAnswers = 4;
  static constexpr std::size_t kReports = static_cast<std::size_t>(Report::kOtherAnswer) + kOtherAnswers;
  // `seed`: hard to guess.
  [[nodiscard]] static Report other_answer(const MacAddress& mac, std::uint64_t seed) {
    return static_cast<Report>(static_cast<std::size_t>(Report::kOtherAnswer) +
                               mix64(pack(mac, 0) ^ seed) % kOtherAnswers);
  }

  // Returns the number of reports. report() returns the MAC address of the latest one of its kind.
  [[nodiscard]] Word reports(Side side) const { return of(side).count.load(std::memory_order_acquire); }
  [[nodiscard]] Word report(Side side, Report kind) const {
    return of(side).reports[static_cast<std::size_t>(kind)].load(std::memory_order_relaxed);
  }
  [[nodiscard]] static MacAddress mac_of(Word word) {
    MacAddress::Octets octets{};
    for (std::size_t i = 0; i < octets.size(); ++i) {
      octets[i] = static_cast<std::uint8_t>(word >> (8 * (octets.size() - 1 - i)));
    }
    return MacAddress(octets);
  }
  [[nodiscard]] static Speaker speaker_of(Word word) {
    return {mac_of(word), (word >> kForeignShift & 1) != 0};
  }
  [[nodiscard]] static std::uint8_t gateway_of(Word word) {
    return static_cast<std::uint8_t>(word >> kGatewayShift & (kGateways - 1));
  }
  void tell(Side side, Report kind, const Speaker& speaker, std::uint8_t gateway) {
    OfSide& place = of(side);
    const Word number = place.count.load(std::memory_order_relaxed) + 1;
    place.reports[static_cast<std::size_t>(kind)].store(
        pack(speaker.mac, gateway) | Word{speaker.is_foreign} << kForeignShift | number << kReportNumberShift,
        std::memory_order_relaxed);
    place.count.fetch_add(1, std::memory_order_release);
  }

 private:
  static constexpr unsigned kGatewayShift = 48;
  static constexpr unsigned kStateShift = 55;
  static constexpr unsigned kNumberShift = 58;
  static constexpr unsigned kForeignShift = 55;
  static constexpr unsigned kReportNumberShift = 56;

  struct OfSide {
    std::atomic<Word> news{};
    std::array<std::atomic<Word>, kStations> stations{};
    std::atomic<Word> count{};
    std::array<std::atomic<Word>, kReports> reports{};
  };
  [[nodiscard]] static Word pack(const MacAddress& mac, std::uint8_t gateway) {
    Word word = 0;
    for (const std::uint8_t octet : mac.octets()) word = word << 8 | octet;
    return word | Word{gateway} << kGatewayShift;
  }
  [[nodiscard]] OfSide& of(Side side) { return sides_[static_cast<std::size_t>(side)]; }
  [[nodiscard]] const OfSide& of(Side side) const { return sides_[static_cast<std::size_t>(side)]; }
  std::array<OfSide, 2> sides_;
};

}  // namespace softwire::dataplane

// Who has sent which INFORM: its answer goes to the client's address and port, without option 82 (RFC 2131
// section 4.3.5), and of a shared address that says nothing of the subscriber.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <tuple>
#include <unordered_map>
#include <utility>

#include "controlplane/dhcp/message.h"
#include "controlplane/dhcp/relay.h"
#include "softwire/time.h"

namespace softwire::controlplane::dhcp {

class Informs {
 public:
  static constexpr Instant kLifetime = std::chrono::seconds(30);
  static constexpr std::size_t kMost = 65536;
  static constexpr std::size_t kMostOfSubscriber = 8;

  // False: there is no room, of the subscriber or of all. A repeated one takes none.
  bool add(const Header& inform, const Subscriber& subscriber, Instant now);
  // Who sent the INFORM that the message answers. Every server may answer it.
  [[nodiscard]] std::optional<Subscriber> find(const Header& answer, Instant now) const;

 private:
  struct Key {
    be32 xid;
    std::uint8_t htype = 0;
    std::uint8_t hlen = 0;
    std::array<std::uint8_t, 16> chaddr{};
    Ipv4Address ciaddr;
    [[nodiscard]] auto fields() const { return std::tuple(xid.value(), htype, hlen, chaddr, ciaddr.host()); }
    friend bool operator<(const Key& a, const Key& b) { return a.fields() < b.fields(); }
  };
  struct Inform {
    Subscriber subscriber;
    Instant end{};
  };
  static Key key_of(const Header& header);
  void forget_ended(Instant now);

  std::map<Key, Inform> informs_;
  std::deque<std::pair<Instant, Key>> by_end_;  // as they came
  std::unordered_map<Ipv6Address, std::size_t> of_subscriber_;
};

}  // namespace softwire::controlplane::dhcp

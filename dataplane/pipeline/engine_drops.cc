// SPDX-License-Identifier: BSD-3-Clause
// The engine's part in what is seen of dropped packets. All of it where packets end: those that go on pay
// nothing for it.
#include "dataplane/pipeline/engine.h"

namespace softwire::dataplane {

// Shows a copy to whoever wants to see the packet, which is about to be dropped and whose buffer an ICMP
// error may be made in. True: it must not be shown again.
[[gnu::cold, gnu::noinline]] bool Engine::show_copy(const Item& item, const Drop& drop) {
  if (drops_ == nullptr || !drops_->may_want(drop)) return false;
  Mbuf* const copy = copy_part(*item.frame, 0, item.frame->pkt_len, pool_);
  if (copy == nullptr) {
    drops_->miss();
    return true;
  }
  if (item.packet.ip_offset == 0) put_into_frame(*copy);
  drops_->drop(drop, *copy);
  return true;
}

// A packet that was taken out of its frame to be translated, or never had one: whoever sees it expects an
// Ethernet header in front. Without room for it, it stays as it is.
[[gnu::cold, gnu::noinline]] void Engine::put_into_frame(Mbuf& packet) const {
  const std::uint8_t* octets = data_of(packet);
  if (packet.data_len >= sizeof(EthernetHeader)) {
    const MacAddress& source = reinterpret_cast<const EthernetHeader*>(octets)->source;
    if (source == policy_.ipv4.mac || source == policy_.ipv6.mac) return;  // it is in one of ours already
  }
  const EthernetTemplate& ethernet = octets[0] >> 4 == 6 ? ipv6_ethernet_ : ipv4_ethernet_;
  std::uint8_t* front = replace_front(packet, 0, ethernet.bytes());
  if (front != nullptr) ethernet.write(front);
}

}  // namespace softwire::dataplane

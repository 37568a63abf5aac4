#include "controlplane/dhcp/informs.h"

namespace softwire::controlplane::dhcp {

Informs::Key Informs::key_of(const Header& header) {
  return {header.xid, header.htype, header.hlen, header.chaddr, header.ciaddr};
}

bool Informs::add(const Header& inform, const Subscriber& subscriber, Instant now) {
  forget_ended(now);
  const Key key = key_of(inform);
  if (const auto known = informs_.find(key); known != informs_.end()) {
    return known->second.subscriber == subscriber;
  }
  std::size_t& count = of_subscriber_[subscriber.address];
  if (count == kMostOfSubscriber || informs_.size() == kMost) {
    if (count == 0) of_subscriber_.erase(subscriber.address);
    return false;
  }
  ++count;
  informs_.emplace(key, Inform{subscriber, now + kLifetime});
  by_end_.emplace_back(now + kLifetime, key);
  return true;
}

std::optional<Subscriber> Informs::find(const Header& answer, Instant now) const {
  const auto found = informs_.find(key_of(answer));
  if (found == informs_.end() || found->second.end <= now) return std::nullopt;
  return found->second.subscriber;
}

void Informs::forget_ended(Instant now) {
  while (!by_end_.empty() && by_end_.front().first <= now) {
    const auto found = informs_.find(by_end_.front().second);
    const auto count = of_subscriber_.find(found->second.subscriber.address);
    if (--count->second == 0) of_subscriber_.erase(count);
    informs_.erase(found);
    by_end_.pop_front();
  }
}

}  // namespace softwire::controlplane::dhcp

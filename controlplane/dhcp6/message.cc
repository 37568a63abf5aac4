// SPDX-License-Identifier: BSD-3-Clause
#include "controlplane/dhcp6/message.h"

#include <algorithm>

namespace softwire::controlplane::dhcp6 {
namespace {

constexpr std::size_t kOptionHeaderBytes = 4;  // code, length

std::uint16_t read16(Octets octets, std::size_t at) {
  return static_cast<std::uint16_t>(octets[at] << 8 | octets[at + 1]);
}

void append16(Bytes& out, std::size_t value) {
  out.push_back(static_cast<std::uint8_t>(value >> 8));
  out.push_back(static_cast<std::uint8_t>(value));
}

Ipv6Address address_at(Octets octets, std::size_t at) {
  Ipv6Address::Octets address{};
  std::ranges::copy(octets.subspan(at, address.size()), address.begin());
  return Ipv6Address(address);
}

}  // namespace

Option OptionsView::Iterator::operator*() const {
  return {read16(left_, 0), left_.subspan(kOptionHeaderBytes, read16(left_, 2))};
}

OptionsView::Iterator& OptionsView::Iterator::operator++() {
  left_ = left_.subspan(kOptionHeaderBytes + read16(left_, 2));
  return *this;
}

std::optional<OptionsView> OptionsView::parse(Octets octets) {
  Octets left = octets;
  while (!left.empty()) {
    if (left.size() < kOptionHeaderBytes || left.size() - kOptionHeaderBytes < read16(left, 2)) {
      return std::nullopt;
    }
    left = left.subspan(kOptionHeaderBytes + read16(left, 2));
  }
  return OptionsView(octets);
}

std::size_t OptionsView::count(std::uint16_t code) const {
  std::size_t found = 0;
  for (const Option option : *this) found += option.code == code ? 1 : 0;
  return found;
}

std::optional<Octets> OptionsView::sole(std::uint16_t code) const {
  std::optional<Octets> found;
  for (const Option option : *this) {
    if (option.code != code) continue;
    if (found) return std::nullopt;
    found = option.value;
  }
  return found;
}

Result<MessageView, Outcome> MessageView::parse(Octets octets) {
  if (octets.size() < kHeaderBytes) return Outcome::kDhcp6Malformed;
  MessageView view(octets, {});
  const std::size_t header = view.is_relay() ? kRelayHeaderBytes : kHeaderBytes;
  if (octets.size() < header) return Outcome::kDhcp6Malformed;
  const auto options = OptionsView::parse(octets.subspan(header));
  if (!options) return Outcome::kDhcp6Malformed;
  view.options_ = *options;
  return view;
}

bool MessageView::is_relay() const {
  return type() == MessageType::kRelayForward || type() == MessageType::kRelayReply;
}

std::uint32_t MessageView::transaction_id() const {
  return std::uint32_t{octets_[1]} << 16 | read16(octets_, 2);
}

Ipv6Address MessageView::link_address() const {
  return address_at(octets_, 2);
}
Ipv6Address MessageView::peer_address() const {
  return address_at(octets_, 18);
}

Builder::Builder(MessageType type, std::uint32_t transaction_id)
    : octets_{static_cast<std::uint8_t>(type), static_cast<std::uint8_t>(transaction_id >> 16)} {
  append16(octets_, transaction_id & 0xffff);
}

Builder::Builder(MessageType type, std::uint8_t hop_count, const Ipv6Address& link, const Ipv6Address& peer)
    : octets_(kRelayHeaderBytes) {
  octets_[0] = static_cast<std::uint8_t>(type);
  octets_[1] = hop_count;
  std::ranges::copy(link.octets(), octets_.begin() + 2);
  std::ranges::copy(peer.octets(), octets_.begin() + 18);
}

bool Builder::add(std::uint16_t code, Octets value) {
  if (value.size() > kMaxMessageBytes ||
      octets_.size() + kOptionHeaderBytes + value.size() > kMaxMessageBytes) {
    return false;
  }
  append16(octets_, code);
  append16(octets_, value.size());
  octets_.insert(octets_.end(), value.begin(), value.end());
  return true;
}

bool requests(const OptionsView& options, std::uint16_t code) {
  const auto list = options.sole(option::kRequest);
  if (!list || list->size() % 2 != 0) return false;
  for (std::size_t at = 0; at < list->size(); at += 2) {
    if (read16(*list, at) == code) return true;
  }
  return false;
}

}  // namespace softwire::controlplane::dhcp6

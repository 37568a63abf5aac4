// SPDX-License-Identifier: BSD-3-Clause
#include "controlplane/dhcp/codec/message.h"

#include <algorithm>

namespace softwire::controlplane::dhcp {
namespace {

constexpr std::uint8_t kOverloadFile = 1;  // RFC 2132 section 9.3
constexpr std::uint8_t kOverloadSname = 2;
constexpr std::uint8_t kOverloadBoth = kOverloadFile | kOverloadSname;

// Returns the options of a field before its End. Returns nullopt when an option runs past the field, or the
// field has no End.
std::optional<OptionRange> checked_options(Octets field) {
  std::size_t at = 0;
  while (at < field.size()) {
    const std::uint8_t code = field[at];
    if (code == option::kEnd) return OptionRange(field.first(at));
    if (code == option::kPad) {
      ++at;
      continue;
    }
    if (field.size() - at < 2 || field.size() - at - 2 < field[at + 1]) return std::nullopt;
    at += 2U + field[at + 1];
  }
  return std::nullopt;
}

}  // namespace

Result<MessageView, Outcome> MessageView::parse(Octets octets) {
  if (octets.size() < kOptionsOffset) return Outcome::kDhcpTruncated;
  MessageView view(octets);
  if (!std::ranges::equal(octets.subspan(sizeof(Header), kCookie.size()), kCookie))
    return Outcome::kDhcpCookie;
  const Header& header = view.header();
  if (header.hlen > header.chaddr.size()) return Outcome::kDhcpHardwareLength;

  const auto options = checked_options(octets.subspan(kOptionsOffset));
  if (!options) return Outcome::kDhcpOptions;
  view.fields_[0] = *options;
  if (view.count(option::kOverload) == 0) return view;

  const auto overload = view.sole(option::kOverload);
  if (!overload || overload->size() != 1 || (*overload)[0] == 0 || (*overload)[0] > kOverloadBoth) {
    return Outcome::kDhcpOptions;
  }
  const std::uint8_t used = (*overload)[0];
  const auto file = (used & kOverloadFile) != 0 ? checked_options(header.file) : OptionRange();
  const auto sname = (used & kOverloadSname) != 0 ? checked_options(header.sname) : OptionRange();
  if (!file || !sname) return Outcome::kDhcpOptions;
  view.fields_[1] = *file;
  view.fields_[2] = *sname;
  return view;
}

std::size_t MessageView::count(std::uint8_t code) const {
  std::size_t found = 0;
  for (const OptionRange& field : fields_) {
    for (const Option option : field) found += option.code() == code ? 1 : 0;
  }
  return found;
}

std::optional<Octets> MessageView::sole(std::uint8_t code) const {
  std::optional<Octets> found;
  for (const OptionRange& field : fields_) {
    for (const Option option : field) {
      if (option.code() != code) continue;
      if (found) return std::nullopt;
      found = option.value();
    }
  }
  return found;
}

std::optional<MessageType> MessageView::message_type() const {
  const auto value = sole(option::kMessageType);
  if (!value || value->size() != 1) return std::nullopt;
  return static_cast<MessageType>((*value)[0]);
}

}  // namespace softwire::controlplane::dhcp

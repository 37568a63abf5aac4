// SPDX-License-Identifier: BSD-3-Clause
#include "controlplane/config/lease_pool_statement.h"

#include "controlplane/text/statement_words.h"
#include "controlplane/text/values.h"
#include "softwire/address_text.h"
#include "softwire/martian.h"

namespace softwire::controlplane {

std::optional<LeasePool> parse_lease_pool(std::string_view text) {
  const auto prefix = parse_ipv4_prefix(next_word(text));
  if (!prefix || contains_martian(prefix->address.host(), prefix->address.host() | ~prefix->mask())) {
    return std::nullopt;
  }
  std::optional<std::uint32_t> offset;
  std::optional<std::uint32_t> length;
  for (std::string_view word = next_word(text); !word.empty(); word = next_word(text)) {
    std::optional<std::uint32_t>* const place = word == "psid-offset" ? &offset
                                                : word == "psid-len"  ? &length
                                                                      : nullptr;
    if (place == nullptr || read_value(*place, word, next_word(text), parse_bits, kBitsWords))
      return std::nullopt;
  }
  const auto ports = PortSet::make(offset.value_or(0), length.value_or(0), 0);
  if (!ports || (ports->parameters.is_whole() && offset.value_or(0) != 0)) return std::nullopt;
  return LeasePool{*prefix, ports->parameters};
}

}  // namespace softwire::controlplane

// SPDX-License-Identifier: BSD-3-Clause
// Describes frames for people.
#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace softwire::ctl {

// Returns two lines, without a final line feed: first MAC addresses, VLAN and length; then the contents.
// Marks parts that are cut short or unknown.
[[nodiscard]] std::string text_of_frame(std::span<const std::uint8_t> frame);

}  // namespace softwire::ctl

// SPDX-License-Identifier: BSD-3-Clause
// Frames for people.
#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace softwire::ctl {

// Two lines without a last line feed: MAC addresses, VLAN and length; what is inside. What is cut short or
// unknown is said to be so.
[[nodiscard]] std::string text_of_frame(std::span<const std::uint8_t> frame);

}  // namespace softwire::ctl

// SPDX-License-Identifier: BSD-3-Clause
// Input: instance data of RFC 8676. An error has a place. Accepted data gives statements that softwired
// accepts, and is the same after it is written and read again.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <sstream>
#include <string_view>

#include "softwire/address_text.h"
#include "tests/fuzz/require_imported.h"

using softwire::fuzz::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto first = softwire::ctl::import_rfc8676(text, "f");
  softwire::fuzz::require_imported(first);
  if (!first) return 0;
  std::ostringstream written;
  softwire::ctl::export_rfc8676(written, first->bindings, first->rules);
  const auto second = softwire::ctl::import_rfc8676(written.str(), "f");
  require(second.ok());
  // Further bindings of a subscriber are in further instances, so they come last.
  require(std::ranges::is_permutation(second->bindings, first->bindings));
  require(second->rules == first->rules);
  return 0;
}

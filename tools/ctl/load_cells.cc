// SPDX-License-Identifier: BSD-3-Clause
#include "tools/ctl/load_cells.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>

#include "tools/ctl/format.h"

namespace softwire::ctl {

namespace {

// From here on a burst of traffic may be too much.
constexpr double kNearLimit = 80;  // percent

std::optional<double> real_of(const Json& object, const char* key) {
  const auto found = object.is_object() ? object.find(key) : object.end();
  return found != object.end() && found->is_number() ? std::optional(found->get<double>()) : std::nullopt;
}

Cell percent(std::optional<double> value) {
  if (!value) return "-";
  return {std::to_string(std::lround(std::clamp(*value, 0.0, 100.0))) + "%",
          *value >= kNearLimit ? Look::kWarning : Look::kPlain};
}

// Returns how full the fuller queue was.
std::optional<double> fullest(const Json& queues) {
  std::optional<double> most;
  for (const Json& queue : queues) {
    const double size = real_of(queue, "size").value_or(0);
    if (size > 0) most = std::max(most.value_or(0), 100 * real_of(queue, "peak").value_or(0) / size);
  }
  return most;
}

}  // namespace

std::vector<Column> load_columns() {
  return {right("BUSY"), right("CYCLES/PACKET"), right("BURST"), right("QUEUE")};
}

void add_load_cells(std::vector<Cell>& row, const Json& worker) {
  row.push_back(percent(real_of(worker, "busy-percent")));
  const auto number = [&](const char* key) { return real_of(worker, key) ? text_of(worker, key) : "-"; };
  row.emplace_back(number("cycles-per-packet"));
  row.emplace_back(number("mean-burst"));
  row.push_back(percent(fullest(list_of(worker, "receive-queues"))));
}

}  // namespace softwire::ctl

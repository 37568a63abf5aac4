// SPDX-License-Identifier: BSD-3-Clause
// Prints docs/metrics/series.md, which lists every family of metrics. Given a format, prints example metrics
// in that format instead; tests check other files against them.
#include <cstdio>
#include <string>
#include <string_view>

#include "controlplane/metrics/families.h"
#include "controlplane/metrics/render.h"
#include "tests/support/metrics_example.h"

namespace softwire {
namespace {

using controlplane::metrics::Family;
using controlplane::metrics::Format;
using controlplane::metrics::Type;

void print(std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
}

void print_families() {
  print(
      "# Series of metrics\n\n"
      "`softwired` serves these series at `metrics.listen`, in this order. This page is printed from\n"
      "controlplane/metrics/families.h by `build/tests/metrics_doc`. [counters.md](../counters.md) explains "
      "the "
      "outcomes;\n"
      "so does the label `meaning` of `softwire_outcome_info`.\n\n"
      "| series | type | labels | meaning |\n|---|---|---|---|\n");
  for (const Family& family : controlplane::metrics::kFamilies) {
    const bool is_counter = family.type == Type::kCounter;
    const bool is_info = family.type == Type::kInfo;
    print("| `" + std::string(family.name) +
          (is_counter ? "_total"
           : is_info  ? "_info"
                      : "") +
          "` | " +
          (is_counter ? "counter"
           : is_info  ? "info"
                      : "gauge") +
          " | " + std::string(family.labels) + " | " + std::string(family.help) + " |\n");
  }
}

}  // namespace
}  // namespace softwire

int main(int argc, char** argv) {
  const std::string_view what = argc > 1 ? argv[1] : "";
  if (what.empty()) {
    softwire::print_families();
    return 0;
  }
  if (what != "openmetrics" && what != "prometheus") {
    std::fputs("usage: metrics_doc [openmetrics|prometheus]\n", stderr);
    return 2;
  }
  constexpr unsigned kWorkers = 2;
  softwire::print(
      render(softwire::testing::example_observation(kWorkers),
             what == "openmetrics" ? softwire::Format::kOpenMetrics : softwire::Format::kPrometheus));
  return 0;
}

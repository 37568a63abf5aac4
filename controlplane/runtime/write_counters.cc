// SPDX-License-Identifier: BSD-3-Clause
#include "controlplane/runtime/write_counters.h"

#include <nlohmann/json.hpp>

#include <fstream>
#include <iostream>

namespace softwire::controlplane {

Result<Done> write_counters(const std::string& path,
                            const std::vector<std::pair<std::string, std::uint64_t>>& counters) {
  nlohmann::ordered_json values = nlohmann::ordered_json::object();
  for (const auto& [name, value] : counters) values[name] = value;
  const std::string text = nlohmann::ordered_json{{"counters", std::move(values)}}.dump(2) + "\n";
  if (path == "-") {
    std::cout << text << std::flush;
    if (!std::cout) return Error{"standard output: cannot be written"};
    return Done{};
  }
  std::ofstream file(path, std::ios::binary);
  file << text << std::flush;
  if (!file) return Error{path + ": cannot be written"};
  return Done{};
}

}  // namespace softwire::controlplane

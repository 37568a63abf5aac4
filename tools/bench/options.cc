// SPDX-License-Identifier: BSD-3-Clause
#include "tools/bench/options.h"

#include <algorithm>
#include <boost/program_options.hpp>
#include <cmath>
#include <iterator>
#include <sstream>

#include "controlplane/text/option_error.h"
#include "tools/bench/traffic.h"

namespace softwire::bench {

namespace po = boost::program_options;

namespace {

po::options_description description() {
  po::options_description options("Options");
  auto add = options.add_options();
  add("scenario", po::value<std::vector<std::string>>()->value_name("NAME"),
      "measure this scenario; may repeat; default: all");
  add("bindings", po::value<std::int64_t>()->value_name("N"),
      "bindings in the table, instead of the scenario's");
  add("flows", po::value<std::int64_t>()->value_name("N"), "flows, instead of the scenario's");
  add("frame", po::value<std::int64_t>()->default_value(64)->value_name("BYTES"),
      "Ethernet frame on the IPv4 side, with frame check sequence, 64 to 1518; on the IPv6 side it is 40 "
      "longer, translated 20; scenarios with fixed lengths are then not in the default set");
  add("direction", po::value<std::string>()->value_name("encap|decap|both"),
      "default: all three, one after the other");
  add("seconds", po::value<double>()->default_value(kDefaultSeconds)->value_name("S"),
      "time for each scenario and direction");
  add("live", po::bool_switch(),
      "instead of scenarios, measure several workers, bindings that change, and a table that is replaced "
      "under traffic; with 1048576 bindings and flows unless --bindings and --flows are given");
  add("workers", po::value<std::int64_t>()->value_name("N"), "with --live: most workers, 1 to 64; default 2");
  add("relay", po::bool_switch(), "instead of scenarios, measure DHCP messages on the control thread");
  add("flood", po::bool_switch(),
      "instead of scenarios, measure the data rate of other subscribers during a flood of DHCPDISCOVERs");
  add("instruction-set", po::value<std::string>()->value_name("NAME"),
      "with scenarios: instruction set of the engine, such as x86-64-v2; default: the best that the "
      "processor "
      "supports");
  add("json", po::bool_switch(), "print JSON instead of a table");
  add("help", po::bool_switch(), "print this");
  add("version", po::bool_switch(), "print the version");
  return options;
}

std::string scenario_names() {
  std::string names;
  for (const Scenario& scenario : kScenarios) {
    if (!names.empty()) names += ", ";
    names += scenario.name;
  }
  return names;
}

std::optional<Error> select_scenarios(const po::variables_map& values, Options& options) {
  const bool has_frame = !values["frame"].defaulted();
  if (values.count("scenario") == 0) {
    std::copy_if(kScenarios.begin(), kScenarios.end(), std::back_inserter(options.scenarios),
                 [&](const Scenario& s) { return !has_frame || s.shape == Shape::kUniform; });
    return std::nullopt;
  }
  for (const std::string& name : values["scenario"].as<std::vector<std::string>>()) {
    const auto* const found =
        std::find_if(kScenarios.begin(), kScenarios.end(), [&](const Scenario& s) { return s.name == name; });
    if (found == kScenarios.end()) {
      return Error{"--scenario: no scenario \"" + name + "\"; there are " + scenario_names()};
    }
    if (has_frame && found->shape != Shape::kUniform) {
      return Error{"--frame: the frames of scenario " + name + " have lengths of their own"};
    }
    options.scenarios.push_back(*found);
  }
  return std::nullopt;
}

std::optional<Error> select_directions(const po::variables_map& values, Options& options) {
  if (values.count("direction") == 0) {
    options.directions.assign(kDirections.begin(), kDirections.end());
    return std::nullopt;
  }
  const auto& name = values["direction"].as<std::string>();
  const auto* const found = std::find_if(kDirections.begin(), kDirections.end(),
                                         [&](Direction direction) { return name_of(direction) == name; });
  if (found == kDirections.end()) {
    return Error{"--direction: no direction \"" + name + "\"; there are encap, decap, both"};
  }
  options.directions.push_back(*found);
  return std::nullopt;
}

// Reads the number of `option` within [min, max] into `place`. Does not change `place` when the option is not
// given.
std::optional<Error> take_number(const po::variables_map& values, const char* option, std::int64_t min,
                                 std::int64_t max, std::uint32_t& place) {
  if (values.count(option) == 0) return std::nullopt;
  const auto value = values[option].as<std::int64_t>();
  if (value < min || value > max) {
    return Error{"--" + std::string(option) + ": " + std::to_string(value) + " is not within " +
                 std::to_string(min) + " to " + std::to_string(max)};
  }
  place = static_cast<std::uint32_t>(value);
  return std::nullopt;
}

std::optional<Error> take_live(const po::variables_map& values, Options& options) {
  if (!values["live"].as<bool>()) {
    return values.count("workers") == 0 ? std::nullopt : std::optional(Error{"--workers: needs --live"});
  }
  if (values.count("scenario") != 0 || values.count("direction") != 0) {
    return Error{"--live: uses its own traffic; leave --scenario and --direction out"};
  }
  LiveOptions& live = options.live.emplace();
  live.frame = options.frame;
  live.seconds = options.seconds;
  if (auto error = take_number(values, "bindings", 2, kMaxBindings, live.bindings)) return error;
  if (auto error = take_number(values, "flows", 2, kMaxFlows, live.flows)) return error;
  return take_number(values, "workers", 1, 64, live.workers);
}

std::optional<Error> take_instruction_set(const po::variables_map& values, Options& options) {
  if (values.count("instruction-set") == 0) return std::nullopt;
  const auto& name = values["instruction-set"].as<std::string>();
  options.instruction_set = dataplane::instruction_set_of(name);
  if (!options.instruction_set)
    return Error{"--instruction-set: this program is not built for \"" + name + "\""};
  if (dataplane::is_supported(*options.instruction_set)) return std::nullopt;
  return Error{"--instruction-set: this processor does not support " + name};
}

Result<Options> options_of(const po::variables_map& values) {
  Options options;
  options.help = values["help"].as<bool>();
  options.version = values["version"].as<bool>();
  options.json = values["json"].as<bool>();
  options.seconds = values["seconds"].as<double>();
  if (!(options.seconds > 0) || !std::isfinite(options.seconds)) {
    return Error{"--seconds: must be a number above 0"};
  }
  if (auto error = select_scenarios(values, options)) return *error;
  if (auto error = select_directions(values, options)) return *error;
  if (auto error = take_number(values, "frame", kMinFrame, kMaxFrame, options.frame)) return *error;
  for (Scenario& scenario : options.scenarios) {
    if (auto error = take_number(values, "bindings", 1, kMaxBindings, scenario.bindings)) return *error;
    if (auto error = take_number(values, "flows", 1, kMaxFlows, scenario.flows)) return *error;
  }
  if (auto error = take_live(values, options)) return *error;
  if (auto error = take_instruction_set(values, options)) return *error;
  options.relay = values["relay"].as<bool>();
  options.flood = values["flood"].as<bool>();
  if ((options.relay || options.flood) && (options.live || (options.relay && options.flood) ||
                                           values.count("scenario") != 0 || values.count("direction") != 0)) {
    return Error{
        std::string(options.flood ? "--flood" : "--relay") +
        ": has packets of its own; leave --live, --scenario, --direction and the other of --relay and "
        "--flood out"};
  }
  return options;
}

}  // namespace

Result<Options> parse_options(const std::vector<std::string>& words) {
  try {
    po::variables_map values;
    po::store(po::command_line_parser(words)
                  .options(description())
                  .positional({})
                  .style(po::command_line_style::unix_style & ~po::command_line_style::allow_guessing)
                  .run(),
              values);
    return options_of(values);
  } catch (const po::error& error) {
    return Error{option_error_text(error)};
  }
}

std::string help_text() {
  std::ostringstream text;
  text << "softwire-bench: measures the engine on this machine, and the cost of memory access alone\n\n"
       << description() << "\nScenarios:\n";
  for (const Scenario& scenario : kScenarios) {
    text << "  " << scenario.name << std::string(10 - scenario.name.size(), ' ') << scenario.help << '\n';
  }
  return text.str();
}

}  // namespace softwire::bench

// SPDX-License-Identifier: BSD-3-Clause
#include "controlplane/config/load_config.h"

#include <boost/program_options/errors.hpp>
#include <boost/program_options/value_semantic.hpp>

#include <map>
#include <optional>
#include <set>
#include <sstream>
#include <utility>

#include "controlplane/config/keys.h"
#include "controlplane/text/option_error.h"
#include "controlplane/text/read_file.h"
#include "controlplane/text/values.h"
#include "dataplane/policy/policy.h"
#include "softwire/address_text.h"

namespace softwire::controlplane {
namespace {

namespace po = boost::program_options;

// The values of each key that is set, in the order of the input.
using Settings = std::map<const Key*, std::vector<Setting>>;

Error error_at(const std::string& where, const std::string& what) {
  return Error{where + ": " + what};
}

const po::options_description& options() {
  static const po::options_description description = config_options();
  return description;
}

// Returns "ipv4" for "ipv4.mtu", and "" for a key before the first section.
std::string section_of(std::string_view name) {
  const std::size_t dot = name.find('.');
  return std::string(name.substr(0, dot == std::string_view::npos ? 0 : dot));
}

std::string listed(const std::set<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

// Returns the names of the sections, without the empty name of the keys before the first section.
std::set<std::string> sections() {
  std::set<std::string> names;
  for (const Key& key : keys()) names.insert(section_of(key.name));
  names.erase("");
  return names;
}

std::string unknown_key(const std::string& name) {
  const std::string section = section_of(name);
  std::set<std::string> there;
  for (const Key& key : keys()) {
    if (section_of(key.name) == section) there.insert(key.name);
  }
  if (there.empty()) return "unknown section " + in_quotes(section) + "; there are " + listed(sections());
  return "unknown key " + in_quotes(name) + "; there are " + listed(there);
}

std::optional<Error> add(Settings& settings, const std::string& name, Setting setting) {
  const Key* key = find_key(name);
  if (key == nullptr) return error_at(setting.where, unknown_key(name));
  std::vector<Setting>& given = settings[key];
  for (const Setting& earlier : given) {
    if (!key->may_repeat) {
      return error_at(setting.where,
                      name + " is given twice, first at " + earlier.where + "; it may be given once");
    }
    if (earlier.value == setting.value) {
      return error_at(setting.where, name + " " + in_quotes(setting.value) + " is given twice, first at " +
                                         earlier.where + "; give each value once");
    }
  }
  given.push_back(std::move(setting));
  return std::nullopt;
}

std::string_view trimmed(std::string_view line) {
  line = line.substr(0, line.find('#'));
  constexpr std::string_view kBlank = " \t\r\n";
  const std::size_t first = line.find_first_not_of(kBlank);
  if (first == std::string_view::npos) return {};
  return line.substr(first, line.find_last_not_of(kBlank) - first + 1);
}

// Boost.Program_options does not report the line of an error. So it gets one line at a time, each with its
// section.
std::optional<Error> read_text(std::string_view text, const std::string& path, Settings& settings) {
  const std::filesystem::path base = std::filesystem::path(path).parent_path();
  std::string section_line;
  for (unsigned number = 1; !text.empty(); ++number) {
    const std::size_t end = text.find('\n');
    const std::string_view line = trimmed(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    const std::string where = path + ":" + std::to_string(number);
    if (line.empty()) continue;
    if (line.front() == '[' && line.back() == ']') {
      if (const std::string name(line.substr(1, line.size() - 2)); !sections().contains(name)) {
        return error_at(where, "unknown section " + in_quotes(name) + "; there are " + listed(sections()));
      }
      section_line = std::string(line) + "\n";
      continue;
    }
    try {
      std::istringstream input(section_line + std::string(line));
      for (const po::option& option : po::parse_config_file(input, options()).options) {
        const std::string& value = option.value.at(0);
        if (value.empty()) {
          return error_at(where, option.string_key +
                                     " has no value; give one, or remove the line: then the "
                                     "default holds");
        }
        if (auto error = add(settings, option.string_key, {value, where, base})) return error;
      }
    } catch (const po::unknown_option& unknown) {
      return error_at(where, unknown_key(unknown.get_option_name()));
    } catch (const po::invalid_config_file_syntax&) {
      return error_at(where, in_quotes(line) + " is neither 'key = value' nor '[section]'");
    }
  }
  return std::nullopt;
}

std::optional<Error> read_arguments(const std::vector<std::string>& arguments, Settings& settings) {
  const std::string where = "command line";
  using Style = po::command_line_style::style_t;
  constexpr int kStyle = Style::allow_long | Style::long_allow_adjacent | Style::long_allow_next;
  try {
    const auto parsed = po::command_line_parser(arguments).options(options()).style(kStyle).run();
    for (const po::option& option : parsed.options) {
      if (option.string_key.empty()) {
        return error_at(where, in_quotes(option.value.at(0)) + " is not an option; an option is --key value");
      }
      if (auto error = add(settings, option.string_key, {option.value.at(0), where, {}})) return error;
    }
  } catch (const po::unknown_option& unknown) {
    std::string option = unknown.get_option_name();  // as it was written: "--key" or "--key=value"
    option.erase(0, option.find_first_not_of('-'));
    return error_at(where, unknown_key(option.substr(0, option.find('='))));
  } catch (const po::error& error) {
    return error_at(where, option_error_text(error));
  }
  return std::nullopt;
}

std::optional<Error> apply_settings(const Settings& settings, Config& config) {
  for (const auto& [key, given] : settings) {
    for (const Setting& setting : given) {
      if (!setting.value.empty()) config.given[key->name].push_back(setting.value);
      if (setting.value.empty()) continue;
      if (const auto error = key->set(config, setting)) {
        return error_at(setting.where, key->name + ": " + error->text);
      }
    }
  }
  return std::nullopt;
}

// Returns where each value of a key is set, in the order of the values.
std::vector<std::string> places_of(const Settings& settings, std::string_view key) {
  std::vector<std::string> places;
  const auto found = settings.find(find_key(key));
  if (found == settings.end()) return places;
  for (const Setting& setting : found->second) {
    if (!setting.value.empty()) places.push_back(setting.where);
  }
  return places;
}

std::optional<Error> check_dhcp_server(const Settings& settings, Config& config) {
  dhcp::ServerOptions& server = config.dhcp_server;
  if (server.address.is_unspecified()) server.address = config.dhcp_relay.address;

  const auto pool_places = places_of(settings, "dhcp-server.pool");
  if (const auto error = dhcp::find_conflict(server.pools)) {
    return error_at(pool_places[error->index], "dhcp-server.pool: " + error->text);
  }
  const auto static_places = places_of(settings, "dhcp-server.static");
  if (const auto error = dhcp::find_conflict(server.pools, server.static_leases)) {
    return error_at(static_places[error->index], "dhcp-server.static: " + error->text);
  }
  for (std::size_t i = 0; i < server.static_leases.size(); ++i) {
    if (server.static_leases[i].ipv4 != server.address) continue;
    return error_at(static_places[i], "dhcp-server.static: " + to_string(server.address) +
                                          " is the server's own address; give the subscriber another one");
  }
  const auto option_places = places_of(settings, "dhcp-server.option");
  std::set<std::uint8_t> codes;
  for (std::size_t i = 0; i < server.options.size(); ++i) {
    if (codes.insert(server.options[i].code).second) continue;
    return error_at(option_places[i], "dhcp-server.option: option " + std::to_string(server.options[i].code) +
                                          " is given twice; give each option once");
  }
  if (!server.is_on() || !server.address.is_unspecified()) return std::nullopt;
  return error_at((pool_places.empty() ? static_places : pool_places).front(),
                  "the DHCP server needs an address; give dhcp-server.address or ipv4.address");
}

// Checks that a list fits in the array that the dataplane has for it.
std::optional<Error> check_count(const Settings& settings, const std::string& key, std::size_t most) {
  const std::vector<std::string> places = places_of(settings, key);
  if (places.size() <= most) return std::nullopt;
  return error_at(places.back(), key + " is given " + std::to_string(places.size()) +
                                     " times; it may be given " + std::to_string(most) + " times");
}

std::optional<Error> check_dhcp_relay(const Settings& settings, const Config& config) {
  const DhcpRelayConfig& relay = config.dhcp_relay;
  if (auto error = check_count(settings, "dhcp-over-ipv6.relay", dataplane::kMaxDhcpRelays)) return error;
  for (const std::string key : {"dhcp-relay.server", "dhcp-relay.dhcp4o6-server"}) {
    const std::vector<std::string> places = places_of(settings, key);
    if (places.empty()) continue;
    if (auto error = check_count(settings, key, dataplane::kMaxDhcpServers)) return error;
    if (relay.address.is_unspecified()) {
      return error_at(places.front(),
                      key + " needs an address of the relay; give dhcp-relay.address or ipv4.address");
    }
  }
  const std::vector<std::string> servers = places_of(settings, "dhcp-relay.server");
  // A message of the size that every host accepts (RFC 2131 section 2), plus option 82.
  constexpr std::uint16_t kMinMtu = 640;
  if (!servers.empty() && config.ipv4.mtu < kMinMtu) {
    return error_at(servers.front(), "dhcp-relay.server needs an ipv4.mtu of " + std::to_string(kMinMtu) +
                                         " or more, for messages with option 82; it is " +
                                         std::to_string(config.ipv4.mtu));
  }
  for (std::size_t i = 0; i < servers.size(); ++i) {
    if (relay.servers[i] != relay.address) continue;
    return error_at(servers[i], "dhcp-relay.server " + in_quotes(to_string(relay.address)) +
                                    " is the address of the relay itself; give the server's");
  }
  const std::vector<std::string> over_dhcpv6 = places_of(settings, "dhcp-relay.dhcp4o6-server");
  if (relay.rewrite_server_identifier && servers.size() + over_dhcpv6.size() > 1) {
    return error_at(places_of(settings, "dhcp-relay.rewrite-server-identifier").front(),
                    "dhcp-relay.rewrite-server-identifier allows one server, because clients that see our "
                    "address do not say whose offer they chose; there are " +
                        std::to_string(servers.size() + over_dhcpv6.size()) +
                        "; remove the key, or all servers but one");
  }
  std::set<Ipv6Address> seen;
  for (std::size_t i = 0; i < over_dhcpv6.size(); ++i) {
    const Ipv6Address& address = relay.dhcp4o6_servers[i].address;
    const std::string what = "dhcp-relay.dhcp4o6-server " + in_quotes(to_string(address));
    if (config.ipv6_address.is_unspecified()) {
      return error_at(over_dhcpv6[i], what + " needs an address to answer to; give ipv6.address");
    }
    if (address == config.ipv6_address) {
      return error_at(over_dhcpv6[i], what + " is ipv6.address, the hub's own; give the server's");
    }
    if (!seen.insert(address).second) {
      return error_at(over_dhcpv6[i], what + " is given twice; give each server once");
    }
  }
  return std::nullopt;
}

// Only a DHCP server makes leases, so leases.pool needs one.
std::optional<Error> check_leases(const Settings& settings, const Config& config) {
  const std::vector<std::string> pools = places_of(settings, "leases.pool");
  if (pools.empty() || config.dhcp_relay.is_on() || config.dhcp_server.is_on()) return std::nullopt;
  return error_at(pools.front(),
                  "leases.pool needs a DHCP server; give dhcp-relay.server, dhcp-relay.dhcp4o6-server or "
                  "dhcp-server.pool");
}

// Returns whether a filter expression has this word. A word consists of letters, digits, points, colons,
// hyphens and underscores.
bool has_word(std::string_view expression, std::string_view word) {
  const auto is_part = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '.' || c == ':' || c == '-' || c == '_';
  };
  for (std::size_t at = 0; at < expression.size();) {
    std::size_t end = at;
    while (end < expression.size() && is_part(expression[end])) ++end;
    if (expression.substr(at, end - at) == word) return true;
    at = end + 1;
  }
  return false;
}

// A filter that asks for the tag of the side matches no frame.
std::optional<Error> check_filters(const Settings& settings, const Config& config) {
  for (const auto& [side, name] : {std::pair{&config.ipv4, "ipv4"}, std::pair{&config.ipv6, "ipv6"}}) {
    if (side->vlan == 0) continue;
    for (const auto& [filter, key] : {std::pair{&side->ingress_filter, "ingress-filter"},
                                      std::pair{&side->egress_filter, "egress-filter"}}) {
      if (!has_word(*filter, "vlan")) continue;
      const std::string full = std::string(name) + "." + key;
      return error_at(places_of(settings, full).front(),
                      full + " has the word vlan, but the filter sees frames without the tag of " + name +
                          ".vlan; leave \"vlan and\" out");
    }
  }
  return std::nullopt;
}

// Checks what concerns several keys, and fills in the defaults that are another key's value.
std::optional<Error> cross_check(const Settings& settings, Config& config) {
  const auto given = [&settings](std::string_view key) { return settings.at(find_key(key)); };
  if (!config.on_a_stick && !config.ipv4.port.empty() && config.ipv4.port == config.ipv6.port) {
    return error_at(given("ipv6.port").back().where,
                    "ipv4.port and ipv6.port are both " + in_quotes(config.ipv6.port) +
                        "; each side needs its own, or set on-a-stick = true");
  }
  if (config.on_a_stick && !config.ipv4.port.empty() && !config.ipv6.port.empty() &&
      config.ipv4.port != config.ipv6.port) {
    return error_at(given("ipv6.port").back().where,
                    "on-a-stick uses one port, but ipv4.port and ipv6.port differ; give one of them, or give "
                    "both the same device");
  }
  for (const auto& [side, name] : {std::pair{&config.ipv4, "ipv4"}, std::pair{&config.ipv6, "ipv6"}}) {
    if (!side->icmp_error_source_rate || *side->icmp_error_source_rate <= side->icmp_error_rate) continue;
    const std::string key = std::string(name) + ".icmp-error-source-rate";
    return error_at(given(key).back().where,
                    key + " is " + std::to_string(*side->icmp_error_source_rate) + ", but " + name +
                        ".icmp-error-rate, the limit for all sources, is " +
                        std::to_string(side->icmp_error_rate) + "; give at most that");
  }
  if (auto wrong = check_filters(settings, config)) return wrong;
  const DaemonConfig& daemon = config.daemon;
  if (!daemon.worker_cpus.empty() && daemon.worker_cpus.size() != daemon.workers) {
    return error_at(given("worker-cpu").back().where,
                    "worker-cpu is given " + std::to_string(daemon.worker_cpus.size()) +
                        " times, but workers = " + std::to_string(daemon.workers) +
                        "; give one for each worker, or none");
  }
  DhcpRelayConfig& relay = config.dhcp_relay;
  if (relay.address.is_unspecified()) relay.address = config.ipv4_address;
  if (auto error = check_dhcp_server(settings, config)) return error;
  if (auto error = check_dhcp_relay(settings, config)) return error;
  return check_leases(settings, config);
}

}  // namespace

po::options_description config_options() {
  po::options_description description("Configuration (also keys of the configuration file)");
  for (const Key& key : keys()) {
    const std::string help =
        key.help + ". Takes " + key.expected + (key.may_repeat ? "; may be given more than once" : "");
    description.add_options()(key.name.c_str(), po::value<std::string>()->value_name("VALUE"), help.c_str());
  }
  return description;
}

std::vector<std::string> config_arguments(const po::parsed_options& command_line) {
  std::vector<std::string> arguments;
  for (const po::option& option : command_line.options) {
    if (find_key(option.string_key) == nullptr) continue;
    arguments.insert(arguments.end(), option.original_tokens.begin(), option.original_tokens.end());
  }
  return arguments;
}

Result<Config> parse_config(std::string_view text, const std::string& path,
                            const std::vector<std::string>& arguments) {
  Settings in_file;
  Settings settings;
  if (auto error = read_text(text, path, in_file)) return *error;
  if (auto error = read_arguments(arguments, settings)) return *error;
  settings.merge(in_file);  // does not replace keys that are already set: the command line wins
  Config config;
  config.path = path;
  if (auto error = apply_settings(settings, config)) return *error;
  if (auto error = cross_check(settings, config)) return *error;
  return config;
}

Result<Config> load_config(const std::string& path, const std::vector<std::string>& arguments) {
  if (path.empty()) return parse_config({}, {}, arguments);
  const Result<std::string> text = read_file(path);
  if (!text) return text.error();
  return parse_config(*text, path, arguments);
}

}  // namespace softwire::controlplane

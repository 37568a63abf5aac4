// SPDX-License-Identifier: BSD-3-Clause
#include "tools/b4/options.h"

#include <algorithm>
#include <boost/program_options.hpp>
#include <sstream>
#include <string_view>

#include "controlplane/softwires/statements/rule_statement.h"
#include "controlplane/text/option_error.h"
#include "controlplane/text/statement_words.h"
#include "controlplane/text/values.h"

namespace softwire::b4 {

namespace po = boost::program_options;

namespace {

po::options_description description() {
  po::options_description options("Options");
  const auto text = [](const char* name) { return po::value<std::string>()->value_name(name); };
  options.add_options()                                                                           //
      ("b4", text("ADDRESS"), "IPv6 address of this end; an interface of this namespace has it")  //
      ("br", text("ADDRESS"), "IPv6 address of the border relay")                                 //
      ("rule", text("STATEMENT"),
       "represent a MAP-E CE of this rule, a statement of softwires.conf; instead of --b4 and --br")  //
      ("end-user-prefix", text("PREFIX"), "select the CE of the rule with this IPv6 prefix")          //
      ("ipv4", text("ADDRESS"), "select the CE of the rule with this IPv4 address")                   //
      ("psid", text("N"), "PSID of the CE, if CEs share addresses; decimal or 0x hexadecimal")        //
      ("device", text("NAME")->default_value("softwire0"), "name of the device to make")              //
      ("mode", text("tun|tap")->default_value("tun"),
       "tun: IP packets; tap: Ethernet frames, for clients that need an Ethernet interface")  //
      ("mtu", text("N"),
       "MTU of the device, 68 to 65521; default: that of the route to the BR, less 40. softwire-b4 sends "
       "packets that are too long for the route as IPv6 fragments")                             //
      ("hop-limit", text("N")->default_value("64"), "hop limit of the outer header, 1 to 255")  //
      ("print", po::bool_switch(), "print the addresses and ports, and end")                    //
      ("help", po::bool_switch(), "print this")                                                 //
      ("version", po::bool_switch(), "print the version");
  return options;
}

// Reads options. Keeps the first error, which names the option.
class Reader {
 public:
  explicit Reader(const po::variables_map& values) : values_(values) {}

  [[nodiscard]] bool has(const char* option) const { return values_.count(option) != 0; }

  template <typename Parse>
  auto read(const char* option, Parse parse, std::string_view expected)
      -> decltype(parse(std::string_view())) {
    if (!has(option)) return std::nullopt;
    const auto& text = values_[option].as<std::string>();
    auto value = parse(text);
    if (!value) {
      fail("--" + std::string(option) + ": " + controlplane::in_quotes(text) + " is not " +
           std::string(expected));
    }
    return value;
  }

  void fail(const std::string& text) {
    if (!error_) error_ = Error{text};
  }
  [[nodiscard]] const std::optional<Error>& error() const { return error_; }

 private:
  const po::variables_map& values_;
  std::optional<Error> error_;
};

auto number_from(std::uint32_t min, std::uint32_t max) {
  return [=](std::string_view text) {
    const auto value = parse_number(text, max);
    return value && *value >= min ? value : std::nullopt;
  };
}

// Returns nullopt for a name that the kernel refuses, or uses as a pattern.
std::optional<std::string> parse_device_name(std::string_view text) {
  const bool is_name = !text.empty() && text.size() <= Device::kMaxName && text != "." && text != ".." &&
                       std::all_of(text.begin(), text.end(), [](char c) {
                         return c > ' ' && c <= '~' && c != '/' && c != ':' && c != '%';
                       });
  return is_name ? std::optional(std::string(text)) : std::nullopt;
}

std::optional<DeviceMode> parse_mode(std::string_view text) {
  if (text == "tun") return DeviceMode::kTun;
  if (text == "tap") return DeviceMode::kTap;
  return std::nullopt;
}

Result<Subscriber> read_ce(Reader& reader, const std::string& statement) {
  if (reader.has("b4") || reader.has("br")) {
    return Error{"--rule gives both addresses; leave out --b4 and --br"};
  }
  // The hub excludes port 68 from every port set.
  const auto rule = controlplane::parse_rule(statement, controlplane::Port68::kExclude);
  if (!rule) return Error{"--rule: " + rule.error().text};
  if (rule->kind != RuleKind::kMapE) return Error{"--rule: is a map-t rule; give a map-e rule"};
  const auto prefix =
      reader.read("end-user-prefix", parse_ipv6_prefix,
                  "an IPv6 prefix such as 2001:db8:12:3400::/56, with no bit set beyond its length");
  const auto address =
      reader.read("ipv4", controlplane::parse_ipv4_subscriber, controlplane::kIpv4SubscriberWords);
  const auto psid = reader.read("psid", controlplane::parse_psid, controlplane::kPsidWords);
  if (reader.error()) return *reader.error();
  if (prefix.has_value() == address.has_value() || (psid && !address)) {
    return Error{
        "--rule needs --end-user-prefix or --ipv4; if CEs share addresses, --ipv4 also needs --psid"};
  }
  return prefix
             ? ce_of_prefix(*rule, *prefix)
             : ce_of_address(*rule, *address, psid ? std::optional(static_cast<Psid>(*psid)) : std::nullopt);
}

Result<Subscriber> read_b4(Reader& reader) {
  for (const char* option : {"end-user-prefix", "ipv4", "psid"}) {
    if (reader.has(option)) return Error{"--" + std::string(option) + " selects a CE; give its --rule"};
  }
  for (const char* option : {"b4", "br"}) {
    if (!reader.has(option)) return Error{"give --b4 and --br, or --rule"};
  }
  const auto b4 =
      reader.read("b4", controlplane::parse_softwire_address, controlplane::kSoftwireAddressWords);
  const auto br =
      reader.read("br", controlplane::parse_softwire_address, controlplane::kSoftwireAddressWords);
  if (reader.error()) return *reader.error();
  if (*b4 == *br) return Error{"--b4 and --br are the same address; give each end its own address"};
  return Subscriber{*b4, *br, std::nullopt, std::nullopt};
}

Result<Options> options_of(const po::variables_map& values) {
  Options options;
  options.help = values["help"].as<bool>();
  options.version = values["version"].as<bool>();
  if (options.help || options.version) return options;
  options.print = values["print"].as<bool>();
  Reader reader(values);
  const auto device = reader.read("device", parse_device_name, "a name of 1 to 15 characters without / : %");
  const auto mode = reader.read("mode", parse_mode, "tun or tap");
  options.mtu = reader.read("mtu", number_from(Device::kMinMtu, Device::kMaxMtu),
                            controlplane::decimal_words(Device::kMinMtu, Device::kMaxMtu));
  const auto hop_limit = reader.read("hop-limit", number_from(1, 255), controlplane::decimal_words(1, 255));
  if (reader.error()) return *reader.error();
  const auto subscriber =
      reader.has("rule") ? read_ce(reader, values["rule"].as<std::string>()) : read_b4(reader);
  if (!subscriber) return subscriber.error();
  options.device = *device;
  options.mode = *mode;
  options.hop_limit = static_cast<std::uint8_t>(*hop_limit);
  options.subscriber = *subscriber;
  return options;
}

}  // namespace

Result<Options> parse_options(const std::vector<std::string>& words) {
  using Style = po::command_line_style::style_t;
  constexpr int kStyle = Style::allow_long | Style::long_allow_adjacent | Style::long_allow_next;
  try {
    po::variables_map values;
    po::store(po::command_line_parser(words).options(description()).positional({}).style(kStyle).run(),
              values);
    return options_of(values);
  } catch (const po::too_many_positional_options_error&) {
    return Error{"an argument is not an option; options are --name VALUE"};
  } catch (const po::error& error) {
    return Error{option_error_text(error)};
  }
}

std::string help_text() {
  std::ostringstream text;
  text
      << "Usage: softwire-b4 --b4 ADDRESS --br ADDRESS [--device NAME] [--mode tun|tap] ...\n"
         "       softwire-b4 --rule STATEMENT --end-user-prefix PREFIX | --ipv4 ADDRESS [--psid N] ...\n\n"
         "Represents the subscriber's end of a softwire. Sends the packets of the device to the border\n"
         "relay as IPv4 in IPv6, and writes the packets from there to the device. Prints one name and value\n"
         "per line: b4, br; for a CE also ipv4, psid, ports; then mtu, device; and ready when the device is\n"
         "up. SIGTERM or SIGINT ends it; it then prints its counters to standard error. The user sets\n"
         "addresses, routes and NAT.\n"
         "Exit status: 0; 1 the softwire cannot be set up; 2 wrong usage.\n\n"
      << description();
  return text.str();
}

}  // namespace softwire::b4

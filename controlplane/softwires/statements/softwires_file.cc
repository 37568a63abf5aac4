// SPDX-License-Identifier: BSD-3-Clause
#include "controlplane/softwires/statements/softwires_file.h"

#include <algorithm>
#include <optional>

#include "controlplane/softwires/statements/rule_statement.h"
#include "controlplane/text/read_file.h"
#include "controlplane/text/statement_words.h"
#include "controlplane/text/values.h"
#include "softwire/address_text.h"
#include "softwire/martian.h"
#include "softwire/port_set.h"

namespace softwire::controlplane {
namespace {

// The values of a statement, before they are checked.
struct Words {
  std::optional<Ipv4Address> ipv4;
  std::optional<std::uint32_t> psid_offset;
  std::optional<std::uint32_t> psid_len;
  std::optional<std::uint32_t> psid;
  std::optional<Ipv6Address> b4;
  std::optional<Ipv6Address> br;
};

std::optional<Error> read_pair(Words& words, std::string_view word, std::string_view text) {
  // A key may name a link-local address, which an earlier release accepted; see parse_binding().
  if (word == "ipv4") return read_value(words.ipv4, word, text, parse_ipv4_host, kIpv4SubscriberWords);
  if (word == "psid-offset") return read_value(words.psid_offset, word, text, parse_bits, kBitsWords);
  if (word == "psid-len") return read_value(words.psid_len, word, text, parse_bits, kBitsWords);
  if (word == "psid") return read_value(words.psid, word, text, parse_psid, kPsidWords);
  if (word == "b4") return read_value(words.b4, word, text, parse_softwire_address, kSoftwireAddressWords);
  if (word == "br") return read_value(words.br, word, text, parse_softwire_address, kSoftwireAddressWords);
  return Error{"unknown word " + in_quotes(word) +
               "; a binding has ipv4, psid-offset, psid-len, psid, b4 and br"};
}

// The remedy depends on the port set. Another PSID always helps. An offset of 1 to 9 bits helps if there is
// room for it.
Error contains_port_68(const PortSet& ports) {
  const int longest_offset = std::min(9, 16 - ports.parameters.psid_len);
  std::string text = "the port set contains UDP port 68, the DHCPv4 client port; use another psid than " +
                     std::to_string(ports.psid);
  if (longest_offset >= 1) {
    text += ", or for all bindings of the address a psid-offset from 1 to " + std::to_string(longest_offset);
  }
  return Error{text + ", or set port-68 = exclude"};
}

Result<PortSet> make_port_set(const Words& words, Port68 port_68) {
  const unsigned offset = words.psid_offset.value_or(0);
  const unsigned len = words.psid_len.value_or(0);
  if (words.psid && !words.psid_len) {
    return Error{"psid without psid-len; give both, or neither for a whole address"};
  }
  if (len != 0 && !words.psid) {
    return Error{"psid-len without psid; give both, or neither for a whole address"};
  }
  if (offset + len > 16) {
    return Error{"psid-offset " + std::to_string(offset) + " and psid-len " + std::to_string(len) + " are " +
                 std::to_string(offset + len) + " bits; a port has 16"};
  }
  const auto ports = PortSet::make(offset, len, words.psid.value_or(0));
  if (!ports) {
    return Error{"psid " + std::to_string(*words.psid) + " does not fit in psid-len " + std::to_string(len) +
                 "; it may be " + std::to_string((1U << len) - 1) + " at most"};
  }
  if (port_68 == Port68::kRefuse && !ports->parameters.is_whole() && ports->contains_dhcp_client_port()) {
    return contains_port_68(*ports);
  }
  return *ports;
}

Result<Words> read_words(std::string_view statement) {
  const std::string_view kind = next_word(statement);
  if (kind != "binding") {
    return Error{in_quotes(kind) + " is not a statement; a statement begins with 'binding' or 'rule'"};
  }
  Words words;
  for (;;) {
    const std::string_view word = next_word(statement);
    if (word.empty()) return words;
    if (auto error = read_pair(words, word, next_word(statement))) return *error;
  }
}

Result<Binding> parse_words(std::string_view statement, Port68 port_68) {
  const Result<Words> read = read_words(statement);
  if (!read) return read.error();
  const Words& words = *read;
  if (!words.ipv4) return Error{"the binding has no ipv4; add ipv4 and the subscriber's IPv4 address"};
  if (!words.b4) return Error{"the binding has no b4; add b4 and the subscriber's IPv6 address"};
  if (!words.br) return Error{"the binding has no br; add br and the IPv6 address of the BR"};
  if (*words.b4 == *words.br) return Error{"b4 and br are the same address; give each end its own address"};
  const Result<PortSet> ports = make_port_set(words, port_68);
  if (!ports) return ports.error();
  return Binding{*words.ipv4, *ports, *words.b4, *words.br};
}

}  // namespace

Result<Binding> parse_binding(std::string_view statement, Port68 port_68) {
  auto binding = parse_words(statement, port_68);
  if (!binding || !is_link_local(binding->ipv4.host())) return binding;
  return Error{"ipv4: " + in_quotes(to_string(binding->ipv4)) + " is not " +
               std::string(kIpv4SubscriberWords)};
}

Result<Binding> parse_stored_binding(std::string_view statement) {
  return parse_words(statement, Port68::kExclude);
}

Result<BindingKey> parse_binding_key(std::string_view statement) {
  const Result<Words> words = read_words(statement);
  if (!words) return words.error();
  if (!words->ipv4) return Error{"the binding has no ipv4; add ipv4 and the subscriber's IPv4 address"};
  BindingKey key{.ipv4 = *words->ipv4, .psid = {}, .parameters = {}, .b4 = words->b4, .br = words->br};
  if (words->psid) key.psid = static_cast<Psid>(*words->psid);
  if (words->psid_len) {
    key.parameters = PortParameters{static_cast<std::uint8_t>(words->psid_offset.value_or(0)),
                                    static_cast<std::uint8_t>(*words->psid_len)};
  }
  return key;
}

bool BindingKey::names(const Binding& binding) const {
  return binding.ipv4 == ipv4 && (psid ? *psid == binding.ports.psid : binding.ports.parameters.is_whole()) &&
         (!parameters || *parameters == binding.ports.parameters) && (!b4 || *b4 == binding.b4) &&
         (!br || *br == binding.br);
}

std::string to_statement(const BindingKey& key) {
  std::string text = "binding ipv4 " + to_string(key.ipv4);
  if (key.parameters && key.parameters->psid_offset != 0) {
    text += " psid-offset " + std::to_string(key.parameters->psid_offset);
  }
  if (key.parameters) text += " psid-len " + std::to_string(key.parameters->psid_len);
  if (key.psid) text += " psid " + std::to_string(*key.psid);
  if (key.b4) text += " b4 " + to_string(*key.b4);
  if (key.br) text += " br " + to_string(*key.br);
  return text;
}

Result<Softwires> parse_softwires(std::string_view text, const std::string& name, Port68 port_68) {
  Softwires softwires;
  const auto at_line = [&](std::uint32_t number, const Error& error) {
    return Error{name + ":" + std::to_string(number) + ": " + error.text};
  };
  for (std::uint32_t number = 1; !text.empty(); ++number) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    const std::string_view statement = line.substr(0, line.find('#'));
    if (std::ranges::all_of(statement, is_blank)) continue;
    std::string_view rest = statement;
    if (next_word(rest) == "rule") {
      const Result<Rule> rule = parse_rule(statement, port_68);
      if (!rule) return at_line(number, rule.error());
      softwires.rules.push_back({*rule, number});
    } else {
      const Result<Binding> binding = parse_binding(statement, port_68);
      if (!binding) return at_line(number, binding.error());
      softwires.bindings.push_back({*binding, number});
    }
  }
  return softwires;
}

Result<Softwires> read_softwires(const std::string& path, Port68 port_68) {
  const Result<std::string> text = read_file(path);
  if (!text) return text.error();
  return parse_softwires(*text, path, port_68);
}

std::string to_statement(const Binding& binding) {
  std::string text = "binding ipv4 " + to_string(binding.ipv4);
  const PortParameters& parameters = binding.ports.parameters;
  if (parameters.psid_offset != 0) text += " psid-offset " + std::to_string(parameters.psid_offset);
  if (parameters.psid_len != 0) {
    text +=
        " psid-len " + std::to_string(parameters.psid_len) + " psid " + std::to_string(binding.ports.psid);
  }
  return text + " b4 " + to_string(binding.b4) + " br " + to_string(binding.br);
}

}  // namespace softwire::controlplane

// SPDX-License-Identifier: BSD-3-Clause
// Reads module ietf-softwire-br (RFC 8676 section 7) as a stream of JSON events, so that a million entries
// need no tree.
#include <nlohmann/json.hpp>

#include <array>
#include <iterator>
#include <optional>
#include <utility>

#include "controlplane/softwires/statements/rule_statement.h"
#include "controlplane/text/json_text.h"
#include "controlplane/text/values.h"
#include "softwire/address_text.h"
#include "tools/ctl/formats/formats.h"
#include "tools/ctl/formats/settings.h"

namespace softwire::ctl {
namespace {

using controlplane::in_quotes;

// The position of the last octet read. The parser reads one octet after a number; the line is the one before
// that octet.
struct Position {
  std::uint32_t line = 1;
  bool after_newline = false;
};

class CountingIterator {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = const char&;

  CountingIterator(const char* at, Position& position) : at_(at), position_(&position) {}
  reference operator*() const { return *at_; }
  CountingIterator& operator++() {
    if (position_->after_newline) ++position_->line;
    position_->after_newline = *at_ == '\n';
    ++at_;
    return *this;
  }
  friend bool operator==(const CountingIterator& a, const CountingIterator& b) { return a.at_ == b.at_; }

 private:
  const char* at_;
  Position* position_;
};

enum class Node : std::uint8_t {
  kOther,  // and everything in it
  kRoot,
  kInstances,
  kBinding,
  kBindInstance,
  kBindingTable,
  kEntry,
  kIcmpPolicy,
  kIcmpv4,
  kIcmpv6,
  kAlgorithm,
  kAlgoInstance,
  kPortSet,
};

struct Child {
  Node parent;
  std::string_view name;
  Node node;
};

constexpr std::array kChildren = {
    Child{Node::kRoot, "data", Node::kRoot},  // in RESTCONF (RFC 8040)
    Child{Node::kRoot, "br-instances", Node::kInstances},
    Child{Node::kInstances, "binding", Node::kBinding},
    Child{Node::kBinding, "bind-instance", Node::kBindInstance},
    Child{Node::kBindInstance, "binding-table", Node::kBindingTable},
    Child{Node::kBindInstance, "icmp-policy", Node::kIcmpPolicy},
    Child{Node::kBindingTable, "binding-entry", Node::kEntry},
    Child{Node::kEntry, "port-set", Node::kPortSet},
    Child{Node::kIcmpPolicy, "icmpv4-errors", Node::kIcmpv4},
    Child{Node::kIcmpPolicy, "icmpv6-errors", Node::kIcmpv6},
    Child{Node::kInstances, "algorithm", Node::kAlgorithm},
    Child{Node::kAlgorithm, "algo-instance", Node::kAlgoInstance},
    Child{Node::kAlgoInstance, "port-set", Node::kPortSet},
};

// The leaves of an entry or an algorithm instance.
struct Fields {
  std::uint32_t line = 0;
  std::optional<Ipv4Address> ipv4;
  std::optional<Ipv6Prefix> b4;  // an address is a /128 with `is_address` set
  bool is_address = false;
  std::optional<Ipv6Address> br;
  std::optional<Ipv6Prefix> dmr;
  std::optional<Ipv4Prefix> rule_ipv4;
  std::optional<Ipv6Prefix> rule_ipv6;
  std::optional<std::uint32_t> ea_len;
  std::optional<std::uint32_t> psid_offset;
  std::optional<std::uint32_t> psid_len;
  std::optional<std::uint32_t> psid;
  bool enabled = true;
};

constexpr std::uint32_t kOuterHeader = 40;  // octets of the IPv6 header around the payload

class Rfc8676Import : public nlohmann::json_sax<nlohmann::json> {
 public:
  Rfc8676Import(const std::string& name, const Position& position) : name_(name), position_(position) {}

  bool null() override { return scalar("null", "a value"); }
  bool boolean(bool value) override { return take_boolean(value); }
  bool number_integer(number_integer_t value) override {
    return scalar(std::to_string(value), "a number from 0");
  }
  bool number_unsigned(number_unsigned_t value) override { return take_number(value); }
  bool number_float(number_float_t /*value*/, const string_t& text) override {
    return scalar(text, "a whole number");
  }
  bool string(string_t& value) override { return take_string(value); }
  bool binary(binary_t& /*value*/) override { return false; }  // does not occur in JSON

  bool key(string_t& key) override {
    const std::size_t colon = key.find(':');
    key_ = shown(std::string_view(key).substr(colon == std::string::npos ? 0 : colon + 1));
    return true;
  }

  bool start_object(std::size_t /*elements*/) override {
    if (stack_.size() == controlplane::kMaxJsonDepth) return fail_depth();
    const Node node = stack_.empty() ? Node::kRoot : is_list_ ? stack_.back() : child();
    is_list_ = false;
    stack_.push_back(node);
    if (node == Node::kEntry || node == Node::kAlgoInstance) {
      fields_ = {};
      fields_.line = position_.line;
    } else if (node == Node::kBindInstance) {
      entries_before_ = imported_.bindings.size();
      num_max_.reset();
      instance_line_ = position_.line;
    } else if (node == Node::kInstances) {
      found_ = true;
    }
    return true;
  }

  bool end_object() override {
    const Node node = stack_.back();
    stack_.pop_back();
    is_list_ = !lists_.empty() && lists_.back() == stack_.size();
    if (node == Node::kEntry) return add_binding();
    if (node == Node::kAlgoInstance) return add_rule();
    if (node == Node::kBindInstance && num_max_ && *num_max_ != imported_.bindings.size() - entries_before_) {
      note(instance_line_, "softwire-num-max", "softwired has no limit but memory");
    }
    return true;
  }

  // A list is on the stack as the node of its elements.
  bool start_array(std::size_t /*elements*/) override {
    if (stack_.empty()) return fail("the text is a list; give an object with ietf-softwire-br:br-instances");
    if (stack_.size() == controlplane::kMaxJsonDepth) return fail_depth();
    stack_.push_back(is_list_ ? Node::kOther : child());
    lists_.push_back(stack_.size());
    is_list_ = true;
    return true;
  }

  bool end_array() override {
    lists_.pop_back();
    stack_.pop_back();
    is_list_ = !lists_.empty() && lists_.back() == stack_.size();
    return true;
  }

  bool parse_error(std::size_t /*octet*/, const std::string& token,
                   const nlohmann::json::exception& /*exception*/) override {
    return fail("the text is not JSON (RFC 8259) from " + in_quotes(token) + " on");
  }

  Result<Imported> take() {
    if (error_) return *error_;
    if (!found_) return Error{name_ + ":1: there is no ietf-softwire-br:br-instances; give data of RFC 8676"};
    finish(imported_, settings_, name_);
    return std::move(imported_);
  }

 private:
  bool fail(const std::string& what) { return fail_at(position_.line, what); }
  bool fail_at(std::uint32_t line, const std::string& what) {
    error_ = error_at(name_, line, what);
    return false;
  }
  bool fail_depth() {
    return fail("there are more than " + std::to_string(controlplane::kMaxJsonDepth) +
                " objects and lists within each other; data of RFC 8676 has at most 8");
  }
  void note(std::uint32_t line, const std::string& key, const std::string& reason) {
    imported_.notes.push_back(not_carried(name_, line, key, reason));
  }

  // Returns the node for the value of the last key. Adds a note when the key is unknown.
  Node child() {
    const Node parent = stack_.back();
    if (parent == Node::kOther) return Node::kOther;
    for (const Child& c : kChildren) {
      if (c.parent == parent && c.name == key_) return c.node;
    }
    if (parent != Node::kRoot || !found_) {
      note(position_.line, key_, "softwired has nothing that corresponds");
    }
    return Node::kOther;
  }

  bool scalar(const std::string& text, const std::string& expected) {
    if (stack_.empty())
      return fail("the text is one value; give an object with ietf-softwire-br:br-instances");
    if (stack_.back() == Node::kOther) return true;
    return fail(key_ + ": " + in_quotes(text) + " is not " + expected);
  }

  bool unknown() {
    if (stack_.empty()) return scalar("", "");
    if (stack_.back() != Node::kOther) {
      note(position_.line, key_, "softwired has nothing that corresponds");
    }
    return true;
  }

  void set(const std::string& section, const std::string& key, const std::string& value) {
    if (!settings_.set(section, key, value)) {
      note(position_.line, key_, "softwired has one value for all instances, and another was given before");
    }
  }

  bool take_boolean(bool value) {
    const std::string text = value ? "true" : "false";
    const Node node = stack_.empty() ? Node::kOther : stack_.back();
    if (node == Node::kBindInstance && key_ == "enable-hairpinning") {
      set("", "hairpinning", text);
    } else if (node == Node::kIcmpv4 && key_ == "allow-incoming-icmpv4") {
      set("ipv4", "accept-icmp", text);
    } else if (node == Node::kIcmpv4 && key_ == "generate-icmpv4-errors") {
      set("ipv4", "generate-icmp-errors", text);
    } else if (node == Node::kIcmpv6 && key_ == "generate-icmpv6-errors") {
      set("ipv6", "generate-icmp-errors", text);
    } else if (node == Node::kAlgoInstance && key_ == "enable") {
      fields_.enabled = value;
    } else if (node == Node::kAlgoInstance && key_ == "forwarding") {
      if (!value) note(position_.line, "forwarding", "a border relay forwards by each of its rules");
    } else {
      return unknown();
    }
    return true;
  }

  bool take_number(std::uint64_t value) {
    const Node node = stack_.empty() ? Node::kOther : stack_.back();
    if (node == Node::kPortSet && key_ == "psid-offset") return number(fields_.psid_offset, value, 16);
    if (node == Node::kPortSet && key_ == "psid-len") return number(fields_.psid_len, value, 16);
    if (node == Node::kPortSet && key_ == "psid") return number(fields_.psid, value, 0xffff);
    if (node == Node::kAlgoInstance && key_ == "ea-len")
      return number(fields_.ea_len, value, Rule::kMaxEaLen);
    if (node == Node::kBindInstance && key_ == "softwire-num-max") {
      num_max_ = value;
    } else if (node == Node::kBindInstance && key_ == "softwire-payload-mtu") {
      return payload_mtu(value);
    } else if (node == Node::kBindInstance && key_ == "softwire-path-mru") {
      if (value != 1500) note(position_.line, key_, "softwired accepts what the port accepts; see ipv6.mtu");
    } else if (node == Node::kIcmpv6 && key_ == "icmpv6-rate" && value <= 1'000'000) {
      set("ipv6", "icmp-error-rate", std::to_string(value));
    } else {
      return unknown();
    }
    return true;
  }

  bool number(std::optional<std::uint32_t>& place, std::uint64_t value, std::uint32_t max) {
    if (value > max) return scalar(std::to_string(value), controlplane::decimal_words(0, max));
    place = static_cast<std::uint32_t>(value);
    return true;
  }

  bool payload_mtu(std::uint64_t octets) {
    if (octets + kOuterHeader < 1280 || octets + kOuterHeader > 9600) {
      note(position_.line, key_, "ipv6.mtu, which is 40 octets more, is a number from 1280 to 9600");
    } else {
      set("ipv6", "mtu", std::to_string(octets + kOuterHeader));
    }
    return true;
  }

  bool take_string(const std::string& text) {
    const Node node = stack_.empty() ? Node::kOther : stack_.back();
    const bool is_entry = node == Node::kEntry;
    const bool is_rule = node == Node::kAlgoInstance;
    if (is_entry && key_ == "binding-ipv6info") {
      const auto address = controlplane::parse_softwire_address(text);
      fields_.is_address = address.has_value();
      fields_.b4 = address ? Ipv6Prefix{*address, 128} : parse_ipv6_prefix(text);
      return fields_.b4 ||
             scalar(text, std::string(controlplane::kSoftwireAddressWords) + ", or a prefix of such");
    }
    if (is_entry && key_ == "binding-ipv4-addr") {
      fields_.ipv4 = controlplane::parse_ipv4_subscriber(text);
      return fields_.ipv4 || scalar(text, std::string(controlplane::kIpv4SubscriberWords));
    }
    if ((is_entry || is_rule) && key_ == "br-ipv6-addr") {
      fields_.br = controlplane::parse_softwire_address(text);
      return fields_.br || scalar(text, std::string(controlplane::kSoftwireAddressWords));
    }
    if (is_rule && key_ == "dmr-ipv6-prefix") return prefix(fields_.dmr, parse_ipv6_prefix(text), text);
    if (is_rule && key_ == "rule-ipv6-prefix")
      return prefix(fields_.rule_ipv6, parse_ipv6_prefix(text), text);
    if (is_rule && key_ == "rule-ipv4-prefix")
      return prefix(fields_.rule_ipv4, parse_ipv4_prefix(text), text);
    // The key of a list only distinguishes its entries.
    if ((is_rule || node == Node::kBindInstance) && key_ == "name") return true;
    return unknown();
  }

  template <typename Prefix>
  bool prefix(std::optional<Prefix>& place, std::optional<Prefix> parsed, const std::string& text) {
    place = parsed;
    return place || scalar(text, "a prefix with no bit set beyond its length");
  }

  bool add_binding() {
    const Fields& f = fields_;
    if (!f.b4) return fail_at(f.line, "the binding-entry has no binding-ipv6info; give one");
    if (!f.ipv4) return fail_at(f.line, "the binding-entry has no binding-ipv4-addr; give one");
    if (!f.br) return fail_at(f.line, "the binding-entry has no br-ipv6-addr; give one");
    const auto ports = PortSet::make(f.psid_offset.value_or(0), f.psid_len.value_or(0), f.psid.value_or(0));
    if (!ports) {
      return fail_at(f.line,
                     "psid-offset, psid-len and psid make no port set; the lengths are 16 bits together at "
                     "most, and the psid fits in psid-len");
    }
    Ipv6Address b4 = f.b4->address;
    if (!f.is_address) {  // RFC 7596 section 5.1: the address is made of the prefix as in RFC 7597 section 6
      Rule one;
      one.ipv4 = {*f.ipv4, 32};
      one.ipv6 = *f.b4;
      one.psid_offset = ports->parameters.psid_offset;
      one.psid_len = ports->parameters.psid_len;
      b4 = one.ce_address(*f.ipv4, ports->psid);
    }
    if (!controlplane::parse_softwire_address(to_string(b4)) || b4 == *f.br) {
      return fail_at(f.line, "binding-ipv6info " + to_string(b4) + " cannot be the subscriber's end; give " +
                                 std::string(controlplane::kSoftwireAddressWords) +
                                 ", other than br-ipv6-addr");
    }
    imported_.bindings.push_back({*f.ipv4, *ports, b4, *f.br});
    return true;
  }

  bool add_rule() {
    const Fields& f = fields_;
    if (!f.enabled) {
      note(f.line, "algo-instance", "it is not enabled");
      return true;
    }
    if (!f.rule_ipv4 || !f.rule_ipv6 || !f.ea_len) {
      return fail_at(f.line,
                     "the algo-instance lacks rule-ipv4-prefix, rule-ipv6-prefix or ea-len; give all three");
    }
    if (f.br.has_value() == f.dmr.has_value()) {
      return fail_at(f.line, "give br-ipv6-addr for MAP-E or dmr-ipv6-prefix for MAP-T, one of them");
    }
    Rule rule;
    rule.kind = f.br ? RuleKind::kMapE : RuleKind::kMapT;
    rule.ipv4 = *f.rule_ipv4;
    rule.ipv6 = *f.rule_ipv6;
    rule.ea_len = static_cast<std::uint8_t>(*f.ea_len);
    rule.psid_offset = static_cast<std::uint8_t>(f.psid_offset.value_or(Rule::kDefaultPsidOffset));
    rule.br = f.br.value_or(Ipv6Address());
    rule.dmr = f.dmr.value_or(Ipv6Prefix());
    const std::uint32_t len = f.psid_len.value_or(rule.ea_psid_bits());
    if (rule.ea_len == 0) {
      rule.psid_len = static_cast<std::uint8_t>(len);
      rule.psid = static_cast<Psid>(len != 0 ? f.psid.value_or(0) : 0);
    } else if (len != rule.ea_psid_bits()) {
      return fail_at(f.line, "psid-len is " + std::to_string(len) +
                                 ", but ea-len and rule-ipv4-prefix leave " +
                                 std::to_string(rule.ea_psid_bits()) + " bits for the PSID; give that");
    }
    const auto checked =
        controlplane::parse_rule(controlplane::to_statement(rule), controlplane::Port68::kExclude);
    if (!checked) return fail_at(f.line, checked.error().text);
    imported_.rules.push_back(*checked);
    return true;
  }

  const std::string& name_;
  const Position& position_;
  Imported imported_;
  Settings settings_;
  std::optional<Error> error_;
  std::vector<Node> stack_;
  std::vector<std::size_t> lists_;  // height of the stack at each open list
  bool is_list_ = false;            // the top of the stack is a list
  std::string key_;
  Fields fields_;
  std::size_t entries_before_ = 0;
  std::optional<std::uint64_t> num_max_;
  std::uint32_t instance_line_ = 0;
  bool found_ = false;
};

}  // namespace

Result<Imported> import_rfc8676(std::string_view text, const std::string& name) {
  Position position;
  Rfc8676Import import(name, position);
  const char* const begin = text.data();
  nlohmann::json::sax_parse(CountingIterator(begin, position),
                            CountingIterator(begin + text.size(), position), &import);
  return import.take();
}

}  // namespace softwire::ctl

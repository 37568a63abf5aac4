// SPDX-License-Identifier: BSD-3-Clause
// The table of bindings and rules against a slow model. Any row of changes has the errors that the model
// expects, every look-up gives what the model gives, and when everything is removed the table uses the memory
// of an empty one. In a published table, what a reader has found stays as it was until the reader's next
// quiescent state. Input: an octet that chooses the table, then changes and look-ups, each an octet that
// chooses and the octets that it reads.
#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <optional>

#include "dataplane/tables/binding_table.h"
#include "dataplane/tables/reclaimer.h"
#include "dataplane/tables/softwire_lookup.h"
#include "softwire/address_text.h"
#include "softwire/martian.h"
#include "tests/fuzz/input.h"
#include "tests/fuzz/reference_table.h"
#include "tests/fuzz/require.h"

namespace softwire::fuzz {
namespace {

using dataplane::BindingTable;
using dataplane::Reclaimer;
using dataplane::Softwire;
using dataplane::TableError;

std::uint32_t address(Input& input) {
  static constexpr std::array<std::uint32_t, 4> kBases = {0xc0000200, 0xc0000300, 0xc6336400, 0x0a000000};
  const unsigned base = input.choose(5);
  return base < kBases.size() ? kBases[base] + input.octet() : static_cast<std::uint32_t>(input.number(4));
}

Ipv6Address ipv6(Input& input) {
  const unsigned chosen = input.octet();
  if (chosen == 255) {
    const std::uint64_t high = input.number(8);
    return Ipv6Address::from_host(high, input.number(8));
  }
  return Ipv6Address::from_host(0x20010db800000000 | std::uint64_t{chosen} << 8, chosen & 3);
}

Binding binding(Input& input) {
  Binding result;
  result.ipv4 = Ipv4Address::from_host(address(input));
  const unsigned bits = input.octet();
  // Each change of a shared address copies all its softwires: few have many.
  const unsigned length = bits >> 3 & 15;
  result.ports.parameters = {static_cast<std::uint8_t>(bits & 7),
                             static_cast<std::uint8_t>(length < 10 || input.octet() == 255 ? length : 6)};
  result.ports.psid = bits >> 7 != 0 ? input.two_octets() : input.octet() & 3;
  result.b4 = ipv6(input);
  result.br = Ipv6Address::from_host(0x20010db8ffff0000, input.choose(3) + 1U);
  if (input.octet() == 255) result.br = ipv6(input);
  return result;
}

Rule rule(Input& input) {
  static constexpr std::array<std::uint8_t, 10> kLengths = {16, 20, 23, 24, 25, 28, 29, 30, 31, 32};
  static constexpr std::array<std::uint8_t, 8> kIpv6Lengths = {32, 36, 40, 48, 56, 64, 80, 112};
  Rule result;
  result.kind = input.choose(3) == 2 ? RuleKind::kMapT : RuleKind::kMapE;
  result.ipv4.length = kLengths[input.choose(kLengths.size())];
  result.ipv4.address = Ipv4Address::from_host(address(input) & result.ipv4.mask());
  result.ipv6 = Ipv6Prefix::of(ipv6(input), kIpv6Lengths[input.choose(kIpv6Lengths.size())]);
  const unsigned extra = input.choose(17);
  result.ea_len =
      static_cast<std::uint8_t>(extra == 16 ? input.choose(49) : 32U - result.ipv4.length + (extra & 7));
  result.psid_offset = static_cast<std::uint8_t>(input.choose(17));
  if (input.choose(4) == 3) {
    result.psid_len = static_cast<std::uint8_t>(input.choose(17));
    result.psid = input.octet();
  }
  const Ipv6Address end = Ipv6Address::from_host(0x20010db8fffe0000, input.choose(2) + 1U);
  if (result.kind == RuleKind::kMapE) {
    result.br = end;
  } else {
    result.dmr = Ipv6Prefix::of(end, 64);
  }
  return result;
}

// What a reader of the published table has found and may still use.
struct Found {
  const Softwire* slot = nullptr;
  Softwire value;
};

class Run {
 public:
  Run(BindingTable& table, Reclaimer* reclaimer, ReferenceTable model)
      : table_(table), reclaimer_(reclaimer), model_(std::move(model)) {}

  void step(Input& input) {
    // The reader is this thread too: the writer must not have to wait for it.
    if (reclaimer_ != nullptr && reclaimer_->waiting_bytes() > Reclaimer::kMaxWaitingBytes / 2) quiescent();
    switch (input.choose(8)) {
      case 0:
      case 1:
        return add(binding(input));
      case 2:
        return remove(known_or_any(input));
      case 3:
        return replace(input);
      case 4:
        return add(rule(input));
      case 5:
        return remove_rule(input);
      case 6:
        return look_up(address(input), input.two_octets());
      default:
        quiescent();
    }
  }

  // Looks up the places where the model changes, then removes everything.
  void finish(std::size_t initial_rules, std::size_t initial_bytes) {
    require(table_.size() == model_.bindings.size() && table_.rules() == model_.rules.size());
    for (const Binding& one : model_.bindings) {
      look_up(one.ipv4.host(), one.ports.range(0).first);
      look_up(one.ipv4.host(), one.ports.range(one.ports.range_count() - 1).last);
      look_up(one.ipv4.host() + 1, 1024);
      require(table_.is_b4(one.b4) && table_.is_br(one.br) && table_.has_subscriber(one.b4) &&
              table_.owns(one.b4, one.ipv4));
    }
    for (const Rule& one : model_.rules) {
      const std::uint32_t first = one.ipv4.address.host();
      for (const std::uint32_t place :
           {first - 1, first, first | ~one.ipv4.mask(), (first | ~one.ipv4.mask()) + 1}) {
        for (const Port port : {Port{0}, Port{68}, Port{1024}, Port{2112}, Port{65535}}) look_up(place, port);
      }
    }
    while (!model_.bindings.empty()) remove(model_.bindings.back());
    while (model_.rules.size() > initial_rules) remove(model_.rules.back());
    found_.reset();
    if (reclaimer_ != nullptr) {
      reclaimer_->quiescent(0);
      reclaimer_->reclaim();
      require(reclaimer_->waiting() == 0);
    }
    require(table_.bytes_in_use() == initial_bytes);
  }

 private:
  auto known(const Binding& one) { return std::ranges::find(model_.bindings, one); }
  static bool is_valid(const Binding& one) {
    const PortParameters& ports = one.ports.parameters;
    return ports.psid_offset + ports.psid_len <= 16 && one.ports.psid >> ports.psid_len == 0 &&
           one.b4.high() != 0 && one.br.high() != 0;
  }

  void add(const Binding& one) {
    TableError expected = TableError::kNone;
    for (const Binding& other : model_.bindings) {
      if (other.ipv4 != one.ipv4) continue;
      if (other.ports.parameters != one.ports.parameters) {
        expected = TableError::kPortLayout;
      } else if (other.ports.psid == one.ports.psid) {
        expected = TableError::kDuplicate;
      }
    }
    if (!is_valid(one)) expected = TableError::kBadBinding;
    const auto change = table_.add(one);
    require(change.error == expected);
    if (expected == TableError::kNone) {
      model_.bindings.push_back(one);
    } else if (expected != TableError::kBadBinding) {
      require(known(change.other) != model_.bindings.end());
    }
    look_up(one.ipv4.host(), one.ports.psid);
  }

  Binding known_or_any(Input& input) {
    const unsigned chosen = input.octet();
    if (model_.bindings.empty() || chosen == 255) return binding(input);
    return model_.bindings[chosen % model_.bindings.size()];
  }

  void remove(const Binding one) {
    const auto place = known(one);
    const bool there = place != model_.bindings.end();
    require((table_.remove(one).error == TableError::kNone) == there);
    if (there) model_.bindings.erase(place);
    look_up(one.ipv4.host(), 1024);
  }

  void replace(Input& input) {
    const Binding old = known_or_any(input);
    Binding with = old;
    with.b4 = ipv6(input);
    if (input.octet() == 255) with.ports.psid ^= 1;
    const auto place = known(old);
    const TableError expected = !is_valid(with) || with.ports != old.ports ? TableError::kBadBinding
                                : place == model_.bindings.end()           ? TableError::kNotFound
                                                                           : TableError::kNone;
    require(table_.replace(old, with).error == expected);
    if (expected == TableError::kNone) *place = with;
    look_up(old.ipv4.host(), 1024);
  }

  void add(const Rule& one) {
    TableError expected = TableError::kNone;
    for (const Rule& other : model_.rules) {
      if (other.ipv4 == one.ipv4 || other.ipv6 == one.ipv6) expected = TableError::kDuplicate;
    }
    if (!one.is_valid()) expected = TableError::kBadRule;
    if (reclaimer_ != nullptr) expected = TableError::kPublished;
    require(table_.add(one).error == expected);
    if (expected == TableError::kNone) model_.rules.push_back(one);
    look_up(one.ipv4.address.host(), 1024);
  }

  void remove_rule(Input& input) {
    const unsigned chosen = input.octet();
    if (model_.rules.empty() || chosen == 255) return remove(rule(input));
    remove(model_.rules[chosen % model_.rules.size()]);
  }
  void remove(const Rule one) {
    const auto place = std::ranges::find(model_.rules, one);
    const TableError expected = reclaimer_ != nullptr         ? TableError::kPublished
                                : place == model_.rules.end() ? TableError::kNotFound
                                                              : TableError::kNone;
    require(table_.remove(one).error == expected);
    if (expected == TableError::kNone) model_.rules.erase(place);
    look_up(one.ipv4.address.host(), 1024);
  }

  void look_up(std::uint32_t ipv4, Port port) {
    for (const bool has_port : {true, false}) {
      const auto owner = model_.owner(ipv4, has_port ? std::optional(port) : std::nullopt);
      const Softwire softwire = dataplane::find_softwire(table_, ipv4, has_port, port);
      const bool encapsulates = owner && (owner->rule == nullptr || owner->rule->kind == RuleKind::kMapE);
      require(softwire.is_present() == encapsulates);
      if (encapsulates) require(softwire.b4 == owner->b4 && softwire.br == owner->br);
    }
    const auto owner = model_.owner(ipv4, port);
    const auto held = table_.lookup(Ipv4Address::from_host(ipv4), port);
    require(held.has_value() == owner.has_value());
    if (held) {
      const bool is_whole = held->ports.parameters.psid_len == 0;
      require(held->b4 == owner->b4 && (is_whole || is_in_set(held->ports, port)));
    }
    const auto leaf = table_.find(ipv4);
    const Rule* const around = model_.rule_of(ipv4);
    const bool bound = model_.is_bound(ipv4);
    require((leaf.kind == BindingTable::Kind::kBinding) == bound);
    require((leaf.kind == BindingTable::Kind::kRule) == (!bound && around != nullptr));
    require(table_.translates(leaf) == (!bound && around != nullptr && around->kind == RuleKind::kMapT));
    if (bound || around != nullptr || is_martian(ipv4)) require(table_.is_in_special_region(ipv4));
    if (bound && reclaimer_ != nullptr && !BindingTable::is_nobodys(leaf, port)) {
      check_found();
      found_ = {table_.slot(leaf, port), *table_.slot(leaf, port)};
    }
  }

  void check_found() const {
    if (found_) require(found_->slot->b4 == found_->value.b4 && found_->slot->br == found_->value.br);
  }
  void quiescent() {
    check_found();
    found_.reset();
    if (reclaimer_ == nullptr) return;
    reclaimer_->quiescent(0);
    reclaimer_->reclaim();
  }

  BindingTable& table_;
  Reclaimer* const reclaimer_;
  ReferenceTable model_;
  std::optional<Found> found_;
};

std::unique_ptr<BindingTable> make_table() {
  auto table = BindingTable::create();
  require(table != nullptr);
  table->index_subscribers();
  return table;
}

std::vector<Rule> published_rules() {
  Rule rule;
  rule.ipv4 = *parse_ipv4_prefix("192.0.2.0/24");
  rule.ipv6 = *parse_ipv6_prefix("2001:db8::/40");
  rule.ea_len = 16;
  rule.br = *parse_ipv6("2001:db8:ffff::1");
  Rule longer = rule;
  longer.ipv4 = *parse_ipv4_prefix("192.0.2.128/25");
  longer.ipv6 = *parse_ipv6_prefix("2001:db8:99::/48");
  longer.ea_len = 7;
  return {rule, longer};
}

}  // namespace
}  // namespace softwire::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace softwire::fuzz;  // NOLINT(google-build-using-namespace)
  static const auto private_table = make_table();
  static const auto reclaimer = softwire::dataplane::Reclaimer::create(1);
  static const auto published = [] {
    auto table = make_table();
    for (const auto& rule : published_rules()) {
      require(table->add(rule).error == softwire::dataplane::TableError::kNone);
    }
    table->publish(*reclaimer);
    reclaimer->add(0);
    reclaimer->online(0);
    return table;
  }();
  Input input(data, size);
  const bool is_published = input.choose(2) == 1;
  softwire::dataplane::BindingTable& table = is_published ? *published : *private_table;
  const auto rules = is_published ? published_rules() : std::vector<softwire::Rule>();
  const std::size_t bytes = table.bytes_in_use();
  Run run(table, is_published ? reclaimer.get() : nullptr, {{}, rules});
  while (!input.empty()) run.step(input);
  run.finish(rules.size(), bytes);
  return 0;
}

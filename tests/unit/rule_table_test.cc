// SPDX-License-Identifier: BSD-3-Clause
// Tests rules in the binding table against a plain list of rules and bindings, and against Rule itself.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

#include "dataplane/tables/binding_table.h"
#include "softwire/address_text.h"

namespace softwire::dataplane {
namespace {

const Ipv6Address kBr = *parse_ipv6("2001:db8:ffff::1");
const Ipv6Address kB4 = *parse_ipv6("2001:db8:1::1");

// `number` makes the CE addresses different from those of other rules.
Rule rule(const char* ipv4, unsigned ea_len, unsigned number, unsigned psid_offset = 6) {
  Rule result;
  result.ipv4 = *parse_ipv4_prefix(ipv4);
  result.ipv6 = {Ipv6Address::from_host(0x2001'0db8'0000'0000 | std::uint64_t{number} << 24, 0), 40};
  result.ea_len = static_cast<std::uint8_t>(ea_len);
  result.psid_offset = static_cast<std::uint8_t>(psid_offset);
  result.br = kBr;
  return result;
}

// The expected result, found by a slow search.
struct Model {
  std::vector<Rule> rules;
  std::vector<Binding> bindings;

  [[nodiscard]] std::optional<Binding> lookup(Ipv4Address address, Port port) const {
    bool bound = false;
    for (const Binding& binding : bindings) {
      if (!(binding.ipv4 == address)) continue;
      bound = true;
      const bool shared = !binding.ports.parameters.is_whole();
      if (!shared || (binding.ports.contains(port) && port != kDhcpClientPort)) {
        return Binding{address, binding.ports, binding.b4, binding.br};
      }
    }
    const Rule* longest = nullptr;
    for (const Rule& candidate : rules) {
      const bool covers = candidate.ipv4.contains(address);
      if (covers && (longest == nullptr || candidate.ipv4.length > longest->ipv4.length))
        longest = &candidate;
    }
    if (bound || longest == nullptr) return std::nullopt;
    const PortParameters parameters = longest->port_parameters();
    const Psid psid = parameters.psid_of(port);
    if (!parameters.is_whole() && (parameters.excludes(port) || port == kDhcpClientPort)) return std::nullopt;
    if (longest->psid_len != 0 && psid != longest->psid) return std::nullopt;
    return Binding{address, {parameters, psid}, longest->ce_address(address, psid), longest->br};
  }
};

TEST(RuleTable, FirstVector_Rfc7597_A) {
  const auto table = BindingTable::create();
  ASSERT_EQ(table->add(rule("192.0.2.0/24", 16, 0)).error, TableError::kNone);
  const Ipv4Address address(192, 0, 2, 18);
  EXPECT_EQ(table->lookup(address, 1232)->b4, *parse_ipv6("2001:db8:12:3400:0:c000:212:34"));
  EXPECT_EQ(table->lookup(address, 1236)->b4, *parse_ipv6("2001:db8:12:3500:0:c000:212:35"));
  EXPECT_EQ(table->lookup(address, 1232)->br, kBr);
  EXPECT_FALSE(table->lookup(address, 1023));
  EXPECT_FALSE(table->lookup({192, 0, 3, 18}, 1232));
  EXPECT_FALSE(table->lookup({192, 0, 1, 255}, 1232));
  EXPECT_TRUE(table->is_br(kBr));
  EXPECT_EQ(table->rules(), 1U);
  EXPECT_EQ(table->size(), 0U);
}

TEST(RuleTable, ExplicitPsidIsTheOnlyOne_Rfc7597_A_Example5) {
  const auto table = BindingTable::create();
  Rule one = rule("192.0.2.18/32", 0, 0);
  one.psid_len = 8;
  one.psid = 0x34;
  ASSERT_EQ(table->add(one).error, TableError::kNone);
  EXPECT_TRUE(table->lookup({192, 0, 2, 18}, 1232));
  EXPECT_FALSE(table->lookup({192, 0, 2, 18}, 1236));
}

TEST(RuleTable, RefusesTheSamePrefixTwiceAndWhatIsNotValid) {
  const auto table = BindingTable::create();
  const Rule first = rule("192.0.2.0/24", 16, 0);
  ASSERT_EQ(table->add(first).error, TableError::kNone);
  const auto change = table->add(rule("192.0.2.0/24", 8, 1));
  EXPECT_EQ(change.error, TableError::kDuplicate);
  EXPECT_EQ(change.other, first);
  EXPECT_EQ(table->add(rule("192.0.3.0/24", 25, 1)).error, TableError::kBadRule);
  Rule without_dmr = rule("192.0.3.0/24", 16, 1);
  without_dmr.kind = RuleKind::kMapT;
  EXPECT_EQ(table->add(without_dmr).error, TableError::kBadRule);
  EXPECT_EQ(table->remove(rule("192.0.2.0/24", 16, 1)).error, TableError::kNotFound);
  EXPECT_EQ(table->remove(rule("192.0.3.0/24", 16, 1)).error, TableError::kNotFound);
  EXPECT_EQ(table->rules(), 1U);
}

TEST(RuleTable, MapTIsFoundByTheCesAddress_Rfc7599_8_3) {
  const auto table = BindingTable::create();
  std::vector<Rule> rules;
  for (const auto& [ipv4, ea_len] : {std::pair("192.0.2.0/24", 16U), std::pair("10.0.0.0/8", 24U)}) {
    Rule translating = rule(ipv4, ea_len, static_cast<unsigned>(rules.size()));
    translating.kind = RuleKind::kMapT;
    translating.br = {};
    translating.dmr = *parse_ipv6_prefix("2001:db8:ffff::/64");
    rules.push_back(translating);
    ASSERT_EQ(table->add(translating).error, TableError::kNone) << ipv4;
  }
  const Ipv6Address far = *parse_ipv6("2001:db8:ffff:0:a:203:400:0");
  EXPECT_TRUE(table->is_in_dmr(far));
  EXPECT_FALSE(table->is_in_dmr(*parse_ipv6("2001:db8:ffff:1::")));
  EXPECT_EQ(table->br_addresses().size(), 0U);
  for (const auto& [which, address, psid] :
       {std::tuple(0U, Ipv4Address(192, 0, 2, 18), 0x34U), std::tuple(0U, Ipv4Address(192, 0, 2, 255), 0xffU),
        std::tuple(1U, Ipv4Address(10, 1, 2, 3), 0U), std::tuple(1U, Ipv4Address(10, 255, 255, 255), 0U)}) {
    const Ipv6Address ce = rules[which].ce_address(address, static_cast<Psid>(psid));
    const RuleEntry* entry = table->translating_rule(ce);
    ASSERT_NE(entry, nullptr);
    EXPECT_EQ(entry->ipv4_of(ce), address.host());
    EXPECT_EQ(entry->dmr(), rules[which].dmr);
    EXPECT_EQ(entry->is_shared(), which == 0);
    const auto leaf = table->find(address.host());
    EXPECT_TRUE(table->translates(leaf));
    EXPECT_EQ(table->dmr(leaf), rules[which].dmr);
  }
  EXPECT_EQ(table->translating_rule(far), nullptr);
  EXPECT_EQ(table->remove(rules[0]).error, TableError::kNone);
  EXPECT_TRUE(table->is_in_dmr(far));
  EXPECT_EQ(table->remove(rules[1]).error, TableError::kNone);
  EXPECT_FALSE(table->is_in_dmr(far));
}

TEST(RuleTable, OwnsTheAddressesOfItsCes_Rfc7597_5_2) {
  const auto table = BindingTable::create();
  table->index_subscribers();
  const Rule shared = rule("192.0.2.0/24", 16, 0);
  const Rule prefix = rule("10.0.0.0/16", 8, 1);  // a /24 for each CE
  ASSERT_EQ(table->add(shared).error, TableError::kNone);
  ASSERT_EQ(table->add(prefix).error, TableError::kNone);
  const Ipv4Address address(192, 0, 2, 18);
  const Ipv6Address ce = shared.ce_address(address, 0x34);
  EXPECT_TRUE(table->owns(ce, address));
  EXPECT_FALSE(table->owns(ce, {192, 0, 2, 19}));
  EXPECT_FALSE(table->owns(ce, {192, 0, 3, 18}));
  EXPECT_FALSE(table->owns(Ipv6Address::from_host(ce.high(), ce.low() ^ 1), address));
  const Ipv6Address other = prefix.ce_address({10, 0, 7, 0}, 0);
  EXPECT_TRUE(table->owns(other, {10, 0, 7, 200}));
  EXPECT_FALSE(table->owns(other, {10, 0, 8, 200}));
  // A binding removes its address from the rule.
  ASSERT_EQ(table->add(Binding{address, {}, kB4, kBr}).error, TableError::kNone);
  EXPECT_FALSE(table->owns(ce, address));
  EXPECT_TRUE(table->owns(kB4, address));
}

TEST(RuleTable, OwnsByEndUserPrefixWhenNotStrict_Rfc7597_8_1) {
  const auto table = BindingTable::create();
  const Rule shared = rule("192.0.2.0/24", 16, 0);
  ASSERT_EQ(table->add(shared).error, TableError::kNone);
  table->set_strict_ce_address(false);
  const Ipv4Address address(192, 0, 2, 18);
  const Ipv6Address ce = shared.ce_address(address, 0x34);
  EXPECT_TRUE(table->owns(Ipv6Address::from_host(ce.high() | 0xff, ~ce.low()), address));
  EXPECT_FALSE(table->owns(Ipv6Address::from_host(ce.high() ^ 1ULL << 16, ce.low()), address));
}

TEST(RuleTable, SaysWhatARuleGivesToAnEndUser_Rfc7599_8) {
  const auto table = BindingTable::create();
  const auto translating = [](Rule r) {
    r.kind = RuleKind::kMapT;
    r.br = {};
    r.dmr = *parse_ipv6_prefix("2001:db8:ffff::/64");
    return r;
  };
  const Rule shared = translating(rule("192.0.2.0/24", 16, 0));
  const Rule whole = translating(rule("192.0.3.0/24", 8, 1));
  Rule one = translating(rule("192.0.4.1/32", 0, 2));
  one.psid_len = 8;
  one.psid = 0x20;
  const Rule encapsulating = rule("192.0.5.0/24", 8, 3);
  for (const Rule& r : {shared, whole, one, encapsulating}) ASSERT_EQ(table->add(r).error, TableError::kNone);
  EXPECT_TRUE(table->has_translating_rules());
  for (const auto& [r, address, psid] :
       {std::tuple(shared, Ipv4Address(192, 0, 2, 18), 0x34), std::tuple(whole, Ipv4Address(192, 0, 3, 7), 0),
        std::tuple(one, Ipv4Address(192, 0, 4, 1), 0x20)}) {
    const Ipv6Address ce = r.ce_address(address, static_cast<Psid>(psid));
    const Binding given{address, {r.port_parameters(), static_cast<Psid>(psid)}, ce, r.dmr.address};
    EXPECT_EQ(table->of_end_user(ce), given);
    EXPECT_EQ(table->of_end_user(Ipv6Address::from_host(ce.high() | 0xff, ~ce.low())), given);
  }
  EXPECT_EQ(table->of_end_user(encapsulating.ce_address({192, 0, 5, 7}, 0)), std::nullopt);
  EXPECT_EQ(table->of_end_user(*parse_ipv6("2001:db9::1")), std::nullopt);
  // A binding removes the address; a longer rule removes the IPv6 prefix.
  const Ipv6Address ce = whole.ce_address({192, 0, 3, 7}, 0);
  ASSERT_EQ(table->add(Binding{{192, 0, 3, 7}, {}, kB4, kBr}).error, TableError::kNone);
  EXPECT_EQ(table->of_end_user(ce), std::nullopt);
  Rule longer = translating(rule("192.0.6.0/24", 8, 0));
  longer.ipv6 = Ipv6Prefix::of(shared.ce_address({192, 0, 2, 18}, 0), 48);
  ASSERT_EQ(table->add(longer).error, TableError::kNone);
  const auto other = table->of_end_user(shared.ce_address({192, 0, 2, 18}, 0x34));
  ASSERT_TRUE(other);
  EXPECT_EQ(other->ipv4, Ipv4Address(192, 0, 6, 0x34));
}

TEST(RuleTable, RefusesTheSameIpv6PrefixTwice) {
  const auto table = BindingTable::create();
  const Rule first = rule("192.0.2.0/24", 16, 0);
  ASSERT_EQ(table->add(first).error, TableError::kNone);
  const auto change = table->add(rule("192.0.3.0/24", 16, 0));
  EXPECT_EQ(change.error, TableError::kDuplicate);
  EXPECT_EQ(change.other, first);
  ASSERT_EQ(table->remove(first).error, TableError::kNone);
  EXPECT_EQ(table->add(rule("192.0.3.0/24", 16, 0)).error, TableError::kNone);
}

// Rules with nested IPv6 prefixes are added and removed. A CE address belongs to the longest one.
TEST(RuleTable, CeAddressIsOfTheLongestIpv6Prefix_Rfc7597_8_1) {
  std::mt19937 random(7597);
  const auto upto = [&](unsigned most) { return std::uniform_int_distribution<unsigned>(0, most)(random); };
  const auto table = BindingTable::create();
  std::vector<Rule> rules;
  unsigned found = 0;
  unsigned hidden = 0;
  for (unsigned step = 0; step < 3000; ++step) {
    if (rules.size() > 12 || (!rules.empty() && upto(2) == 0)) {
      const auto gone = rules.begin() + upto(static_cast<unsigned>(rules.size()) - 1);
      ASSERT_EQ(table->remove(*gone).error, TableError::kNone);
      rules.erase(gone);
    } else {
      Rule r = rule("10.0.0.0/24", upto(12), 0);
      r.ipv4.address = Ipv4Address::from_host(0x0a000000 | upto(31) << 8);
      r.ipv6 =
          Ipv6Prefix::of(Ipv6Address::from_host(0x2001'0db8'0000'0000 | std::uint64_t{upto(63)} << 26, 0),
                         static_cast<std::uint8_t>(30 + upto(8)));
      ASSERT_TRUE(r.is_valid());
      const bool taken = std::ranges::any_of(
          rules, [&](const Rule& other) { return other.ipv4 == r.ipv4 || other.ipv6 == r.ipv6; });
      ASSERT_EQ(table->add(r).error, taken ? TableError::kDuplicate : TableError::kNone);
      if (!taken) rules.push_back(r);
    }
    for (const Rule& r : rules) {
      const Ipv4Address address = Ipv4Address::from_host(r.ipv4.address.host() | upto(255));
      const auto port = static_cast<Port>(1024 + upto(64511));
      const Ipv6Address ce = r.ce_address(address, r.port_parameters().psid_of(port));
      const bool is_longest = std::ranges::none_of(rules, [&](const Rule& other) {
        return other.ipv6.length > r.ipv6.length && other.ipv6.contains(ce);
      });
      const auto binding = table->lookup(address, port);
      ASSERT_EQ(binding.has_value(), is_longest) << step;
      ASSERT_EQ(table->owns(ce, address), is_longest) << step;
      if (is_longest) {
        ASSERT_EQ(binding->b4, ce);
      }
      ++(is_longest ? found : hidden);
    }
  }
  EXPECT_GT(found, 1000U);
  EXPECT_GT(hidden, 1000U);
}

TEST(RuleTable, BrAddressStaysAsLongAsARuleNamesIt) {
  const auto table = BindingTable::create();
  const Rule one = rule("192.0.2.0/24", 16, 0);
  const Rule two = rule("192.0.3.0/24", 16, 1);
  ASSERT_EQ(table->add(one).error, TableError::kNone);
  ASSERT_EQ(table->add(two).error, TableError::kNone);
  ASSERT_EQ(table->remove(one).error, TableError::kNone);
  EXPECT_TRUE(table->is_br(kBr));
  ASSERT_EQ(table->remove(two).error, TableError::kNone);
  EXPECT_FALSE(table->is_br(kBr));
}

// Rules of every length around one address, and bindings, are added and removed. After each step the table
// agrees with the model at and next to every edge of a prefix.
TEST(RuleTable, SaysWhatAPlainListSays) {
  std::mt19937 random(8676);
  const auto upto = [&](unsigned most) { return std::uniform_int_distribution<unsigned>(0, most)(random); };
  const auto table = BindingTable::create();
  Model model;
  unsigned hidden = 0;
  for (unsigned step = 0; step < 4000; ++step) {
    const std::uint32_t near = 0x64400000U | (upto(1) << 16 | upto(2) << 8 | upto(3) * 64 | upto(3));
    switch (upto(3)) {
      case 0: {
        Rule r;
        r.ipv4.length = static_cast<std::uint8_t>(4 + upto(28));
        r.ipv4.address = Ipv4Address::from_host(near & r.ipv4.mask());
        r.ipv6 = {Ipv6Address::from_host(0x2001'0db8'0000'0000 | std::uint64_t{step} << 16, 0), 48};
        r.ea_len = static_cast<std::uint8_t>(upto(32U - r.ipv4.length + 10));
        r.br = kBr;
        if (r.ipv4.length == 32 && r.ea_len == 0 && upto(1) == 0) {
          r.psid_len = 4;
          r.psid = static_cast<Psid>(upto(15));
        }
        if (!r.is_valid()) continue;
        const bool taken =
            std::ranges::any_of(model.rules, [&](const Rule& other) { return other.ipv4 == r.ipv4; });
        ASSERT_EQ(table->add(r).error, taken ? TableError::kDuplicate : TableError::kNone);
        if (!taken) model.rules.push_back(r);
        break;
      }
      case 1: {
        const Binding b{Ipv4Address::from_host(near), *PortSet::make(0, 2, upto(3)), kB4, kBr};
        const bool taken = std::ranges::any_of(model.bindings, [&](const Binding& other) {
          return other.ipv4 == b.ipv4 && other.ports == b.ports;
        });
        ASSERT_EQ(table->add(b).error, taken ? TableError::kDuplicate : TableError::kNone);
        if (!taken) model.bindings.push_back(b);
        break;
      }
      case 2:
        if (!model.rules.empty()) {
          const auto gone = model.rules.begin() + upto(static_cast<unsigned>(model.rules.size()) - 1);
          ASSERT_EQ(table->remove(*gone).error, TableError::kNone);
          model.rules.erase(gone);
        }
        break;
      default:
        if (!model.bindings.empty()) {
          const auto gone = model.bindings.begin() + upto(static_cast<unsigned>(model.bindings.size()) - 1);
          ASSERT_EQ(table->remove(*gone).error, TableError::kNone);
          model.bindings.erase(gone);
        }
    }
    std::vector<std::uint32_t> addresses{near, near ^ 1, near ^ 0x100, near ^ 0x10000, near ^ 0x1000000};
    for (const Rule& r : model.rules) {
      const std::uint32_t first = r.ipv4.address.host();
      const std::uint32_t last = first | ~r.ipv4.mask();
      addresses.insert(addresses.end(), {first - 1, first, last, last + 1});
    }
    for (const std::uint32_t host : addresses) {
      const Ipv4Address address = Ipv4Address::from_host(host);
      const auto port = static_cast<Port>(upto(65535));
      const auto expected = model.lookup(address, port);
      ASSERT_EQ(table->lookup(address, port), expected) << step << " " << to_string(address) << " " << port;
      if (expected && table->find(host).kind == BindingTable::Kind::kBinding) ++hidden;
    }
    ASSERT_EQ(table->rules(), model.rules.size());
    ASSERT_EQ(table->size(), model.bindings.size());
  }
  EXPECT_GT(hidden, 100U);
  // Everything is removed: no leaf is left, and the memory can be used again.
  for (const Rule& r : model.rules) ASSERT_EQ(table->remove(r).error, TableError::kNone);
  for (const Binding& b : model.bindings) ASSERT_EQ(table->remove(b).error, TableError::kNone);
  for (std::uint32_t host = 0x64000000; host < 0x65000000; host += 61) {
    ASSERT_EQ(table->find(host), BindingTable::Leaf{});
  }
}

}  // namespace
}  // namespace softwire::dataplane

// SPDX-License-Identifier: BSD-3-Clause
// Pages of bindings are searched in slices, so that a filter that few rows match does not occupy the store.
#include "controlplane/store/binding_pages.h"

#include <gmock/gmock.h>

#include "store_fixture.h"
#include "whole_pages.h"

namespace softwire::controlplane {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr unsigned kMany = 2 * kSearchSlice + 500;
const Ipv6Address kUsualBr = *parse_ipv6("2001:db8:ff::1");
const Ipv6Address kRareBr = *parse_ipv6("2001:db8:ff::2");

class BindingPages : public Store {
 protected:
  // Binding number i has the i-th address of 10.0.0.0/8 and the i-th B4 address. The first and the last have
  // the rare BR address.
  static Binding numbered(unsigned i) {
    return {Ipv4Address::from_host(0x0a000000 + i), *PortSet::make(0, 0, 0),
            Ipv6Address::from_host(0x20010db800010000, i), i == 0 || i == kMany - 1 ? kRareBr : kUsualBr};
  }

  void SetUp() override {
    Store::SetUp();
    std::vector<std::variant<Binding, Rule>> many;
    many.reserve(kMany);
    for (unsigned i = 0; i < kMany; ++i) many.emplace_back(numbered(i));
    ASSERT_EQ(add(many, kMonday), "none");
  }

  // Ends all bindings; the first ones end first.
  void end_all() { ASSERT_EQ(change({.remove = {}, .add = {}, .replace = true}, kTuesday), "none"); }

  // Returns the page, and the number of calls that it took.
  template <typename Search>
  auto search(Search search) -> std::pair<std::decay_t<decltype(search.page())>, unsigned> {
    for (unsigned calls = 1;; ++calls) {
      const auto done = search.look(*store_);
      EXPECT_TRUE(done.ok()) << done.error().text;
      if (!done || *done) return {search.page(), calls};
    }
  }
};

TEST_F(BindingPages, ListExaminesALimitedNumberOfRowsInACall) {
  const BindingFilter rare{.ipv4 = {}, .b4 = {}, .br = kRareBr, .origin = {}};
  const auto [page, calls] = search(BindingSearch(rare, 10, ""));
  ASSERT_THAT(page.bindings, SizeIs(2));
  EXPECT_EQ(page.bindings[0].softwire, numbered(0));
  EXPECT_EQ(page.bindings[1].softwire, numbered(kMany - 1));
  EXPECT_EQ(page.next, "");
  EXPECT_EQ(calls, 3U);
}

TEST_F(BindingPages, PageThatIsFullSaysWhereTheNextBegins) {
  const BindingFilter rare{.ipv4 = {}, .b4 = {}, .br = kRareBr, .origin = {}};
  const auto first = search(BindingSearch(rare, 1, "")).first;
  EXPECT_THAT(first.bindings, ElementsAre(Field(&StoredBinding::softwire, numbered(0))));
  ASSERT_NE(first.next, "");
  const auto second = search(BindingSearch(rare, 1, first.next)).first;
  EXPECT_THAT(second.bindings, ElementsAre(Field(&StoredBinding::softwire, numbered(kMany - 1))));
  EXPECT_EQ(second.next, "");
}

TEST_F(BindingPages, PageMayHaveMoreRowsThanASlice) {
  const auto page = search(BindingSearch({}, kMany - 1, "")).first;
  ASSERT_THAT(page.bindings, SizeIs(kMany - 1));
  for (unsigned i = 0; i < kMany - 1; ++i) ASSERT_EQ(page.bindings[i].softwire, numbered(i));
  EXPECT_NE(page.next, "");
}

TEST_F(BindingPages, ListByB4AddressIsSearchedInSlices) {
  const BindingFilter filter{.ipv4 = parse_ipv4_prefix("10.0.9.195/32"),  // number 2499
                             .b4 = parse_ipv6_prefix("2001:db8:1::/48"),
                             .br = {},
                             .origin = {}};
  const auto [page, calls] = search(BindingSearch(filter, 10, ""));
  EXPECT_THAT(page.bindings, ElementsAre(Field(&StoredBinding::softwire, numbered(2499))));
  EXPECT_EQ(calls, 3U);
}

TEST_F(BindingPages, ListLooksOnlyAtThePrefix) {
  const BindingFilter filter{.ipv4 = parse_ipv4_prefix("10.0.4.0/24"), .b4 = {}, .br = {}, .origin = {}};
  const auto [page, calls] = search(BindingSearch(filter, 1000, ""));
  EXPECT_THAT(page.bindings, SizeIs(256));
  EXPECT_EQ(calls, 1U);
}

TEST_F(BindingPages, ADamagedRowIsAnErrorWhereItMatches) {
  end_all();
  ASSERT_EQ(add({numbered(0), numbered(1)}, kTuesday), "none");
  for (const char* table : {"binding", "ended_binding"}) {
    ASSERT_TRUE(
        store_->database()
            .run((std::string("UPDATE ") + table + " SET since = since - 1 WHERE ipv4 = 167772161").c_str())
            .ok());
  }
  const BindingFilter sound{.ipv4 = parse_ipv4_prefix("10.0.0.0/32"), .b4 = {}, .br = {}, .origin = {}};
  const BindingFilter all{.ipv4 = parse_ipv4_prefix("10.0.0.0/8"), .b4 = {}, .br = {}, .origin = {}};
  EXPECT_THAT(page_of_bindings(*store_, sound, 10, "")->bindings, SizeIs(1));
  const auto listed = page_of_bindings(*store_, all, 10, "");
  ASSERT_FALSE(listed.ok());
  EXPECT_THAT(listed.error().text, HasSubstr("damaged row in the table binding"));
  EXPECT_THAT(page_of_ended(*store_, sound, 10, "")->bindings, SizeIs(1));
  const auto ended = page_of_ended(*store_, all, kMany, "");
  ASSERT_FALSE(ended.ok());
  EXPECT_THAT(ended.error().text, HasSubstr("damaged row in the table ended_binding"));
}

TEST_F(BindingPages, HistoryExaminesALimitedNumberOfRowsInACall) {
  end_all();
  // The binding that ended first is found last.
  const BindingFilter filter{.ipv4 = parse_ipv4_prefix("10.0.0.0/31"), .b4 = {}, .br = {}, .origin = {}};
  const auto [page, calls] = search(EndedSearch(filter, 10, ""));
  ASSERT_THAT(page.bindings, SizeIs(2));
  EXPECT_THAT(page.bindings, Each(Field(&EndedBinding::until, kTuesday)));
  EXPECT_EQ(page.next, "");
  EXPECT_EQ(calls, 3U);
  // No row matches.
  const BindingFilter none{.ipv4 = {}, .b4 = parse_ipv6_prefix("2001:db8:9::/48"), .br = {}, .origin = {}};
  const auto [empty, calls_of_empty] = search(EndedSearch(none, 10, ""));
  EXPECT_THAT(empty.bindings, IsEmpty());
  EXPECT_EQ(empty.next, "");
  EXPECT_EQ(calls_of_empty, 3U);
}

TEST_F(BindingPages, HistoryOfOneAddressIsFoundAtOnce) {
  end_all();
  ASSERT_EQ(add({numbered(0)}, kTuesday), "none");
  end_all();
  for (const BindingFilter& filter :
       {BindingFilter{.ipv4 = parse_ipv4_prefix("10.0.0.0/32"), .b4 = {}, .br = {}, .origin = {}},
        BindingFilter{.ipv4 = {}, .b4 = parse_ipv6_prefix("2001:db8:1::/128"), .br = {}, .origin = {}},
        BindingFilter{.ipv4 = parse_ipv4_prefix("10.0.0.0/32"),
        .b4 = parse_ipv6_prefix("2001:db8:1::/48"),
        .br = {},
        .origin = {}}}) {
    const auto [page, calls] = search(EndedSearch(filter, 1, ""));
    ASSERT_THAT(page.bindings, SizeIs(1));
    EXPECT_EQ(page.bindings[0].since, kTuesday);
    EXPECT_EQ(calls, 1U);
    const auto [next, calls_of_next] = search(EndedSearch(filter, 1, page.next));
    ASSERT_THAT(next.bindings, SizeIs(1));
    EXPECT_EQ(next.bindings[0].since, kMonday);
    EXPECT_EQ(next.next, "");
    EXPECT_EQ(calls_of_next, 1U);
  }
}

}  // namespace
}  // namespace softwire::controlplane

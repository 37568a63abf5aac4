// SPDX-License-Identifier: BSD-3-Clause
// Tests the durable state: current softwires, the history, and refused changes.
#include "controlplane/store/softwire_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "controlplane/config/load_config.h"
#include "controlplane/softwires/change_softwires.h"
#include "controlplane/softwires/open_softwires.h"
#include "controlplane/softwires/statements/rule_statement.h"
#include "controlplane/store/schema.h"
#include "controlplane/store/softwire_queries.h"
#include "controlplane/store/store_check.h"
#include "softwire/address_text.h"
#include "store_fixture.h"
#include "whole_pages.h"

namespace softwire::controlplane {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

TEST_F(Store, KeepsWhatIsCommitted) {
  EXPECT_EQ(add({kWhole, kFirst, kRule}, kMonday), "none");
  open();
  EXPECT_THAT(bindings(), ElementsAre(kFirst, kWhole));
  const auto rules = store_->rules();
  ASSERT_TRUE(rules.ok());
  ASSERT_THAT(*rules, SizeIs(1));
  EXPECT_EQ(rules->front().softwire, kRule);
  EXPECT_EQ(rules->front().since, kMonday);
  EXPECT_EQ(rules->front().origin, Origin::kOperator);
}

TEST_F(Store, ForgetsWhatIsNot) {
  EXPECT_EQ(add({kWhole}, kMonday), "none");
  ASSERT_TRUE(store_->begin().ok());
  ASSERT_TRUE(change_softwires(*store_, config_, {.remove = {}, .add = {kFirst}}, kMonday).ok());
  open();
  EXPECT_THAT(bindings(), ElementsAre(kWhole));
}

// What is written to a file that has no name any more is lost with the process.
TEST_F(Store, AcknowledgesNothingWhileItsFileIsAway) {
  EXPECT_EQ(add({kWhole}, kMonday), "none");
  const std::string file = SoftwireStore::path_in(config_.state);
  const std::string away = folder_ + "/away";
  const auto commit_one = [this]() -> Result<Done> {
    EXPECT_TRUE(store_->begin().ok());
    EXPECT_TRUE(change_softwires(*store_, config_, {.remove = {}, .add = {kFirst}}, kTuesday).ok());
    return store_->commit();
  };
  std::filesystem::rename(file, away);
  const auto moved = commit_one();
  ASSERT_FALSE(moved.ok());
  EXPECT_THAT(moved.error().text,
              HasSubstr("softwired.db: was deleted or moved while softwired uses it; put it back"));
  std::ofstream(file) << "another file";
  EXPECT_FALSE(commit_one().ok()) << "another file has its name";
  std::filesystem::rename(away, file);
  EXPECT_TRUE(commit_one().ok());
  open();
  EXPECT_THAT(bindings(), ElementsAre(kFirst, kWhole));
}

TEST_F(Store, IsOfOneSoftwiredAtATime) {
  const auto second = SoftwireStore::open(config_.state);
  ASSERT_FALSE(second.ok());
  EXPECT_THAT(second.error().text, HasSubstr("another softwired uses it"));
  EXPECT_EQ(add({kWhole}, kMonday), "none");
  auto beside = SoftwireStore::open_to_read(config_.state);
  ASSERT_TRUE(beside.ok()) << beside.error().text;
  EXPECT_EQ(*(*beside)->count_bindings(), 1);
  EXPECT_FALSE((*beside)->begin().ok() &&
               (*beside)->add(StoredBinding{kFirst, Origin::kOperator, kMonday}).ok());
}

TEST_F(Store, ThatIsOfALaterVersionOrAnotherProgramStaysAsItIs) {
  store_.reset();
  const std::string path = config_.state + "/softwired.db";
  {
    auto database = Database::open(path);
    ASSERT_TRUE(database->run("PRAGMA user_version = 1000").ok());
  }
  const auto later = SoftwireStore::open(config_.state);
  ASSERT_FALSE(later.ok());
  EXPECT_THAT(later.error().text, HasSubstr("was written by a later softwired (table version 1000"));
  std::filesystem::remove(path);
  {
    auto database = Database::open(path);
    ASSERT_TRUE(database->run("CREATE TABLE other (a)").ok());
  }
  const auto other = SoftwireStore::open(config_.state);
  ASSERT_FALSE(other.ok());
  EXPECT_THAT(other.error().text, HasSubstr("is a database of another program"));
  std::filesystem::remove(path);
  std::ofstream(path) << std::string(5000, 'x');
  EXPECT_THAT(SoftwireStore::open(config_.state).error().text,
              HasSubstr("softwired.db: file is not a database"));
}

TEST_F(Store, ThatCannotBeMadeSaysWhere) {
  write("file", "");
  const auto opened = SoftwireStore::open(folder_ + "/file/state");
  ASSERT_FALSE(opened.ok());
  EXPECT_THAT(opened.error().text,
              HasSubstr(folder_ + "/file/state: Not a directory; state must be a directory"));
}

TEST_F(Store, InMemoryIsAsGood) {
  auto opened = SoftwireStore::open("");
  ASSERT_TRUE(opened.ok());
  store_ = std::move(*opened);
  EXPECT_EQ(add({kWhole}, kMonday), "none");
  EXPECT_THAT(bindings(), ElementsAre(kWhole));
}

TEST_F(Store, AChangeIsAllOrNothing) {
  EXPECT_EQ(add({kWhole}, kMonday), "none");
  EXPECT_EQ(add({kFirst, kSecond, kThird}, kMonday), "add[2]: '" + to_statement(kThird) + "' overlaps '" +
                                                         to_statement(kSecond) +
                                                         "': an address and PSID can be bound once only");
  EXPECT_THAT(bindings(), ElementsAre(kWhole));
}

TEST_F(Store, ABindingThatDisagreesIsRefused) {
  EXPECT_EQ(add({kFirst}, kMonday), "none");
  const Binding other =
      binding("ipv4 192.0.2.1 psid-offset 6 psid-len 4 psid 1 b4 2001:db8:1::7 br 2001:db8:ff::1");
  EXPECT_EQ(add({other}, kMonday),
            "add[0]: '" + to_statement(other) + "' disagrees with '" + to_statement(kFirst) +
                "': all bindings of an address must have the same psid-offset and psid-len");
  EXPECT_EQ(change({.remove = {*parse_binding_key(to_statement(kFirst))}, .add = {other}}, kTuesday), "none");
  EXPECT_THAT(bindings(), ElementsAre(other));
}

TEST_F(Store, TheHubsOwnAddressesAreNobodysElse) {
  EXPECT_THAT(add({binding("ipv4 198.51.100.1 b4 2001:db8:1::7 br 2001:db8:ff::1")}, kMonday),
              HasSubstr("198.51.100.1 is ipv4.address"));
  EXPECT_THAT(add({binding("ipv4 192.0.2.7 b4 2001:db8:6::1 br 2001:db8:ff::1")}, kMonday),
              HasSubstr("b4 2001:db8:6::1 is ipv6.address"));
}

TEST_F(Store, RemovesWhatIsNamedWellEnough) {
  EXPECT_EQ(add({kWhole, kFirst, kSecond}, kMonday), "none");
  EXPECT_EQ(remove("ipv4 192.0.2.1", kTuesday),
            "remove[0]: there is no 'binding ipv4 192.0.2.1'; softwirectl show bindings ipv4 192.0.2.1 lists "
            "the bindings of the address");
  EXPECT_EQ(remove("ipv4 192.0.2.1 psid 1 b4 2001:db8:1::2", kTuesday),
            "remove[0]: there is no 'binding ipv4 192.0.2.1 psid 1 b4 2001:db8:1::2'; there is '" +
                to_statement(kFirst) + "'");
  EXPECT_THAT(remove("ipv4 192.0.2.1 psid-len 8 psid 1", kTuesday), HasSubstr("there is '"));
  EXPECT_EQ(remove("ipv4 192.0.2.1 psid-offset 6 psid-len 8 psid 1", kTuesday), "none");
  EXPECT_EQ(remove("ipv4 192.0.2.1 psid 2", kTuesday), "none");
  EXPECT_EQ(remove("ipv4 192.0.2.9", kTuesday), "none");
  EXPECT_THAT(bindings(), IsEmpty());
}

TEST_F(Store, RulesComeAndGo) {
  EXPECT_EQ(add({kRule}, kMonday), "none");
  EXPECT_EQ(add({kRule}, kMonday), "add[0]: '" + to_statement(kRule) + "' already exists");
  EXPECT_THAT(change({.remove = {RuleKey{*parse_ipv4_prefix("203.0.113.0/25"), {}}}, .add = {}}, kTuesday),
              HasSubstr("there is no rule of 203.0.113.0/25"));
  EXPECT_EQ(change({.remove = {RuleKey{kRule.ipv4, {}}}, .add = {}}, kTuesday), "none");
  EXPECT_THAT(changed_.removed_rules, SizeIs(1));
  EXPECT_THAT(*store_->rules(), IsEmpty());
}

TEST_F(Store, ReplaceTouchesOnlyWhatIsAnother) {
  EXPECT_EQ(take_file("binding ipv4 192.0.2.77 b4 2001:db8:1::77 br 2001:db8:ff::1\n", kMonday), "none");
  EXPECT_EQ(add({kWhole, kFirst, kSecond, kRule}, kMonday), "none");
  EXPECT_EQ(change({.remove = {}, .add = {kFirst, kThird, kRule}, .replace = true}, kTuesday), "none");
  EXPECT_EQ(changed_.removed.size(), 2U);  // the whole address, and the second binding
  EXPECT_EQ(changed_.added.size(), 1U);
  EXPECT_FALSE(changed_.has_rules());
  EXPECT_EQ(bindings().size(), 3U);
  const auto first = store_->find(kFirst.ipv4, 1);
  EXPECT_EQ((**first).since, kMonday);
  const auto page = page_of_ended(*store_, {}, 10, "");
  ASSERT_TRUE(page.ok());
  EXPECT_THAT(page->bindings, SizeIs(2));
  EXPECT_EQ(change({.remove = {}, .add = {kFirst, kFirst}, .replace = true}, kWednesday),
            "add[1]: '" + to_statement(kFirst) + "' overlaps '" + to_statement(kFirst) +
                "': an address and PSID can be bound once only");
}

TEST_F(Store, TheFileHasWhatIsTheFiles) {
  const std::string text =
      to_statement(kWhole) + "\n" + to_statement(kFirst) + "\n" + to_statement(kRule) + "\n";
  EXPECT_EQ(take_file(text, kMonday), "none");
  EXPECT_EQ(merged_.changed.additions(), 3U);
  EXPECT_EQ(merged_.softwires.bindings.size(), 2U);
  EXPECT_EQ(merged_.softwires.rules.size(), 1U);
  // A file that is the same is not read again.
  EXPECT_EQ(take_file(text, kTuesday), "none");
  EXPECT_EQ(merged_.changed.additions() + merged_.changed.removals(), 0U);
  EXPECT_EQ(merged_.softwires.bindings.size(), 2U);
  // Softwires of the file can only be removed in the file.
  EXPECT_EQ(remove("ipv4 192.0.2.9", kTuesday), "remove[0]: '" + to_statement(kWhole) + "' comes from " +
                                                    folder_ + "/softwires.conf; remove it there, and reload");
  EXPECT_EQ(change({.remove = {RuleKey{kRule.ipv4, {}}}, .add = {}}, kTuesday),
            "remove[0]: '" + to_statement(kRule) + "' comes from " + folder_ +
                "/softwires.conf; remove it there, and reload");
  EXPECT_EQ(take_file(to_statement(kFirst) + "\n", kWednesday), "none");
  EXPECT_EQ(merged_.changed.removals(), 2U);
  EXPECT_THAT(bindings(), ElementsAre(kFirst));
}

TEST_F(Store, TheFileTakesOverWhatIsTheSame) {
  EXPECT_EQ(add({kFirst, kRule}, kMonday), "none");
  EXPECT_EQ(take_file("# mine\n" + to_statement(kFirst) + "\n" + to_statement(kRule) + "\n", kTuesday),
            "none");
  EXPECT_EQ(merged_.changed.additions() + merged_.changed.removals(), 0U);
  const auto found = store_->find(kFirst.ipv4, 1);
  EXPECT_EQ((**found).origin, Origin::kFile);
  EXPECT_EQ((**found).since, kMonday);
  EXPECT_EQ(store_->rules()->front().origin, Origin::kFile);
}

TEST_F(Store, TheFileDoesNotTakeWhatIsAnothers) {
  EXPECT_EQ(add({kSecond}, kMonday), "none");
  EXPECT_EQ(take_file("\n" + to_statement(kThird) + "\n", kTuesday),
            folder_ + "/softwires.conf:2: '" + to_statement(kThird) + "' overlaps '" + to_statement(kSecond) +
                "', which was added over the control socket; remove one of them (softwirectl del)");
  EXPECT_THAT(bindings(), ElementsAre(kSecond));
}

TEST_F(Store, NamesWhoHadAnAddressAndPortThen) {
  EXPECT_EQ(add({kFirst, kSecond}, kMonday), "none");
  EXPECT_EQ(change({.remove = {*parse_binding_key(to_statement(kSecond))}, .add = {kThird}}, kTuesday),
            "none");
  const Port port = kSecond.ports.range(3).first;
  EXPECT_THAT(holders("192.0.2.1", port, kMonday - kHour), IsEmpty());
  const auto then = holders("192.0.2.1", port, kMonday);
  ASSERT_THAT(then, SizeIs(1));
  EXPECT_EQ(then[0].binding, kSecond);
  EXPECT_EQ(then[0].since, kMonday);
  EXPECT_EQ(then[0].until, kTuesday);
  const auto now = holders("192.0.2.1", port, WallTime::max());
  ASSERT_THAT(now, SizeIs(1));
  EXPECT_EQ(now[0].binding, kThird);
  EXPECT_FALSE(now[0].until);
  EXPECT_THAT(holders("192.0.2.1", {}, kMonday), SizeIs(2));
  EXPECT_THAT(holders("192.0.2.1", Port{1}, kMonday), IsEmpty());
  EXPECT_THAT(holders("192.0.2.2", {}, kMonday), IsEmpty());
  const auto holdings = holdings_of(*store_, kSecond.b4, kMonday + kHour);
  ASSERT_TRUE(holdings.ok());
  EXPECT_THAT(*holdings, SizeIs(1));
  EXPECT_THAT(*holdings_of(*store_, kSecond.b4, kWednesday), IsEmpty());
}

TEST_F(Store, NamesWhomARuleGaveThem) {
  EXPECT_EQ(add({kRule}, kMonday), "none");
  EXPECT_EQ(change({.remove = {RuleKey{kRule.ipv4, {}}}, .add = {}}, kTuesday), "none");
  const auto then = holders("203.0.113.7", Port{4711}, kMonday);
  ASSERT_THAT(then, SizeIs(1));
  EXPECT_EQ(then[0].binding.b4, kRule.ce_address(*parse_ipv4("203.0.113.7"), then[0].binding.ports.psid));
  EXPECT_TRUE(then[0].binding.ports.contains(4711));
  EXPECT_EQ(then[0].rule, kRule);
  EXPECT_EQ(then[0].until, kTuesday);
  EXPECT_THAT(holders("203.0.113.7", Port{4711}, kTuesday), IsEmpty());
  EXPECT_THAT(holders("203.0.113.7", {}, kMonday), IsEmpty());          // no single holder
  EXPECT_THAT(holders("203.0.113.7", Port{1000}, kMonday), IsEmpty());  // below the ports of the rule
  const auto ce = holdings_of(*store_, then[0].binding.b4, kMonday);
  ASSERT_THAT(*ce, SizeIs(1));
  EXPECT_EQ((*ce)[0].binding, then[0].binding);
  // An address with bindings does not belong to a rule.
  const Binding own =
      binding("ipv4 203.0.113.7 psid-offset 6 psid-len 8 psid 1 b4 2001:db8:1::1 br 2001:db8:ff::1");
  EXPECT_EQ(add({kRule, own}, kWednesday), "none");
  EXPECT_THAT(holders("203.0.113.7", Port{4711}, kWednesday), IsEmpty());
  EXPECT_THAT(*holdings_of(*store_, then[0].binding.b4, kWednesday), IsEmpty());
}

TEST_F(Store, PagesLeaveNothingOutAndSayNothingTwice) {
  std::vector<std::variant<Binding, Rule>> many;
  for (unsigned i = 0; i < 250; ++i) {
    many.emplace_back(Binding{Ipv4Address::from_host(0xc0000200 + i / 4), *PortSet::make(6, 2, i % 4),
                              Ipv6Address::from_host(0x20010db800010000 + i % 7, i),
                              Ipv6Address::from_host(0x20010db800ff0000, 1 + i % 2)});
  }
  EXPECT_EQ(add(many, kMonday), "none");
  const auto collect = [this](const BindingFilter& filter) {
    std::vector<Binding> all;
    std::string after;
    do {
      const auto page = page_of_bindings(*store_, filter, 17, after);
      EXPECT_TRUE(page.ok()) << page.error().text;
      for (const StoredBinding& stored : page->bindings) all.push_back(stored.softwire);
      after = page->next;
    } while (!after.empty());
    return all;
  };
  EXPECT_EQ(collect({}), bindings());
  EXPECT_THAT(collect({.ipv4 = parse_ipv4_prefix("192.0.2.4/30"), .b4 = {}, .br = {}, .origin = {}}),
              SizeIs(16));
  const auto some =
      collect({.ipv4 = {}, .b4 = parse_ipv6_prefix("2001:db8:1:3::/64"), .br = {}, .origin = {}});
  EXPECT_THAT(some, SizeIs(36));
  EXPECT_TRUE(std::ranges::is_sorted(some, {}, &Binding::b4));
  EXPECT_THAT(collect({.ipv4 = {}, .b4 = {}, .br = parse_ipv6("2001:db8:ff::2"), .origin = {}}), SizeIs(125));
  EXPECT_THAT(collect({.ipv4 = {}, .b4 = {}, .br = {}, .origin = Origin::kFile}), IsEmpty());
  EXPECT_FALSE(page_of_bindings(*store_, {}, 1, "nonsense").ok());

  EXPECT_EQ(change({.remove = {}, .add = {}, .replace = true}, kTuesday), "none");
  std::size_t ended = 0;
  std::string after;
  do {
    const auto page = page_of_ended(*store_, {}, 40, after);
    ASSERT_TRUE(page.ok()) << page.error().text;
    ended += page->bindings.size();
    after = page->next;
  } while (!after.empty());
  EXPECT_EQ(ended, 250U);
  EXPECT_FALSE(page_of_ended(*store_, {}, 1, "nonsense").ok());
}

TEST_F(Store, HistoryIsForgottenInTime) {
  EXPECT_EQ(add({kWhole, kFirst, kRule}, kMonday), "none");
  EXPECT_EQ(remove("ipv4 192.0.2.9", kTuesday), "none");
  EXPECT_EQ(change({.remove = {RuleKey{kRule.ipv4, {}}}, .add = {}}, kTuesday), "none");
  EXPECT_EQ(*store_->forget_ended(kTuesday), 0);
  EXPECT_EQ(*store_->forget_ended(kWednesday), 2);
  EXPECT_THAT(page_of_ended(*store_, {}, 10, "")->bindings, IsEmpty());
  EXPECT_THAT(bindings(), ElementsAre(kFirst));
}

// An earlier release accepted them; an update loses nothing.
TEST_F(Store, KeepsLinkLocalAddressesThatItHasUntilTheyAreRemoved_Rfc3927_7) {
  Binding local = kWhole;
  local.ipv4 = Ipv4Address(169, 254, 7, 1);
  const auto rule =
      parse_stored_rule("rule map-e ipv4 169.254.8.0/24 ipv6 2001:db8:8000::/40 ea-len 16 br 2001:db8:ff::1");
  ASSERT_TRUE(rule.ok()) << rule.error().text;
  EXPECT_EQ(add({local, *rule}, kMonday), "none");
  open();
  EXPECT_EQ(count_link_local(*store_)->bindings, 1);
  EXPECT_EQ(count_link_local(*store_)->rules, 1);
  EXPECT_THAT(bindings(), ElementsAre(local));
  const auto rules = store_->rules();
  ASSERT_TRUE(rules.ok()) << rules.error().text;
  EXPECT_THAT(*rules, SizeIs(1));
  const auto report = check_loaded_rows(*store_);
  ASSERT_TRUE(report.ok()) << report.error().text;
  EXPECT_THAT(report->problems, IsEmpty());
  EXPECT_EQ(remove("ipv4 169.254.7.1", kTuesday), "none");
  EXPECT_EQ(count_link_local(*store_)->bindings, 0);
  EXPECT_EQ(count_link_local(*store_)->rules, 1);
}

TEST_F(Store, SaysWhatAStartWouldFindWithoutTouchingIt) {
  EXPECT_EQ(add({kSecond}, kMonday), "none");
  write("softwires.conf", to_statement(kFirst) + "\n");
  const auto softwires = look_at_softwires(config_, kMonday);
  ASSERT_TRUE(softwires.ok()) << softwires.error().text;
  EXPECT_THAT(softwires->bindings, SizeIs(2));
  EXPECT_THAT(bindings(), ElementsAre(kSecond));
}

}  // namespace
}  // namespace softwire::controlplane

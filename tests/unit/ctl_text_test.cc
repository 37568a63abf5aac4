// SPDX-License-Identifier: BSD-3-Clause
// Tests the output of softwirectl for people: tables, numbers, times, events, rates.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <ctime>

#include "controlplane/text/base64.h"
#include "tools/ctl/events.h"
#include "tools/ctl/explain_text.h"
#include "tools/ctl/format.h"
#include "tools/ctl/lookup_text.h"
#include "tools/ctl/table.h"
#include "tools/ctl/top_view.h"

namespace softwire::ctl {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

const Style kPlain(false);

// Sets a local time zone with or without summer time, independent of the machine.
class CtlTime : public ::testing::Test {
 protected:
  CtlTime() {
    setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1);
    tzset();
  }
  ~CtlTime() override {
    unsetenv("TZ");
    tzset();
  }
};

TEST_F(CtlTime, IsLocalWithItsDistanceFromUtc) {
  EXPECT_EQ(local_time("2026-11-01T12:00:00.000Z"), "2026-11-01 13:00:00+01:00");
  EXPECT_EQ(local_time("2026-07-01T12:00:00.999Z"), "2026-07-01 14:00:00+02:00");
  EXPECT_EQ(local_time("-"), "-");
}

TEST_F(CtlTime, LookupSaysWhoInPlainWords) {
  const Json holder = {{"ipv4", "192.0.2.1"},
                       {"psid-offset", 0},
                       {"psid-len", 6},
                       {"psid", 1},
                       {"ports", "1024-2047"},
                       {"b4", "2001:db8:1::1"},
                       {"br", "2001:db8:ff::1"},
                       {"origin", "operator"},
                       {"since", "2026-11-01T11:00:00.000Z"},
                       {"until", nullptr}};
  EXPECT_EQ(text_of_lookup("192.0.2.1:1500", "", Json::array({holder}), kPlain),
            "192.0.2.1:1500 belongs to 2001:db8:1::1\n"
            "  ports  1024-2047\n"
            "  psid   1 (psid-offset 0, psid-len 6)\n"
            "  br     2001:db8:ff::1\n"
            "  from   an operator\n"
            "  since  2026-11-01 12:00:00+01:00\n");
  Json ended = holder;
  ended["until"] = "2026-11-01T12:00:00.000Z";
  ended["rule"] = {{"rule", "map-e"}, {"ipv4", "192.0.2.0/24"}};
  const std::string past =
      text_of_lookup("2001:db8:1::1", "2026-11-01T11:30:00.000Z", Json::array({ended}), kPlain);
  EXPECT_THAT(past, HasSubstr("2001:db8:1::1 had 192.0.2.1 in part at 2026-11-01 12:30:00+01:00\n"));
  EXPECT_THAT(past, HasSubstr("  until  2026-11-01 13:00:00+01:00\n"));
  EXPECT_THAT(past, HasSubstr("an operator, rule map-e ipv4 192.0.2.0/24"));

  // Without a port, the text says that only a part of the address belongs to the subscriber.
  Json many = holder;
  many["ports"] = "1-2, 3-4, 5-6, 7-8, 9-10, 11-12, 13-14, 15-16, 17-18";
  const std::string part = text_of_lookup("192.0.2.1", "", Json::array({many}), kPlain);
  EXPECT_THAT(part, HasSubstr("192.0.2.1 in part belongs to 2001:db8:1::1\n"));
  EXPECT_THAT(part, HasSubstr(" 1-2, 3-4, 5-6, 7-8, 9-10, 11-12, 13-14, 15-16, ... (--json has all)\n"));
}

TEST_F(CtlTime, EventsAreLines) {
  const auto line = [](Json event) {
    event["at"] = "2026-11-01T12:00:00.000Z";
    return line_of_event(event, kPlain);
  };
  EXPECT_EQ(line({{"kind", "softwire"},
                  {"change", "added"},
                  {"softwire", "binding ipv4 192.0.2.1 b4 2001:db8::1 br 2001:db8::2"},
                  {"origin", "operator"}}),
            "2026-11-01 13:00:00+01:00  softwire  added binding ipv4 192.0.2.1 b4 2001:db8::1 br 2001:db8::2 "
            "(operator)");
  EXPECT_THAT(line({{"kind", "reload"}, {"ok", true}, {"bindings", 1}}),
              HasSubstr("reload    succeeded, 1 binding"));
  EXPECT_THAT(line({{"kind", "reload"}, {"ok", false}, {"error", "a:1: b"}}), HasSubstr("refused: a:1: b"));
  EXPECT_THAT(line({{"kind", "link"}, {"side", "ipv4"}, {"link", "up"}, {"megabits", 10000}}),
              HasSubstr("link      ipv4 up, 10000 Mbit/s"));
  EXPECT_THAT(line({{"kind", "lost"}, {"events", 3}}), HasSubstr("3 events: this reader is too slow"));
  EXPECT_THAT(line({{"kind", "moon"}, {"phase", "full"}, {"day", 3}}),
              HasSubstr("moon      day 3 phase full"));
}

TEST(CtlFormat, HumanNumbersHaveThreeDigits) {
  EXPECT_EQ(human(0), "0");
  EXPECT_EQ(human(0.25), "0.2");
  EXPECT_EQ(human(9.96), "10");
  EXPECT_EQ(human(999), "999");
  EXPECT_EQ(human(999.6), "1.00 k");
  EXPECT_EQ(human(1234), "1.23 k");
  EXPECT_EQ(human(99960), "100 k");
  EXPECT_EQ(human(12'345'678), "12.3 M");
  EXPECT_EQ(human(18446744073709551615.0), "18.4 E");
}

TEST(CtlFormat, Durations) {
  EXPECT_EQ(duration(std::chrono::seconds(7867)), "02:11:07");
  EXPECT_EQ(duration(std::chrono::seconds(86400 + 1)), "1 day 00:00:01");
  EXPECT_EQ(duration(std::chrono::seconds(3 * 86400)), "3 days 00:00:00");
}

TEST(CtlTable, NumbersToTheRightAndNoBlanksAtTheEnd) {
  Table table({{"NAME"}, right("VALUE"), {"WHAT"}});
  table.add({"a", "1", "one"});
  table.add({"longer", "123456", ""});
  EXPECT_EQ(table.take(kPlain),
            "NAME     VALUE  WHAT\n"
            "a            1  one\n"
            "longer  123456\n");
}

TEST(CtlTable, GoesOnUnderItsHeaders) {
  Table table({{"A"}, {"B"}});
  table.add({"long", "x"});
  EXPECT_EQ(table.take(kPlain), "A     B\nlong  x\n");
  table.add({"a", "y"});
  EXPECT_EQ(table.take(kPlain), "a     y\n");
}

TEST(CtlTable, ColoursDoNotMoveColumns) {
  Table table({{"A"}, {"B"}});
  table.add({{"x", Look::kBad}, "y"});
  EXPECT_EQ(table.take(Style(true)), "\033[1mA\033[0m  \033[1mB\033[0m\n\033[31mx\033[0m  y\n");
}

TEST(CtlBase64, AsInRfc4648Section10) {
  const auto octets = [](std::string_view text) {
    return std::vector<std::uint8_t>(text.begin(), text.end());
  };
  for (const auto& [text, coded] :
       std::vector<std::pair<std::string_view, std::string_view>>{{"", ""},
                                                                  {"f", "Zg=="},
                                                                  {"fo", "Zm8="},
                                                                  {"foo", "Zm9v"},
                                                                  {"foob", "Zm9vYg=="},
                                                                  {"foobar", "Zm9vYmFy"}}) {
    EXPECT_EQ(controlplane::to_base64(octets(text)), coded);
    EXPECT_EQ(controlplane::from_base64(coded), octets(text));
  }
  for (const std::string_view wrong : {"Zg", "Zg=", "Z===", "Zh==", "Zg=v", "Zm9!"}) {
    EXPECT_EQ(controlplane::from_base64(wrong), std::nullopt) << wrong;
  }
}

TEST(CtlExplain, ShowsEveryStageTheOutcomeAndWhatIsSent) {
  const std::vector<std::uint8_t> frame(14);
  const Json result = {{"outcome", "sent-decapsulated"},
                       {"disposition", "sent"},
                       {"stages", {{{"stage", "frame"}, {"text", "is for us"}}}},
                       {"sent", {{{"side", "ipv4"}, {"frame", controlplane::to_base64(frame)}}}}};
  EXPECT_EQ(text_of_explanation("ipv6", frame, result, kPlain),
            "in on ipv6\n"
            "  00:00:00:00:00:00 > 00:00:00:00:00:00, 14 octets\n"
            "  Ethernet type 0\n"
            "\n"
            "  frame  is for us\n"
            "\n"
            "outcome  sent-decapsulated: sent\n"
            "\n"
            "out on ipv4\n"
            "  00:00:00:00:00:00 > 00:00:00:00:00:00, 14 octets\n"
            "  Ethernet type 0\n");
}

// Two samples with a distance of two seconds.
class CtlTopView : public ::testing::Test {
 protected:
  CtlTopView() {
    now_.at = before_.at + std::chrono::seconds(2);
    now_.status = {{"version", "1.0"}, {"uptime-seconds", 3600}, {"bindings", 2}, {"rules", 1}};
    before_.counters = {{"received-ipv4-packets", 1000}, {"received-ipv4-bytes", 0}, {"dhcp-rx-discover", 1}};
    now_.counters = {{"received-ipv4-packets", 3000},
                     {"received-ipv4-bytes", 500'000},
                     {"dhcp-rx-discover", 3},
                     {"bindings", 2}};
    const auto drop = [](const char* name, int packets) {
      return Json{{"name", name}, {"disposition", "dropped"}, {"packets", packets}, {"help", "what"}};
    };
    before_.outcomes = {drop("drop-old", 500), drop("drop-new", 10)};
    now_.outcomes = {drop("drop-old", 500), drop("drop-new", 30), drop("drop-never", 0)};
    before_.workers = {{{"number", 0}, {"processor", 1}, {"received", 100}, {"held", 0}}};
    now_.workers = {{{"number", 0}, {"processor", 1}, {"received", 2100}, {"held", 7}}};
    before_.ports = {{{"side", "ipv4"}, {"link", "up"}, {"counters", {{"receive-missed", 0}}}}};
    now_.ports = {{{"side", "ipv4"}, {"link", "up"}, {"counters", {{"receive-missed", 8}}}}};
  }
  // Returns the lines that begin with this, with single blanks.
  [[nodiscard]] std::string line(std::string_view first, std::size_t columns = 0) const {
    for (const std::string& one : view_of(before_, now_, columns, kPlain)) {
      std::string text;
      for (const char c : one) {
        if (c != ' ' || (!text.empty() && text.back() != ' ')) text += c;
      }
      if (text.starts_with(first)) return text;
    }
    return "no such line";
  }
  Sample before_;
  Sample now_;
};

TEST_F(CtlTopView, ShowsRatesASecond) {
  EXPECT_EQ(line("softwired"), "softwired 1.0 up 01:00:00 2 bindings, 1 rule (over 2.0 s)");
  EXPECT_EQ(line("ipv4 1.00"), "ipv4 1.00 k 2.00 M 0 0 0");
  EXPECT_EQ(line("0 1 "), "0 1 - - - - 1.00 k 0 0 0 7");
  EXPECT_EQ(line("ipv4 - up"), "ipv4 - up - 4");
  EXPECT_EQ(line("discover"), "discover 1 0 3 0");
}

TEST_F(CtlTopView, ShowsTheLoadOfAWorker) {
  Json& worker = now_.workers[0];
  worker["busy-percent"] = 41.6;
  worker["cycles-per-packet"] = 310;
  worker["mean-burst"] = 12.5;
  worker["receive-queues"] = {{{"side", "ipv4"}, {"peak", 16}, {"size", 1024}},
                              {{"side", "ipv6"}, {"peak", 256}, {"size", 512}}};
  EXPECT_EQ(line("0 1 "), "0 1 42% 310 12.5 50% 1.00 k 0 0 0 7");
  worker["receive-queues"] = Json::array();  // the driver cannot tell
  EXPECT_EQ(line("0 1 "), "0 1 42% 310 12.5 - 1.00 k 0 0 0 7");
}

TEST_F(CtlTopView, DropsByRateThenByNumber) {
  std::vector<std::string> names;
  for (const std::string& one : view_of(before_, now_, 0, kPlain)) {
    if (const auto at = one.find("drop-"); at != std::string::npos) names.push_back(one.substr(at, 8));
  }
  EXPECT_THAT(names, ElementsAre("drop-new", "drop-old"));
}

TEST_F(CtlTopView, CountersThatGoBackAreOfAnotherSoftwired) {
  now_.counters["received-ipv4-packets"] = 5;
  EXPECT_EQ(line("ipv4 0"), "ipv4 0 2.00 M 0 0 0");
}

TEST_F(CtlTopView, LinesAreCutAtTheTerminalsWidth) {
  for (const bool colour : {false, true}) {
    for (const std::string& one : view_of(before_, now_, 20, Style(colour))) {
      std::size_t width = 0;
      for (std::size_t i = 0; i < one.size(); ++i) {
        if (one[i] == '\033') {
          i = one.find('m', i);
        } else {
          ++width;
        }
      }
      EXPECT_LE(width, 20U) << one;
    }
  }
}

TEST_F(CtlTopView, ForProgramsTheCountersThatMoved) {
  EXPECT_EQ(rates_of(before_, now_), (Json{{"seconds", 2.0},
                                           {"bindings", 2},
                                           {"rules", 1},
                                           {"rates",
                                            {{"received-ipv4-packets", 1000.0},
                                             {"received-ipv4-bytes", 250000.0},
                                             {"dhcp-rx-discover", 1.0}}}}));
}

}  // namespace
}  // namespace softwire::ctl

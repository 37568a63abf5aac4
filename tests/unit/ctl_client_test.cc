// SPDX-License-Identifier: BSD-3-Clause
// Tests softwirectl with a fake server: its requests, exit status and output.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "controlplane/text/base64.h"
#include "pcap/capture_reader.h"
#include "tests/unit/capture_files.h"
#include "tests/unit/ctl_fake_server.h"
#include "tools/ctl/load.h"

namespace softwire::ctl {
namespace {

using capture::test::TemporaryFile;
using test::FakeServer;
using ::testing::HasSubstr;
using ::testing::SizeIs;

// --- exit status ---

TEST(CtlExitStatus, FollowsTheCodeOfTheError) {
  const std::vector<std::pair<int, ExitStatus>> statuses = {
      {1, ExitStatus::kRefused},      {2, ExitStatus::kNotFound},    {3, ExitStatus::kPermission},
      {4, ExitStatus::kRefused},      {5, ExitStatus::kRefused},     {-32700, ExitStatus::kRefused},
      {-32601, ExitStatus::kRefused}, {-32602, ExitStatus::kRefused}};
  for (const auto& [code, status] : statuses) {
    FakeServer server;
    server.refuses("config.test", code, "what is wrong");
    const auto ran = server.run({"test"});
    EXPECT_EQ(ran.status, status) << code;
    EXPECT_EQ(ran.err, "softwirectl: what is wrong\n");
    EXPECT_EQ(ran.out, "");
  }
}

TEST(CtlExitStatus, NobodyThereSaysWhereToLook) {
  std::ostringstream out;
  std::ostringstream err;
  EXPECT_EQ(run_softwirectl({"test", "--socket", "/nowhere/control.sock"}, {out, err}, ""),
            ExitStatus::kUnreachable);
  EXPECT_EQ(err.str(),
            "softwirectl: /nowhere/control.sock: there is no such socket; is softwired running? Give "
            "--socket PATH if its socket is elsewhere\n");
  EXPECT_THAT(unreachable("p", EACCES).text,
              HasSubstr("permission denied; run as root or as a member of control-group"));
  EXPECT_THAT(unreachable("p", ECONNREFUSED).text, HasSubstr("nobody listens there"));
  EXPECT_EQ(Client::connect(std::string(200, 'x')).error().status, ExitStatus::kUnreachable);
}

TEST(CtlExitStatus, AServerThatGoesAway) {
  FakeServer server;
  server.ends_after("events.subscribe");
  server.answers("events.subscribe", Json::object());
  const auto ran = server.run({"watch"});
  EXPECT_EQ(ran.status, ExitStatus::kUnreachable);
  EXPECT_THAT(ran.err, HasSubstr("softwired closed the connection"));
}

TEST(CtlExitStatus, WrongUsageAsksNothing) {
  FakeServer server;
  for (const auto& words :
       std::vector<std::vector<std::string>>{{"add", "binding", "ipv4", "192.0.2.1"},
                                             {"add", "rule", "map-e", "ipv4", "192.0.2.0/24"},
                                             {"del", "binding", "psid", "1"},
                                             {"del", "rule", "ipv4", "192.0.2.1"},
                                             {"lookup", "192.0.2.1:port"},
                                             {"lookup", "192.0.2.1", "--at", "noon"},
                                             {"show", "bindings", "--limit", "0"},
                                             {"call", "status.get", "[]"},
                                             {"top", "--interval", "0"},
                                             {"capture"},
                                             {"capture", "--snaplen", "1", "-"},
                                             {"capture", "--outcome", "drop-nonsense", "-"},
                                             {"capture", "--outcome", "sent-encapsulated", "-"},
                                             {"watch", "nonsense"},
                                             {"explain"},
                                             {"explain", "--frame", "0g"},
                                             {"explain", "--number", "1", "--frame", "00"},
                                             {"explain", "udp", "--frame", "00"}}) {
    const auto ran = server.run(words);
    EXPECT_EQ(ran.status, ExitStatus::kWrongUsage) << words[0] << ' ' << words[1 % words.size()];
    EXPECT_THAT(ran.err, ::testing::StartsWith("softwirectl: "));
    EXPECT_THAT(ran.err, ::testing::Not(HasSubstr("params.")));
  }
  EXPECT_THAT(server.requests(), SizeIs(0));
}

TEST(CtlVersion, IsTheProjects) {
  FakeServer server;
  EXPECT_EQ(server.run({"--version"}).out, "softwirectl 1.2.3\n");
}

// --- softwires ---

constexpr const char* kBinding =
    "binding ipv4 192.0.2.1 psid-len 6 psid 1 b4 2001:db8:1::1 br 2001:db8:ff::1";

std::vector<std::string> words_of(const std::string& first, const std::string& rest) {
  std::istringstream stream(first + " " + rest);
  return {std::istream_iterator<std::string>(stream), {}};
}

TEST(CtlAdd, SendsTheStatementAndSaysNothing) {
  FakeServer server;
  server.answers("softwires.change", {{"removed", 0}, {"added", 1}});
  const auto ran = server.run(words_of("add", kBinding));
  EXPECT_EQ(ran.status, ExitStatus::kSuccess);
  EXPECT_EQ(ran.out + ran.err, "");
  ASSERT_THAT(server.requests(), SizeIs(1));
  EXPECT_EQ(server.requests()[0].params, (Json{{"add", {kBinding}}}));
}

TEST(CtlAdd, ARefusalDoesNotSpeakOfTheRequest) {
  FakeServer server;
  server.refuses("softwires.change", -32602, "params.add[0]: port 68", {{"field", "params.add[0]"}});
  EXPECT_EQ(server.run(words_of("add", kBinding)).err, "softwirectl: port 68\n");
}

TEST(CtlDel, NamesABindingOrARuleByItsKey) {
  FakeServer server;
  server.answers("softwires.change", {{"removed", 1}, {"added", 0}});
  EXPECT_EQ(server.run(words_of("del", "binding ipv4 192.0.2.1 psid 0x1")).status, ExitStatus::kSuccess);
  EXPECT_EQ(server.run(words_of("del", "rule ipv4 192.0.2.0/24")).status, ExitStatus::kSuccess);
  ASSERT_THAT(server.requests(), SizeIs(2));
  EXPECT_EQ(server.requests()[0].params, (Json{{"remove", {"binding ipv4 192.0.2.1 psid 0x1"}}}));
  EXPECT_EQ(server.requests()[1].params, (Json{{"remove", {"rule ipv4 192.0.2.0/24"}}}));
}

TEST(CtlLookup, NobodyIsAnExitStatusOfItsOwn) {
  FakeServer server;
  server.answers("softwires.lookup", {{"found", Json::array()}});
  const auto ran = server.run({"lookup", "192.0.2.1:4711", "--at", "2026-11-01T12:00:00+01:00"});
  EXPECT_EQ(ran.status, ExitStatus::kNotFound);
  EXPECT_THAT(ran.err, HasSubstr("192.0.2.1:4711 belonged to nobody at "));
  ASSERT_THAT(server.requests(), SizeIs(1));
  EXPECT_EQ(server.requests()[0].params,
            (Json{{"ipv4", "192.0.2.1"}, {"port", 4711}, {"at", "2026-11-01T11:00:00.000Z"}}));
  EXPECT_EQ(server.run({"lookup", "2001:db8::1", "--json"}).out, "[]\n");
}

// --- load and save ---

std::string many_bindings(unsigned count) {
  std::string text = "# a file\n";
  for (unsigned i = 0; i < count; ++i) {
    text += "binding ipv4 10.0." + std::to_string(i / 256) + "." + std::to_string(i % 256) +
            " b4 2001:db8:1::" + std::to_string(i + 1) + " br 2001:db8:ff::1\n";
  }
  return text;
}

class CtlLoad : public ::testing::Test {
 protected:
  FakeServer::Ran load(const std::string& text, std::vector<std::string> more = {}) {
    std::ofstream(file_.path()) << text;
    std::vector<std::string> words{"load", file_.path()};
    words.insert(words.end(), more.begin(), more.end());
    return server_.run(words);
  }
  FakeServer server_;
  TemporaryFile file_{"softwires.conf"};
};

TEST_F(CtlLoad, IsOneTransactionInPages) {
  server_.answers("softwires.begin", Json::object());
  server_.answers("softwires.append", {{"pending", 1}});
  server_.answers("softwires.commit", {{"removed", 3}, {"added", 2500}});
  const auto ran = load(many_bindings(2500), {"--replace"});
  EXPECT_EQ(ran.status, ExitStatus::kSuccess);
  EXPECT_EQ(ran.out, "removed 3, added 2500\n");
  EXPECT_EQ(ran.err, "");  // no terminal: no progress
  const auto& requests = server_.requests();
  ASSERT_THAT(requests, SizeIs(5));
  EXPECT_EQ(requests[0].method, "softwires.begin");
  EXPECT_EQ(requests[0].params, (Json{{"replace", true}}));
  EXPECT_THAT(requests[1].params["add"], SizeIs(1000));
  EXPECT_THAT(requests[3].params["add"], SizeIs(500));
  EXPECT_EQ(requests[3].params["add"][499], "binding ipv4 10.0.9.195 b4 2001:db8:1::2500 br 2001:db8:ff::1");
  EXPECT_EQ(requests[4].method, "softwires.commit");
}

TEST_F(CtlLoad, ABadLineIsFoundBeforeAnythingIsAsked) {
  const auto ran = load(many_bindings(3) + "binding ipv4 192.0.2.300\n");
  EXPECT_EQ(ran.status, ExitStatus::kUnusable);
  EXPECT_THAT(ran.err, HasSubstr(file_.path() + ":5: ipv4: '192.0.2.300' is not"));
  EXPECT_THAT(server_.requests(), SizeIs(0));
  EXPECT_EQ(server_.run({"load", "/nowhere/file"}).status, ExitStatus::kUnusable);
}

TEST_F(CtlLoad, WhatSoftwiredRefusesIsAtItsLine) {
  server_.answers("softwires.begin", Json::object());
  int pages = 0;
  server_.on("softwires.append", [&pages](const Json&) {
    if (++pages == 1) return Json{{"result", {{"pending", 1000}}}};
    return Json{
        {"error",
         {{"code", -32602}, {"message", "params.add[7]: port 68"}, {"data", {{"field", "params.add[7]"}}}}}};
  });
  const auto ran = load(many_bindings(1500));
  EXPECT_EQ(ran.status, ExitStatus::kRefused);
  // A comment is line 1, and 1007 statements are before it.
  EXPECT_EQ(ran.err, "softwirectl: " + file_.path() + ":1009: port 68\n");
}

TEST_F(CtlLoad, WhatTheCommitRefusesIsAtItsLineToo) {
  server_.answers("softwires.begin", Json::object());
  server_.answers("softwires.append", {{"pending", 1}});
  server_.refuses("softwires.commit", 1, "is there already", {{"field", "params.add[1200]"}});
  const auto ran = load(many_bindings(1500));
  EXPECT_EQ(ran.status, ExitStatus::kRefused);
  EXPECT_EQ(ran.err, "softwirectl: " + file_.path() + ":1202: is there already\n");
}

TEST(CtlProgress, IsOneLineOnATerminal) {
  std::ostringstream terminal;
  {
    Progress progress(&terminal);
    progress.show(500, 1000);
  }
  EXPECT_EQ(terminal.str(), "\r[####################                    ] 500 of 1000\033[K\r\033[K");
  Progress(nullptr).show(1, 2);
  EXPECT_EQ(Progress::bar(0, 0), "[########################################] 0 of 0");
}

TEST(CtlSave, WritesStatementsPageByPage) {
  FakeServer server;
  server.answers("rules.list", {{"rules",
                                 {{{"rule", "map-e"},
                                   {"ipv4", "192.0.3.0/24"},
                                   {"ipv6", "2001:db8::/40"},
                                   {"ea-len", 16},
                                   {"psid-offset", 6},
                                   {"br", "2001:db8:ffff::1"},
                                   {"origin", "operator"}},
                                  {{"rule", "map-e"}, {"origin", "file"}}}}});
  const auto binding = [](unsigned psid) {
    return Json{{"ipv4", "192.0.2.1"},   {"psid-offset", 0},       {"psid-len", 6},        {"psid", psid},
                {"b4", "2001:db8:1::1"}, {"br", "2001:db8:ff::1"}, {"origin", "operator"}, {"since", "x"}};
  };
  server.on("bindings.list", [&binding](const Json& params) {
    EXPECT_EQ(params["origin"], "operator");
    if (!params.contains("after")) {
      return Json{{"result", {{"bindings", {binding(1), binding(2)}}, {"next", "cursor"}}}};
    }
    EXPECT_EQ(params["after"], "cursor");
    return Json{{"result", {{"bindings", {binding(3)}}, {"next", nullptr}}}};
  });
  const auto ran = server.run({"save"});
  EXPECT_EQ(ran.status, ExitStatus::kSuccess) << ran.err;
  const std::string expected =
      "rule map-e ipv4 192.0.3.0/24 ipv6 2001:db8::/40 ea-len 16 psid-offset 6 br 2001:db8:ffff::1\n"
      "binding ipv4 192.0.2.1 psid-len 6 psid 1 b4 2001:db8:1::1 br 2001:db8:ff::1\n"
      "binding ipv4 192.0.2.1 psid-len 6 psid 2 b4 2001:db8:1::1 br 2001:db8:ff::1\n"
      "binding ipv4 192.0.2.1 psid-len 6 psid 3 b4 2001:db8:1::1 br 2001:db8:ff::1\n";
  EXPECT_EQ(ran.out, expected);
  EXPECT_TRUE(read_statements(ran.out, "saved").ok());

  const TemporaryFile file("saved");
  EXPECT_EQ(server.run({"save", file.path()}).out, "");
  const auto bytes = file.read();
  EXPECT_EQ(std::string(bytes.begin(), bytes.end()), expected);
}

TEST(CtlSave, AFailureLeavesTheOldFile) {
  FakeServer server;
  server.answers("rules.list", {{"rules", Json::array()}});
  server.refuses("bindings.list", 5, "the store failed");
  const TemporaryFile file("saved");
  std::ofstream(file.path()) << "old";
  EXPECT_EQ(server.run({"save", file.path()}).status, ExitStatus::kRefused);
  const auto bytes = file.read();
  EXPECT_EQ(std::string(bytes.begin(), bytes.end()), "old");
  EXPECT_FALSE(std::ifstream(file.path() + ".new").good());
}

// --- import and export ---

TEST(CtlExport, TakesWhatSoftwiredHas) {
  FakeServer server;
  server.answers("rules.list", {{"rules", Json::array()}});
  server.answers(
      "bindings.list",
      {{"bindings",
        {{{"ipv4", "192.0.2.1"}, {"b4", "2001:db8:1::1"}, {"br", "2001:db8:ff::1"}, {"origin", "file"}}}},
       {"next", nullptr}});
  const auto ran = server.run({"export", "rfc8676", "--only", "bindings"});
  EXPECT_EQ(ran.status, ExitStatus::kSuccess) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("2001:db8:1::1"));

  server.refuses("bindings.list", 3, "not for you");
  const auto refused = server.run({"export", "kea-dhcp6"});
  EXPECT_EQ(refused.status, ExitStatus::kPermission);
  EXPECT_EQ(refused.err, "softwirectl: not for you\n");
}

TEST(CtlImport, NeedsNoSoftwired) {
  FakeServer server;
  EXPECT_EQ(server.run({"import", "snabb", "/nowhere/lwaftr.conf"}).status, ExitStatus::kUnusable);
  EXPECT_EQ(server.run({"import", "snabb"}).status, ExitStatus::kWrongUsage);
  const TemporaryFile configuration("lwaftr.conf");
  const TemporaryFile softwires("softwires.conf");
  std::ofstream(configuration.path()) << "{}";
  const auto ran = server.run({"import", "rfc8676", configuration.path(), "--softwires", softwires.path()});
  EXPECT_EQ(ran.status, ExitStatus::kUnusable);
  EXPECT_THAT(ran.err, HasSubstr(configuration.path()));
  EXPECT_THAT(server.requests(), SizeIs(0));
}

// --- show ---

TEST(CtlShow, BindingsUpToTheLimitOfTheFilter) {
  FakeServer server;
  server.on("bindings.list", [](const Json& params) {
    Json page = Json::array();
    for (unsigned i = 0; i < params["limit"]; ++i) page.push_back({{"ipv4", "192.0.2.1"}, {"psid", i}});
    return Json{{"result", {{"bindings", page}, {"next", "more"}}}};
  });
  const auto ran = server.run({"show", "bindings", "ipv4", "192.0.2.0/24", "--limit", "1003", "--json"});
  const auto list = Json::parse(ran.out);
  ASSERT_TRUE(list.is_array());
  EXPECT_THAT(list, SizeIs(1003));
  ASSERT_THAT(server.requests(), SizeIs(2));
  EXPECT_EQ(server.requests()[0].params["ipv4"], "192.0.2.0/24");
  EXPECT_EQ(server.requests()[1].params["limit"], 3);

  server.answers("bindings.list", {{"bindings", Json::array()}, {"next", nullptr}});
  EXPECT_EQ(server.run({"show", "bindings", "--json"}).out, "[]\n");
  EXPECT_EQ(server.run({"show", "bindings"}).out,
            "IPV4  PSID-OFFSET  PSID-LEN  PSID  B4  BR  ORIGIN  SINCE\n");
}

TEST(CtlShow, CountersByPrefix) {
  FakeServer server;
  server.answers("counters.get", {{"counters", {{"drop-a", 1234567}}}});
  EXPECT_EQ(server.run({"show", "counters", "drop-"}).out, "COUNTER    VALUE\ndrop-a   1234567\n");
  EXPECT_EQ(server.run({"show", "counters", "--human"}).out, "COUNTER   VALUE\ndrop-a   1.23 M\n");
  EXPECT_EQ(server.requests()[0].params, (Json{{"prefix", "drop-"}, {"nonzero", true}}));
  server.answers("counters.get", {{"counters", Json::object()}});
  EXPECT_EQ(server.run({"show", "counters", "x", "--all"}).status, ExitStatus::kNotFound);
  EXPECT_EQ(server.run({"show", "counters", "x"}).status, ExitStatus::kSuccess);
}

TEST(CtlShow, ConfigReadsBackAsSoftwiredConf) {
  FakeServer server;
  server.answers("config.get",
                 {{"path", "/etc/softwired.conf"},
                  {"settings", {{"ipv4.mtu", "1500"}, {"br-address", {"2001:db8::1", "2001:db8::2"}}}}});
  EXPECT_EQ(server.run({"show", "config"}).out,
            "# /etc/softwired.conf\nbr-address = 2001:db8::1\nbr-address = 2001:db8::2\nipv4.mtu = 1500\n");
}

TEST(CtlShow, JsonIsTheResultOrOfAListTheArray) {
  FakeServer server;
  server.answers("status.get", {{"version", "1"}});
  server.answers("ports.list", {{"ports", {{{"side", "ipv4"}}}}});
  EXPECT_EQ(Json::parse(server.run({"show", "status", "--json"}).out), (Json{{"version", "1"}}));
  EXPECT_EQ(Json::parse(server.run({"show", "ports", "--json"}).out), (Json::array({{{"side", "ipv4"}}})));
}

TEST(CtlShow, WhatANewerSoftwiredLeavesOutIsShownAsUnknown) {
  FakeServer server;
  for (const char* method : {"status.get", "ports.list", "workers.list", "neighbors.list", "dhcp.get",
                             "rules.list", "config.get", "outcomes.list"}) {
    server.answers(method, Json::object());
  }
  for (const char* what :
       {"status", "ports", "workers", "neighbors", "dhcp", "rules", "config", "outcomes"}) {
    EXPECT_EQ(server.run({"show", what}).status, ExitStatus::kSuccess) << what;
  }
}

TEST(CtlCall, PrintsTheResultAsItIs) {
  FakeServer server;
  server.answers("counters.get", {{"counters", {{"a", 18446744073709551615U}}}});
  const auto ran = server.run({"call", "counters.get", R"({"prefix": "a"})"});
  EXPECT_EQ(Json::parse(ran.out), (Json{{"counters", {{"a", 18446744073709551615U}}}}));
  EXPECT_EQ(server.requests()[0].params, (Json{{"prefix", "a"}}));
}

// --- explain ---

TEST(CtlExplain, BuildsAFrameThatReachesTheHub) {
  FakeServer server;
  server.answers("config.get", {{"settings", {{"ipv4.mac", "02:00:00:00:01:01"}, {"ipv4.vlan", "7"}}}});
  server.answers(
      "neighbors.list",
      {{"neighbors",
        {{{"side", "ipv4"}, {"mac", "02:00:00:00:01:04"}}, {{"side", "ipv6"}, {"mac", nullptr}}}}});
  server.answers("explain.packet", {{"outcome", "drop-x"}, {"disposition", "dropped"}});
  const auto ran = server.run(words_of("explain", "udp from 203.0.113.5:53 to 192.0.2.1:4711"));
  EXPECT_EQ(ran.status, ExitStatus::kSuccess) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("02:00:00:00:01:04 > 02:00:00:00:01:01, VLAN 7, 46 octets\n"));
  EXPECT_THAT(ran.out, HasSubstr("outcome  drop-x: dropped\n"));
  const Json& params = server.requests().back().params;
  EXPECT_EQ(params["side"], "ipv4");
  EXPECT_THAT(*controlplane::from_base64(params["frame"].get<std::string>()), SizeIs(46));
}

TEST(CtlExplain, TakesFramesInHexAndFromCaptures) {
  FakeServer server;
  server.answers("explain.packet", {{"outcome", "x"}, {"disposition", "dropped"}});
  // For IPv6, the side depends on the Ethernet type, also after a VLAN tag.
  const std::string frame = "020000000001 020000000002 8100 0007 86dd 60";
  EXPECT_EQ(server.run({"explain", "--frame", frame}).status, ExitStatus::kSuccess);
  EXPECT_EQ(server.requests()[0].params, (Json{{"side", "ipv6"}, {"frame", "AgAAAAABAgAAAAACgQAAB4bdYA=="}}));
  EXPECT_EQ(server.run({"explain", "--frame", frame, "--side", "ipv4"}).status, ExitStatus::kSuccess);
  EXPECT_EQ(server.requests()[1].params["side"], "ipv4");

  const TemporaryFile file("frames.pcap");
  capture::test::PcapBytes bytes;
  bytes.frame(0, 0, {1, 2, 3});
  bytes.frame(0, 0, {4, 5, 6});
  file.write(bytes.bytes());
  EXPECT_EQ(server.run({"explain", "--capture", file.path(), "--number", "2"}).status, ExitStatus::kSuccess);
  EXPECT_EQ(server.requests()[2].params["frame"], "BAUG");
  const auto ran = server.run({"explain", "--capture", file.path(), "--number", "3"});
  EXPECT_EQ(ran.status, ExitStatus::kNotFound);
  EXPECT_THAT(ran.err, HasSubstr("has no frame 3, but 2 frames"));
}

// --- watch, top, capture ---

TEST(CtlWatch, IsOneLineAnEventAndJsonAsItCame) {
  const Json event = {{"kind", "reload"}, {"at", "x"}, {"ok", true}, {"bindings", 2}};
  FakeServer server;
  server.answers("events.subscribe", Json::object());
  server.tells_after("events.subscribe", "event", {event, event});
  server.ends_after("events.subscribe");
  EXPECT_EQ(server.run({"watch", "reload", "link"}).out,
            "x  reload    succeeded, 2 bindings\nx  reload    succeeded, 2 bindings\n");
  EXPECT_EQ(server.requests()[0].params, (Json{{"kinds", {"reload", "link"}}}));
  EXPECT_EQ(server.run({"watch", "--json"}).out, event.dump() + "\n" + event.dump() + "\n");
}

TEST(CtlTop, OnceIsTwoLooksAndABlock) {
  FakeServer server;
  int looks = 0;
  server.on("counters.get", [&looks](const Json&) {
    return Json{{"result", {{"counters", {{"received-ipv4-packets", 100 * looks++}}}}}};
  });
  for (const char* method : {"outcomes.list", "workers.list", "ports.list", "status.get"}) {
    server.answers(method, Json::object());
  }
  const auto ran = server.run({"top", "--once", "--interval", "0.1"});
  EXPECT_EQ(ran.status, ExitStatus::kSuccess) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("SIDE  RX PACKET/S"));
  EXPECT_EQ(looks, 2);
  const Json rates = Json::parse(server.run({"top", "--once", "--interval", "0.1", "--json"}).out);
  EXPECT_GT(rates["rates"]["received-ipv4-packets"], 0.0);
}

TEST(CtlCapture, WritesPcapngUntilTheCount) {
  FakeServer server;
  server.answers("capture.start", Json::object());
  server.answers("capture.stop", {{"captured", 9}, {"missed", 4}});
  const Json captured = {{"side", "ipv6"},
                         {"at", "2026-11-01T12:00:00.000Z"},
                         {"outcome", "drop-wrong-b4"},
                         {"length", 60},
                         {"frame", "AgAAAAABAgAAAAACht1g"}};
  server.tells_after("capture.start", "captured", {captured, captured, captured});
  const TemporaryFile file("drops.pcapng");
  const auto ran =
      server.run({"capture", "--outcome", "drop-wrong-b4", "--outcome", "drop-wrong-br", "--side", "ipv6",
                  "--filter", "udp", "--snaplen", "96", "--count", "2", file.path()});
  EXPECT_EQ(ran.status, ExitStatus::kSuccess) << ran.err;
  EXPECT_EQ(ran.err, "2 packets captured, 4 missed\n");
  EXPECT_EQ(server.requests()[0].params, (Json{{"outcomes", {"drop-wrong-b4", "drop-wrong-br"}},
                                               {"side", "ipv6"},
                                               {"filter", "udp"},
                                               {"snaplen", 96}}));
  auto reader = capture::CaptureReader::open(file.path());
  ASSERT_TRUE(reader.ok());
  unsigned frames = 0;
  while (const auto frame = reader->next()) {
    ++frames;
    EXPECT_THAT(frame->octets, SizeIs(15));
    EXPECT_EQ(frame->length, 60U);
    EXPECT_EQ(frame->time, std::chrono::seconds(1793534400));
  }
  EXPECT_EQ(frames, 2U);
  const auto bytes = file.read();
  EXPECT_THAT(std::string(bytes.begin(), bytes.end()), HasSubstr("drop-wrong-b4"));
  EXPECT_EQ(server.run({"capture", "--count", "1", "--json"}).out, captured.dump() + "\n");
}

}  // namespace
}  // namespace softwire::ctl

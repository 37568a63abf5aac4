// SPDX-License-Identifier: BSD-3-Clause
// Tests softwirectl with a softwired that is silent, of another version, or hostile.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>

#include "tests/unit/ctl_fake_server.h"

namespace softwire::ctl {
namespace {

using test::FakeServer;
using ::testing::HasSubstr;

// A daemon that is stopped takes connections and answers nothing.
TEST(CtlTimeout, EndsARequestThatIsNotAnswered) {
  const std::string path = ::testing::TempDir() + "silent-" + std::to_string(getpid()) + ".sock";
  const b4::FileDescriptor listener(socket(AF_UNIX, SOCK_STREAM, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof(address.sun_path) - 1);
  unlink(path.c_str());
  ASSERT_EQ(bind(listener.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
  ASSERT_EQ(listen(listener.get(), 8), 0);
  for (const auto& words :
       std::vector<std::vector<std::string>>{{"show", "status"}, {"reload"}, {"show", "bindings"}, {"top"}}) {
    std::ostringstream out;
    std::ostringstream err;
    std::vector<std::string> all{"--socket", path, "--timeout", "0.1"};
    all.insert(all.end(), words.begin(), words.end());
    EXPECT_EQ(run_softwirectl(all, {out, err}, ""), ExitStatus::kUnreachable) << words[0];
    EXPECT_THAT(err.str(), HasSubstr("softwired is there, but has not answered")) << words[0];
    EXPECT_THAT(err.str(), HasSubstr("within 0.1 s")) << words[0];
  }
  unlink(path.c_str());
}

// Long work without --timeout: softwirectl waits while softwired answers other connections, no longer.
TEST(CtlTimeout, WaitsForLongWorkWhileOthersAreAnswered) {
  std::array<int, 2> ends{};
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()), 0);
  const b4::FileDescriptor server(ends[0]);
  Client client{b4::FileDescriptor(ends[1])};
  client.set_timeout(std::chrono::milliseconds(1));
  int asked = 0;
  const auto waited = client.call("config.reload", Json::object(), [&] {
    if (++asked < 3) return true;
    const std::string answer = R"({"jsonrpc":"2.0","id":1,"result":{"bindings":7}})"
                               "\n";
    return send(server.get(), answer.data(), answer.size(), 0) > 0;
  });
  ASSERT_TRUE(waited.ok());
  EXPECT_EQ((*waited)["bindings"], 7);
  EXPECT_EQ(asked, 3);
  EXPECT_EQ(client.call("config.reload", Json::object(), [] { return false; }).error().status,
            ExitStatus::kUnreachable);
}

TEST(CtlTimeout, IsANumberOfSeconds) {
  FakeServer server;
  for (const char* text : {"0", "-1", "x", "10s", "nan", "inf", "86401", ""}) {
    const auto ran = server.run({"show", "status", "--timeout", text});
    EXPECT_EQ(ran.status, ExitStatus::kWrongUsage) << text;
    EXPECT_THAT(ran.err, HasSubstr("is not a number of seconds from 0.1 to 86400")) << text;
  }
}

// --- answers of another version, or of another program ---

TEST(CtlAnswers, OfAnUnknownFormAreAFailureInWords) {
  const std::vector<std::string> commands = {
      "status.get",    "ports.list",       "workers.list",  "neighbors.list", "counters.get",
      "outcomes.list", "dhcp.get",         "bindings.list", "leases.list",    "rules.list",
      "config.get",    "bindings.history", "config.reload", "config.test",    "softwires.lookup"};
  const std::vector<std::vector<std::string>> words = {{"show", "status"},
                                                       {"show", "ports"},
                                                       {"show", "workers"},
                                                       {"show", "neighbors"},
                                                       {"show", "counters"},
                                                       {"show", "outcomes"},
                                                       {"show", "dhcp"},
                                                       {"show", "bindings"},
                                                       {"show", "leases"},
                                                       {"show", "rules"},
                                                       {"show", "config"},
                                                       {"show", "history"},
                                                       {"reload"},
                                                       {"test"},
                                                       {"lookup", "192.0.2.1"},
                                                       {"save"},
                                                       {"top", "--once", "--interval", "0.1"}};
  const std::vector<Json> odd = {
      nullptr,
      7,
      -1.5,
      "x",
      true,
      Json::array(),
      Json::array({1, nullptr, "x"}),
      {{"br-addresses", {1}}, {"hugepages", "yes"}, {"last-reload", {{"ok", 1}}}, {"uptime-seconds", -1}},
      {{"ports", {1, {{"counters", {{"x", "y"}}}, {"promiscuous", 3}}}}},
      {{"enabled", true}, {"servers", {1}}, {"server", 5}},
      {{"settings", {{"a", {1, {{"b", 2}}}}}}, {"bindings", {{{"ipv4", 1}}, 5}}, {"next", {1}}},
      {{"leases", {{{"expires", 5}}}}, {"found", {{{"rule", 5}, {"ipv4", {1}}}}}, {"rules", {1, "x"}}},
      {{"counters", 1e300}, {"outcomes", {{{"packets", 1e300}}}}, {"workers", {{{"number", {}}}}}}};
  for (const Json& answer : odd) {
    for (const auto& one : words) {
      FakeServer server;
      for (const std::string& method : commands) server.answers(method, answer);
      const auto ran = server.run(one);
      EXPECT_EQ(ran.err.find("json.exception"), std::string::npos) << one[0] << answer << ran.err;
      EXPECT_EQ(ran.err.empty(), ran.status == ExitStatus::kSuccess) << one[0] << answer << ran.err;
    }
  }
}

// ECMA-48: a terminal obeys control characters.
TEST(CtlAnswers, ControlCharactersAreEscapedOnATerminal) {
  const std::string evil = "a\x1b[2J\r\nb\x7f\u009b1m\u00e9";
  const auto run = [&](const std::vector<std::string>& words, bool is_terminal) {
    FakeServer server;
    server.answers("config.get", {{"path", evil}, {"settings", {{evil, evil}}}});
    server.refuses("rules.list", 1, evil);
    std::ostringstream out;
    std::ostringstream err;
    Surroundings surroundings{out, err};
    surroundings.out_is_terminal = surroundings.err_is_terminal = is_terminal;
    surroundings.connect = [&server] { return server.connect(); };
    run_softwirectl(words, std::move(surroundings), "");
    return out.str() + err.str();
  };
  const std::string shown = "a\\x1b[2J\\x0d\\x0ab\\x7f\\u009b1m\u00e9";
  EXPECT_EQ(run({"show", "config"}, true), "# " + shown + "\n" + shown + " = " + shown + "\n");
  EXPECT_EQ(run({"show", "rules"}, true), "softwirectl: " + shown + "\n");
  EXPECT_EQ(run({"show", "config"}, false), "# " + evil + "\n" + evil + " = " + evil + "\n");
  const std::string json = run({"show", "config", "--json"}, true);
  EXPECT_THAT(json, HasSubstr(R"(a\u001b[2J\r\nb\u007f\u009b1m)"));
  EXPECT_EQ(Json::parse(json)["path"], evil);
}

}  // namespace
}  // namespace softwire::ctl

// SPDX-License-Identifier: BSD-3-Clause
// Tests the control socket with a real hub and a real store.
#include <fcntl.h>
#include <sys/stat.h>

#include "control_fixture.h"
#include "controlplane/control/peer.h"
#include "controlplane/control/session.h"
#include "controlplane/text/json_text.h"
#include "softwire/address_text.h"

namespace softwire::controlplane {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

TEST_F(ControlSocket, AnswersEveryMethodThatAsksForNothing) {
  Client client(path_);
  const Json described = client.result("rpc.describe");
  ASSERT_GT(described["methods"].size(), 15U);
  for (const Json& method : described["methods"]) {
    const std::string name = method["name"];
    SCOPED_TRACE(name);
    EXPECT_FALSE(method["summary"].get<std::string>().empty());
    if (method["access"] == "write" || name == "softwires.lookup" || name == "explain.packet" ||
        name.starts_with("events.") || name.starts_with("capture.")) {
      continue;
    }
    client.result(name);
  }
  const Json status = client.result("status.get");
  EXPECT_EQ(status["bindings"], 1);
  EXPECT_EQ(status["version"], "1.2.3");
  EXPECT_EQ(status["br-addresses"], Json::array({"2001:db8:ff::1"}));
  EXPECT_EQ(client.result("counters.get", {{"prefix", "bind"}})["counters"], Json({{"bindings", 1}}));
  EXPECT_THAT(client.result("outcomes.list", {{"nonzero", true}})["outcomes"], IsEmpty());
  EXPECT_EQ(client.result("config.get")["settings"]["ipv4.address"], "198.51.100.1");
}

TEST_F(ControlSocket, HealthIsEachCheckWithItsReasonAndTime) {
  Client client(path_);
  EXPECT_EQ(client.result("health.get"),
            (Json{{"state", "ok"}, {"ready", true}, {"live", true}, {"checks", Json::array()}}));
  health_.checks = {{{"link ipv4", HealthState::kOk, ""}, std::chrono::hours(1)},
                    {{"worker 0", HealthState::kFailed, "stands still", true}, std::chrono::seconds(3)}};
  const Json health = client.result("health.get");
  EXPECT_EQ(health["state"], "failed");
  EXPECT_EQ(health["ready"], false);
  EXPECT_EQ(health["live"], false);
  EXPECT_EQ(health["checks"][0]["reason"], nullptr);
  EXPECT_EQ(health["checks"][1]["name"], "worker 0");
  EXPECT_EQ(health["checks"][1]["reason"], "stands still");
  EXPECT_LE(*parse_wall_time(health["checks"][1]["since"].get<std::string>()),
            wall_now() - std::chrono::seconds(3));
}

TEST_F(ControlSocket, WorkersTellTheirLoadOfTheLatestSecond) {
  dataplane::WorkerCounters counters = hub_->worker(0).counters.read();
  counters.load.total = {.nanoseconds = 60'000'000'000, .busy_nanoseconds = 1, .bursts = 1, .frames = 1};
  counters.load.second = {
      .nanoseconds = 1'000'000'000, .busy_nanoseconds = 250'000'000, .bursts = 1000, .frames = 12'500};
  counters.load.queues[1] = {.frames = 3, .peak = 700, .size = 1024};
  hub_->worker(0).counters.publish(counters);
  context_.cycles_per_nanosecond = 2.5;
  Client client(path_);
  const Json worker = client.result("workers.list")["workers"][0];
  EXPECT_EQ(worker["busy-percent"], 25.0);
  EXPECT_EQ(worker["cycles-per-packet"], 50'000);
  EXPECT_EQ(worker["mean-burst"], 12.5);
  EXPECT_EQ(worker["receive-queues"],
            Json::array({{{"side", "ipv6"}, {"waiting", 3}, {"peak", 700}, {"size", 1024}}}));
}

TEST_F(ControlSocket, PortsTellTheStatisticsOfTheDriverWhenAsked) {
  context_.ports = [](bool extended) {
    PortStatus port;
    port.side = "ipv4";
    port.counters = {{"receive-missed", 3}};
    if (extended) port.driver = {{"rx_q0_errors", 7}};
    return std::vector{port};
  };
  Client client(path_);
  const Json plain = client.result("ports.list")["ports"][0];
  EXPECT_EQ(plain["counters"], Json({{"receive-missed", 3}}));
  EXPECT_FALSE(plain.contains("driver"));
  const Json extended = client.result("ports.list", {{"extended", true}})["ports"][0];
  EXPECT_EQ(extended["driver"], Json({{"rx_q0_errors", 7}}));
}

TEST_F(ControlSocket, SaysWhatIsWrongWithARequest) {
  Client client(path_);
  const auto code = [](const Json& answer) { return answer["error"]["code"].get<int>(); };
  EXPECT_EQ(code(client.ask("nonsense")), -32700);
  EXPECT_EQ(code(client.ask("7")), -32600);
  EXPECT_EQ(code(client.ask("[]")), -32600);
  EXPECT_EQ(code(client.ask(R"({"id":1,"method":"status.get"})")), -32600);
  EXPECT_EQ(code(client.ask(R"({"jsonrpc":"2.0","id":[],"method":"status.get"})")), -32600);
  EXPECT_EQ(code(client.ask(R"({"jsonrpc":"2.0","id":1,"method":"status.get","params":[1]})")), -32602);
  const Json unknown = client.ask(R"({"jsonrpc":"2.0","id":"x","method":"nothing"})");
  EXPECT_EQ(code(unknown), -32601);
  EXPECT_EQ(unknown["id"], "x");
  EXPECT_EQ(client.refusal("bindings.list", {{"limit", 10001}}),
            "-32602 params.limit: params.limit is not a number from 1 to 10000");
  EXPECT_EQ(client.refusal("bindings.list", {{"limit", -1}}),
            "-32602 params.limit: params.limit is not a number from 1 to 10000");
  EXPECT_EQ(client.refusal("bindings.list", {{"limit", 18446744073709551615ULL}}),
            "-32602 params.limit: params.limit is not a number from 1 to 10000");
  EXPECT_THAT(client.refusal("bindings.list", {{"ipv4", "192.0.2.1/24"}}),
              StartsWith("-32602 params.ipv4: "));
  EXPECT_THAT(client.refusal("bindings.list", {{"origin", "me"}}), HasSubstr("is not one of file, operator"));
  EXPECT_THAT(client.refusal("bindings.list", {{"after", "x"}}), StartsWith("-32602 params.after: "));
  EXPECT_THAT(client.refusal("status.get", {{"x", 1}}),
              HasSubstr("status.get has no parameter 'x'; it has none"));
  EXPECT_THAT(client.refusal("softwires.lookup"), HasSubstr("give either ipv4 or ipv6"));
  EXPECT_THAT(client.refusal("softwires.lookup", {{"ipv6", "2001:db8::1"}, {"port", 1}}),
              HasSubstr("port needs ipv4; give ipv4 instead of ipv6, or leave port out"));
  EXPECT_THAT(client.refusal("softwires.lookup", {{"ipv4", "192.0.2.1"}, {"at", "yesterday"}}),
              HasSubstr("a time such as"));
  EXPECT_THAT(client.refusal("softwires.change", {{"add", {7}}}), HasSubstr("is not an array of softwires"));
}

TEST_F(ControlSocket, NeverAnswersANotification_JsonRpc4_1) {
  Client client(path_);
  const std::string bad = R"({"jsonrpc":"2.0","method":"status.get","params":[1]})";
  const std::string good = R"({"jsonrpc":"2.0","id":1,"method":"status.get"})";
  client.send(bad + "\n");
  EXPECT_EQ(client.ask(good)["id"], 1) << "the answer is that of the request after it";
  client.send("[" + bad + "]\n");
  const Json batch = client.ask("[" + bad + "," + good + "," + bad + "]");
  ASSERT_EQ(batch.size(), 1U);
  EXPECT_EQ(batch[0]["id"], 1);
}

// A value is copied and destroyed by recursion (RFC 8259 section 9: a parser may limit the depth).
TEST_F(ControlSocket, RefusesALineThatIsNestedTooDeep) {
  Client client(path_);
  const auto nested = [](std::size_t depth) {
    return R"({"jsonrpc":"2.0","id":1,"method":"no.such.method","params":{"x":)" +
           std::string(depth - 2, '[') + std::string(depth - 2, ']') + "}}";
  };
  EXPECT_EQ(client.ask(nested(kMaxJsonDepth))["error"]["code"], -32601);
  for (const std::size_t depth : {kMaxJsonDepth + 1, std::size_t{200'000}}) {
    const Json answer = client.ask(nested(depth));
    EXPECT_EQ(answer["error"]["code"], -32700) << depth;
    EXPECT_THAT(answer["error"]["message"].get<std::string>(),
                HasSubstr("more than 64 arrays and objects within each other"));
  }
  // Brackets in a string have no depth, whatever is escaped before them.
  const std::string brackets = R"({"jsonrpc":"2.0","id":"\\\"[[","method":")" + std::string(100, '[') + "\"}";
  EXPECT_EQ(client.ask(brackets)["error"]["code"], -32601);
  EXPECT_EQ(client.ask(std::string(100'000, '['))["error"]["code"], -32700);
}

TEST_F(ControlSocket, AnswersBatchesNotificationsAndBlankLines) {
  Client client(path_);
  const Json both = client.ask(
      R"([{"jsonrpc":"2.0","id":1,"method":"rules.list"},{"jsonrpc":"2.0","method":"rules.list"},3,)"
      R"({"jsonrpc":"2.0","id":2,"method":"rules.list"}])");
  ASSERT_EQ(both.size(), 3U);
  EXPECT_EQ(both[0]["id"], 1);
  EXPECT_EQ(both[1]["error"]["code"], -32600);
  EXPECT_EQ(both[2]["id"], 2);
  client.send(
      "\n  \r\n"
      R"({"jsonrpc":"2.0","method":"rules.list"})"
      "\n");
  EXPECT_EQ(client.result("rules.list")["rules"], Json::array());
  std::string many = "[";
  for (int i = 0; i < 1001; ++i) many += i == 0 ? "1" : ",1";
  EXPECT_THAT(client.ask(many + "]").dump(), HasSubstr("more than 1000 members"));
}

TEST_F(ControlSocket, EndsAConnectionWhoseLineHasNoEnd) {
  Client client(path_);
  client.send(std::string(SessionLimits().line + 1000, 'x'));
  EXPECT_THAT(client.line(), HasSubstr("the line is longer than 4194304 octets"));
  EXPECT_EQ(client.line(), "");
  Client other(path_);
  EXPECT_EQ(other.result("rules.list")["rules"], Json::array());
}

TEST_F(ControlSocket, ChangesAreInEffectWhenTheyAreAnswered) {
  Client client(path_);
  EXPECT_EQ(client.result("softwires.change", {{"add", {kFirst, kSecond}}}),
            Json({{"removed", 0}, {"added", 2}}));
  EXPECT_EQ(client.result("status.get")["bindings"], 3);
  EXPECT_EQ(ends_changed_, 0);  // changed in place
  const Json listed = client.result("bindings.list", {{"origin", "operator"}})["bindings"];
  ASSERT_EQ(listed.size(), 2U);
  EXPECT_EQ(listed[0]["psid"], 1);
  // A request may contain listed objects unchanged.
  EXPECT_EQ(client.result("softwires.change", {{"remove", listed}}), Json({{"removed", 2}, {"added", 0}}));
  EXPECT_EQ(client.result("softwires.change", {{"add", listed}}), Json({{"removed", 0}, {"added", 2}}));
  // Another subscriber replaces the first.
  Json another = listed[1];
  another["b4"] = "2001:db8:1::3";
  EXPECT_EQ(client.result("softwires.change", {{"remove", {listed[1]}}, {"add", {another}}}),
            Json({{"removed", 1}, {"added", 1}}));
  const Json found = client.result("softwires.lookup", {{"ipv4", "192.0.2.1"}})["found"];
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[1]["b4"], "2001:db8:1::3");
  EXPECT_EQ(client.result("bindings.history")["bindings"].size(), 3U);
  EXPECT_THAT(client.refusal("softwires.change", {{"add", {kFirst}}}),
              StartsWith("1 params.add[0]: 'binding"));
  EXPECT_THAT(client.refusal("softwires.change", {{"add", {kRule, "binding ipv4 x"}}}),
              StartsWith("-32602 params.add[1]: params.add[1]: ipv4: 'x' is not"));
  EXPECT_THAT(client.refusal("softwires.change", {{"remove", {"binding ipv4 192.0.2.77"}}}),
              StartsWith("2 params.remove[0]: there is no"));
  EXPECT_THAT(client.refusal("softwires.change", {{"remove", {kOfFile}}}), HasSubstr("comes from"));
  EXPECT_THAT(client.refusal("softwires.change", {{"add", {{{"ipv4", "192.0.2.7 br ::1"}}}}}),
              HasSubstr("params.add[0].ipv4: is not a word or a number"));
}

TEST_F(ControlSocket, RulesAndNewBrAddressesAreJudgedWithAllThatIsThere) {
  Client client(path_);
  EXPECT_EQ(client.result("softwires.change", {{"add", {kRule}}})["added"], 1);
  EXPECT_EQ(client.result("rules.list")["rules"][0]["ea-len"], 16);
  EXPECT_EQ(client.result("status.get")["rules"], 1);
  // A BR address that a subscriber already has.
  EXPECT_THAT(client.refusal("softwires.change",
                             {{"add", {"binding ipv4 192.0.2.7 b4 2001:db8:1::7 br 2001:db8:1::9"}}}),
              StartsWith("1 b4 2001:db8:1::9 is a BR address"));
  EXPECT_EQ(client.result("status.get")["bindings"], 1);
  EXPECT_THAT(client.refusal("softwires.change",
                             {{"add", {"binding ipv4 192.0.2.7 b4 2001:db8:ff::1 br 2001:db8:ff::2"}}}),
              HasSubstr("is a BR address"));
  EXPECT_EQ(client.result("softwires.change",
                          {{"add", {"binding ipv4 192.0.2.7 b4 2001:db8:1::7 br 2001:db8:ff::2"}}})["added"],
            1);
  EXPECT_EQ(client.result("status.get")["br-addresses"], Json::array({"2001:db8:ff::1", "2001:db8:ff::2"}));
  EXPECT_EQ(client.result("softwires.change", {{"remove", {"rule map-e ipv4 203.0.113.0/24"}}})["removed"],
            1);
  EXPECT_EQ(client.result("status.get")["rules"], 0);
}

TEST_F(ControlSocket, ATransactionComesInPages) {
  Client client(path_);
  EXPECT_THAT(client.refusal("softwires.commit"), StartsWith("4 no transaction"));
  EXPECT_THAT(client.refusal("softwires.append"), StartsWith("4 no transaction"));
  client.result("softwires.begin", {{"replace", true}});
  EXPECT_THAT(client.refusal("softwires.begin"), StartsWith("4 a transaction is open"));
  EXPECT_EQ(client.result("softwires.append", {{"add", {kFirst}}}), Json({{"pending", 1}}));
  EXPECT_EQ(client.result("softwires.append", {{"add", {kSecond}}}), Json({{"pending", 2}}));
  EXPECT_EQ(client.result("status.get")["bindings"], 1);
  EXPECT_EQ(client.result("softwires.commit"), Json({{"removed", 0}, {"added", 2}}));
  EXPECT_EQ(client.result("status.get")["bindings"], 3);
  client.result("softwires.begin");
  client.result("softwires.append", {{"remove", {kFirst}}});
  client.result("softwires.abort");
  EXPECT_EQ(client.result("status.get")["bindings"], 3);
  {
    Client gone(path_);
    gone.result("softwires.begin");
    gone.result("softwires.append", {{"remove", {kFirst}}});
  }
  EXPECT_EQ(client.result("status.get")["bindings"], 3);
  client.result("softwires.begin", {{"replace", true}});
  EXPECT_EQ(client.result("softwires.commit"), Json({{"removed", 2}, {"added", 0}}));
  EXPECT_EQ(client.result("status.get")["bindings"], 1);
}

TEST_F(ControlSocket, ReadsTheConfigurationAnew) {
  Client client(path_);
  client.result("softwires.change", {{"add", {kFirst}}});
  write("binding ipv4 192.0.2.1 psid-offset 6 psid-len 4 psid 7 b4 2001:db8:1::7 br 2001:db8:ff::1\n");
  // The file conflicts with a softwire of the socket. The error names its line, and nothing changes.
  EXPECT_THAT(client.refusal("config.test"), HasSubstr("softwires.conf:1: "));
  EXPECT_THAT(client.refusal("config.reload"), HasSubstr("disagrees with"));
  EXPECT_EQ(client.result("status.get")["bindings"], 2);
  write(kOfFile + "\n" + kSecond + "\n");
  EXPECT_EQ(client.result("config.test"), Json::object());
  EXPECT_EQ(client.result("status.get")["bindings"], 2);
  EXPECT_EQ(client.result("config.reload"), Json({{"bindings", 3}, {"rules", 0}}));
}

TEST_F(ControlSocket, TellsThoseWhoHaveSubscribed) {
  Client watcher(path_);
  Client other(path_);
  Client client(path_);
  watcher.result("events.subscribe", {{"kinds", {"softwire"}}});
  other.result("events.subscribe", {{"kinds", {"link"}}});
  client.result("softwires.change", {{"add", {kFirst}}});
  const Json event = Json::parse(watcher.line());
  EXPECT_EQ(event["method"], "event");
  EXPECT_EQ(event["params"]["kind"], "softwire");
  EXPECT_EQ(event["params"]["softwire"], kFirst);
  EXPECT_EQ(other.result("rules.list")["rules"], Json::array());  // the first line that the client receives
  watcher.result("events.unsubscribe");
  client.result("softwires.change", {{"add", {kSecond}}});
  EXPECT_EQ(watcher.result("rules.list")["rules"], Json::array());
}

TEST_F(ControlSocket, ManyAtATimeAreCommittedTogether) {
  constexpr int kClients = 8;
  constexpr int kEach = 50;
  std::vector<std::thread> threads;
  threads.reserve(kClients);
  for (int number = 0; number < kClients; ++number) {
    threads.emplace_back([this, number] {
      Client client(path_);
      for (int i = 0; i < kEach; ++i) {
        const std::string one = "binding ipv4 192.0.3." + std::to_string(number) +
                                " psid-offset 6 psid-len 8 psid " + std::to_string(i) +
                                " b4 2001:db8:1::" + std::to_string(number) + " br 2001:db8:ff::1";
        EXPECT_EQ(client.result("softwires.change", {{"add", {one}}})["added"], 1);
        // Each client gets only its own errors.
        EXPECT_THAT(client.refusal("softwires.change", {{"add", {one}}}), HasSubstr("overlaps"));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  Client client(path_);
  EXPECT_EQ(client.result("status.get")["bindings"], 1 + kClients * kEach);
}

TEST_F(ControlSocket, IsForItsGroup) {
  struct stat status {};
  ASSERT_EQ(stat(path_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0660);
  EXPECT_TRUE(S_ISSOCK(status.st_mode));
}

TEST_F(ControlSocket, IsTakenAwayAtTheEndAndFoundAnewAfterACrash) {
  asio::io_context loop;
  ControlConfig config = config_.daemon.control;
  const auto busy = ControlServer::listen(loop, config, {});
  ASSERT_FALSE(busy.ok());
  EXPECT_THAT(busy.error().text, HasSubstr("another softwired listens there"));
  config.socket = folder_ + "/left.sock";
  {
    Client ignored(::socket(AF_UNIX, SOCK_STREAM, 0));
    const int left = ::socket(AF_UNIX, SOCK_STREAM, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    config.socket.copy(address.sun_path, sizeof(address.sun_path) - 1);
    ASSERT_EQ(bind(left, reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
    close(left);
  }
  {
    const auto again = ControlServer::listen(loop, config, {});
    EXPECT_TRUE(again.ok()) << again.error().text;
  }
  EXPECT_FALSE(std::filesystem::exists(config.socket));
  config.socket = folder_ + "/softwires.conf";
  EXPECT_THAT(ControlServer::listen(loop, config, {}).error().text, HasSubstr("exists and is not a socket"));
  config.socket = folder_ + "/softwires.conf/c.sock";
  EXPECT_THAT(ControlServer::listen(loop, config, {}).error().text,
              HasSubstr("set control-socket to a path"));
  config.socket = folder_ + "/" + std::string(200, 'x');
  EXPECT_THAT(ControlServer::listen(loop, config, {}).error().text,
              HasSubstr("too long for the path of a socket"));
}

TEST_F(ControlSocket, WhoMayLookOnlyChangesNothing) {
  std::array<int, 2> ends{};
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()), 0);
  ControlShared shared(loop_, {}, {});
  shared.methods = make_methods(context_);
  Client client(ends[1]);
  asio::post(loop_, [&] {
    ControlSession::Socket socket(loop_);
    socket.assign(asio::local::stream_protocol(), ends[0]);
    std::make_shared<ControlSession>(std::move(socket), SessionPeer{}, shared, [](ControlSession&) {
    })->start();
  });
  EXPECT_EQ(client.result("rules.list")["rules"], Json::array());
  EXPECT_THAT(client.refusal("softwires.change", {{"add", {kFirst}}}),
              StartsWith("3 softwires.change changes the hub"));
  EXPECT_THAT(client.refusal("config.reload"), StartsWith("3 config.reload changes the hub"));
  EXPECT_EQ(client.result("status.get")["bindings"], 1);
  shutdown(ends[1], SHUT_RDWR);
  // The session uses the methods until the connection ends.
  while (true) {
    std::promise<bool> open;
    asio::post(loop_, [&] { open.set_value(fcntl(ends[0], F_GETFD) != -1); });
    if (!open.get_future().get()) break;
  }
}

TEST(ControlPeer, IsKnownByTheKernel) {
  std::array<int, 2> ends{};
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()), 0);
  const auto peer = peer_of(ends[0]);
  ASSERT_TRUE(peer.ok()) << peer.error().text;
  EXPECT_EQ(peer->uid, geteuid());
  EXPECT_EQ(peer->pid, getpid());
  EXPECT_THAT(peer->groups, ::testing::Contains(getegid()));
  close(ends[0]);
  close(ends[1]);
}

TEST(ControlPeer, MayDoWhatItsGroupsMay) {
  const AccessRules rules{.group = 100, .read_group = 200};
  const uid_t somebody = geteuid() + 1;
  EXPECT_EQ(rules.access_of({.uid = 0, .pid = 1, .groups = {}}), RpcAccess::kWrite);
  EXPECT_EQ(rules.access_of({.uid = geteuid(), .pid = 1, .groups = {}}), RpcAccess::kWrite);
  EXPECT_EQ(rules.access_of({.uid = somebody, .pid = 1, .groups = {7, 100}}), RpcAccess::kWrite);
  EXPECT_EQ(rules.access_of({.uid = somebody, .pid = 1, .groups = {7, 200}}), RpcAccess::kRead);
  EXPECT_EQ(rules.access_of({.uid = somebody, .pid = 1, .groups = {200, 100}}), RpcAccess::kWrite);
  EXPECT_EQ(rules.access_of({.uid = somebody, .pid = 1, .groups = {7}}), std::nullopt);
  EXPECT_EQ(AccessRules{}.access_of({.uid = somebody, .pid = 1, .groups = {7}}), std::nullopt);
  EXPECT_TRUE(find_group("root"));
  EXPECT_FALSE(find_group("no-such-group-here"));
}

}  // namespace
}  // namespace softwire::controlplane

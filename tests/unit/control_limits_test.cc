// SPDX-License-Identifier: BSD-3-Clause
// Tests that no peer of the control socket can hurt another: memory, places, time of the control thread.
#include <atomic>
#include <mutex>
#include <thread>

#include "control_fixture.h"
#include "controlplane/control/session.h"

namespace softwire::controlplane {
namespace {

using std::chrono::milliseconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string request(const std::string& method, const Json& params = Json::object()) {
  return Json{{"jsonrpc", "2.0"}, {"id", 1}, {"method", method}, {"params", params}}.dump();
}

std::string batch_of(std::size_t count, const std::string& one) {
  std::string text = "[";
  for (std::size_t i = 0; i < count; ++i) text += (i == 0 ? "" : ",") + one;
  return text + "]\n";
}

class ControlLimits : public ControlSocket {
 protected:
  template <typename Condition>
  static void wait_until(Condition condition) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::minutes(2);
    while (!condition() && std::chrono::steady_clock::now() < deadline) {
      std::this_thread::sleep_for(milliseconds(1));
    }
    ASSERT_TRUE(condition());
  }
  ControlOptions options() {
    ControlOptions options;
    options.log = [this](const std::string& line) {
      const std::lock_guard guard(mutex_);
      logged_.push_back(line);
    };
    return options;
  }
  std::vector<std::string> logged() {
    const std::lock_guard guard(mutex_);
    return logged_;
  }

  std::mutex mutex_;
  std::vector<std::string> logged_;
};

TEST_F(ControlLimits, WhoDoesNotReadIsAnsweredNoMoreAndThenCutOff) {
  std::atomic<int> runs = 0;
  const std::vector<Method> methods = {{.name = "large",
                                        .summary = {},
                                        .params = {},
                                        .result = {},
                                        .run = [&](const Json&, ControlSession&, const RpcReply& reply) {
                                          ++runs;
                                          reply(Json(std::string(100'000, 'x')));
                                        }}};
  ControlOptions limited = options();
  limited.limits.unread = milliseconds(200);
  serve_again(limited, &methods);
  Client silent(path_);
  silent.send(batch_of(1000, request("large")));
  Client other(path_);
  EXPECT_EQ(other.call("large")["result"].get<std::string>().size(), 100'000U);
  wait_until([this] { return sessions() == 1; });
  // What the socket and the limit hold: about 1.3 MB.
  EXPECT_LT(runs, 40);
  EXPECT_THAT(logged(), ElementsAre(HasSubstr("sends requests and does not take the answers")));
  EXPECT_EQ(other.call("large")["result"].get<std::string>().size(), 100'000U);
}

TEST_F(ControlLimits, WhoReadsGetsAllAnswersOfALongBatch) {
  ControlOptions limited = options();
  limited.limits.backlog = 1000;
  serve_again(limited);
  Client client(path_);
  std::thread sender([&] { client.send(batch_of(100, request("rpc.describe"))); });
  const Json answers = Json::parse(client.line(), nullptr, false);
  sender.join();
  ASSERT_EQ(answers.size(), 100U);
  EXPECT_TRUE(answers[99]["result"].contains("methods"));
  EXPECT_EQ(client.result("rules.list")["rules"], Json::array());
}

// JSON-RPC 2.0 section 6: the answers of a batch are one array. It is sent in parts.
TEST_F(ControlLimits, ANotificationDoesNotComeWithinTheAnswersOfABatch) {
  RpcReply held;
  std::atomic<bool> is_held = false;
  std::vector<Method> methods = make_methods(context_);
  methods.push_back({.name = "held",
                     .summary = {},
                     .params = {},
                     .result = {},
                     .run = [&](const Json&, ControlSession&, const RpcReply& reply) {
                       held = reply;
                       is_held = true;
                     }});
  serve_again(options(), &methods);
  Client client(path_);
  client.result("events.subscribe");
  client.send("[" + request("rules.list") + "," + request("held") + "]\n");
  wait_until([&] { return is_held.load(); });
  asio::post(loop_, [&] {
    server_->publish("link", {{"side", "ipv4"}});
    std::exchange(held, {})(Json(7));
  });
  const Json answers = Json::parse(client.line(), nullptr, false);
  ASSERT_TRUE(answers.is_array()) << answers;
  EXPECT_EQ(answers[1]["result"], 7);
  EXPECT_EQ(Json::parse(client.line(), nullptr, false)["params"]["kind"], "link");
}

TEST_F(ControlLimits, ALongLineAndALongAnswerAreLikeShortOnes) {
  serve_again(options());
  Client client(path_);
  Json add = Json::array();
  for (int i = 0; i < 3000; ++i) {
    add.push_back("binding ipv4 192.0.3." + std::to_string(i / 250) + " psid-offset 6 psid-len 8 psid " +
                  std::to_string(i % 250) + " b4 2001:db8:1::7 br 2001:db8:ff::1");
  }
  EXPECT_EQ(client.result("softwires.change", {{"add", add}})["added"], 3000);
  EXPECT_EQ(client.result("bindings.list", {{"limit", 10'000}})["bindings"].size(), 3001U);
  client.result("softwires.begin");
  EXPECT_EQ(client.result("softwires.append", {{"remove", add}}), Json({{"pending", 3000}}));
  EXPECT_THAT(client.refusal("softwires.append", {{"add", std::vector<int>(200, 7)}}),
              HasSubstr("params.add"));
  add[2500] = "binding ipv4 x";
  EXPECT_THAT(client.refusal("softwires.append", {{"add", add}}), HasSubstr("params.add[2500]"));
  client.result("softwires.abort");
  EXPECT_EQ(client.result("status.get")["bindings"], 3001);
}

TEST_F(ControlLimits, AReaderSendsShorterLines) {
  std::array<int, 2> ends{};
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()), 0);
  ControlShared shared(loop_, {}, {});
  Client client(ends[1]);
  std::promise<void> gone;
  asio::post(loop_, [&] {
    ControlSession::Socket socket(loop_);
    socket.assign(asio::local::stream_protocol(), ends[0]);
    std::make_shared<ControlSession>(std::move(socket), SessionPeer{}, shared, [&](ControlSession&) {
      gone.set_value();
    })->start();
  });
  client.send(std::string(SessionLimits().line_of_reader + 1000, 'x'));
  EXPECT_THAT(client.line(), HasSubstr("the line is longer than 262144 octets"));
  gone.get_future().get();
}

TEST_F(ControlLimits, ARefusedClientIsToldWhyAndIsLogged) {
  ControlOptions limited = options();
  limited.places.all = 2;
  limited.places.idle = std::chrono::hours(1);
  serve_again(limited);
  Client one(path_);
  Client two(path_);
  one.result("rules.list");
  two.result("rules.list");
  Client three(path_);
  EXPECT_THAT(three.line(), HasSubstr("all 2 connections are in use; close one of them"));
  EXPECT_EQ(three.line(), "");
  EXPECT_THAT(logged(), ElementsAre(HasSubstr("refused a connection of user " + std::to_string(geteuid()))));
}

TEST_F(ControlLimits, AnIdleConnectionEndsWhenPlacesAreShort) {
  ControlOptions limited = options();
  limited.places.all = 2;
  limited.places.idle = milliseconds(0);
  serve_again(limited);
  Client idle(path_);
  Client watcher(path_);
  idle.result("rules.list");
  watcher.result("events.subscribe");
  Client three(path_);
  EXPECT_EQ(three.result("rules.list")["rules"], Json::array());
  EXPECT_THAT(idle.line(), HasSubstr("the connection was idle, and another one needs its place"));
  EXPECT_EQ(idle.line(), "");
  EXPECT_EQ(watcher.result("rules.list")["rules"], Json::array());
}

TEST_F(ControlLimits, AFilterOfACaptureIsLimited) {
  Client client(path_);
  const auto refusal = [&](const std::string& filter) {
    return client.refusal("capture.start", {{"filter", filter}});
  };
  EXPECT_THAT(refusal("host a.example.net"), HasSubstr("names of hosts are not looked up"));
  std::string hosts = "host 10.0.0.1";
  for (int i = 2; i <= 400; ++i) hosts += " or host 10.0.0." + std::to_string(i % 250);
  EXPECT_THAT(refusal(hosts), HasSubstr("it has more than 1024 octets"));
  std::string ports = "port 1";
  for (int i = 2; i <= 40; ++i) ports += " or " + std::to_string(i);
  EXPECT_THAT(refusal(ports), HasSubstr("it makes more than 2000 instructions"));
  EXPECT_THAT(refusal("ip6 protochain 6"), HasSubstr("protochain is not possible in a capture"));
  EXPECT_THAT(refusal("tcp and and"), HasSubstr("filter 'tcp and and': "));
  EXPECT_EQ(client.result("capture.start", {{"filter", "udp port 53 or net 10.0.0.0/8"}}), Json::object());
  EXPECT_EQ(client.result("capture.stop"), Json({{"captured", 0}, {"missed", 0}}));
}

TEST_F(ControlLimits, CapturesAreLimited) {
  std::vector<std::unique_ptr<Client>> clients;
  for (int i = 0; i < 10; ++i) {
    clients.push_back(std::make_unique<Client>(path_));
    clients.back()->result("capture.start");
  }
  Client client(path_);
  EXPECT_THAT(client.refusal("capture.start"), HasSubstr("there are 10 captures"));
  clients.front()->result("capture.stop");
  client.result("capture.start");
}

// One check answers all who asked before it began.
TEST_F(ControlLimits, ChecksOfTheConfigurationAreShared) {
  std::vector<std::function<void(const Result<Done>&)>> running;
  int begun = 0;
  context_.test = [&](std::function<void(const Result<Done>&)> told) {
    ++begun;
    running.push_back(std::move(told));
  };
  serve_again(options());
  std::vector<std::unique_ptr<Client>> clients;
  const auto count = [&](const auto& of) {
    std::promise<std::size_t> result;
    asio::post(loop_, [&] { result.set_value(of()); });
    return result.get_future().get();
  };
  for (int i = 0; i < 5; ++i) {
    clients.push_back(std::make_unique<Client>(path_));
    clients.back()->send(request("config.test") + "\n");
    if (i == 0) wait_until([&] { return count([&] { return running.size(); }) == 1; });
  }
  // The requests of the others have come when that of each is followed by an answer on the same turn queue.
  Client last(path_);
  for (int i = 0; i < 3; ++i) last.result("rules.list");
  const auto answer_all = [&] {
    count([&] {
      for (const auto& told : std::exchange(running, {})) told(Done{});
      return std::size_t{0};
    });
  };
  answer_all();
  EXPECT_EQ(Json::parse(clients[0]->line())["result"], Json::object());
  wait_until([&] { return count([&] { return running.size(); }) == 1; });
  answer_all();
  for (int i = 1; i < 5; ++i)
    EXPECT_EQ(Json::parse(clients[static_cast<std::size_t>(i)]->line())["result"], Json::object());
  EXPECT_EQ(begun, 2);
}

}  // namespace
}  // namespace softwire::controlplane

// SPDX-License-Identifier: BSD-3-Clause
// Tests the metrics server with correct and with faulty clients.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/connect.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "controlplane/metrics/http_rules.h"
#include "controlplane/metrics/server.h"

namespace softwire::controlplane::metrics {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::ContainsRegex;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;

const std::string kGet = "GET /metrics HTTP/1.1\r\nHost: hub\r\n\r\n";
const std::string kLastGet = "GET /metrics HTTP/1.1\r\nHost: hub\r\nConnection: close\r\n\r\n";

class Server : public ::testing::Test {
 protected:
  void listen(const ServerLimits& limits = {}, const std::string& address = "127.0.0.1") {
    // Returns a free port. Another process may take it before the test does.
    for (int tries = 0; tries < 20 && server_ == nullptr; ++tries) {
      const tcp::endpoint any(asio::ip::make_address(address), 0);
      at_ = {address, tcp::acceptor(loop_, any, false).local_endpoint().port()};
      auto server =
          metrics::Server::listen(loop_, at_,
                                  {.metrics =
                                       [this](Format format) {
                                         ++scrapes_;
                                         return format == Format::kOpenMetrics ? body_ + "# EOF\n" : body_;
                                       },
                                   .health = [this] { return health_; }},
                                  limits, [this](const std::string& line) { logged_.push_back(line); });
      if (server) server_ = std::move(*server);
    }
    ASSERT_NE(server_, nullptr);
  }

  tcp::socket connect(const std::string& from = {}) {
    tcp::socket socket(loop_);
    if (!from.empty()) {
      socket.open(tcp::v4());
      socket.bind({asio::ip::make_address(from), 0});
    }
    socket.connect({asio::ip::make_address(at_.address), at_.port});
    return socket;
  }

  // Runs the loop until the condition is true.
  template <typename Condition>
  void run_until(Condition condition) {
    const auto deadline = std::chrono::steady_clock::now() + seconds(30);
    while (!condition() && std::chrono::steady_clock::now() < deadline) {
      loop_.restart();
      loop_.run_one_for(milliseconds(10));
    }
    ASSERT_TRUE(condition());
  }

  // Returns everything that is received until the server closes.
  std::string read_all(tcp::socket& socket) {
    std::string text;
    bool closed = false;
    asio::async_read(socket, asio::dynamic_buffer(text),
                     [&](const boost::system::error_code&, std::size_t) { closed = true; });
    run_until([&] { return closed; });
    return text;
  }
  std::string ask(const std::string& request) {
    tcp::socket socket = connect();
    // The server may refuse the request before it is complete.
    asio::async_write(socket, asio::buffer(request), [](const boost::system::error_code&, std::size_t) {});
    return read_all(socket);
  }
  // Sends a request on a connection that stays open. Returns the answer, which ends with the body of the
  // test.
  std::string ask_once(tcp::socket& socket, const std::string& request) {
    asio::write(socket, asio::buffer(request));
    std::string text;
    bool done = false;
    asio::async_read_until(socket, asio::dynamic_buffer(text), "# EOF\n",
                           [&](const boost::system::error_code& error, std::size_t) {
                             EXPECT_FALSE(error) << error.message();
                             done = true;
                           });
    run_until([&] { return done; });
    return text;
  }

  asio::io_context loop_{1};
  ListenAddress at_;
  std::string body_ = "softwire_bindings 1\n";
  controlplane::HealthReport health_;
  int scrapes_ = 0;
  std::vector<std::string> logged_;
  std::unique_ptr<metrics::Server> server_;
};

TEST_F(Server, AnswersAScrape) {
  listen();
  const std::string answer = ask(kLastGet);
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(answer,
              HasSubstr("\r\nContent-Type: application/openmetrics-text; version=1.0.0; charset=utf-8\r\n"));
  EXPECT_THAT(answer, HasSubstr("\r\nContent-Length: 26\r\n"));
  EXPECT_THAT(answer, EndsWith("\r\n\r\nsoftwire_bindings 1\n# EOF\n"));
  run_until([&] { return server_->connections() == 0; });
}

TEST_F(Server, AnswersOverIpv6) {
  listen({}, "::1");
  EXPECT_THAT(ask(kLastGet), StartsWith("HTTP/1.1 200 OK\r\n"));
}

TEST_F(Server, AnswersInTheOlderFormatWhenAsked) {
  listen();
  const std::string answer =
      ask("GET /metrics?name=x HTTP/1.1\r\nHost: hub\r\nAccept: text/plain\r\nConnection: close\r\n\r\n");
  EXPECT_THAT(answer, HasSubstr("\r\nContent-Type: text/plain; version=0.0.4; charset=utf-8\r\n"));
  EXPECT_THAT(answer, EndsWith("\r\n\r\nsoftwire_bindings 1\n"));
}

TEST_F(Server, KeepsTheConnection_Rfc9112_9_3) {
  listen();
  tcp::socket socket = connect();
  for (int i = 0; i < 3; ++i) EXPECT_THAT(ask_once(socket, kGet), StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_EQ(server_->connections(), 1U);
  // Sends several requests in one segment.
  asio::write(socket, asio::buffer(kGet + kLastGet));
  const std::string answers = read_all(socket);
  EXPECT_NE(answers.find("HTTP/1.1 200 OK"), answers.rfind("HTTP/1.1 200 OK"));
  EXPECT_EQ(scrapes_, 5);
}

TEST_F(Server, ClosesAfterHttp10) {
  listen();
  EXPECT_THAT(ask("GET /metrics HTTP/1.0\r\n\r\n"), StartsWith("HTTP/1.0 200 OK\r\n"));
}

TEST_F(Server, AnswersHeadWithoutBody_Rfc9110_9_3_2) {
  listen();
  const std::string answer = ask("HEAD /metrics HTTP/1.1\r\nHost: hub\r\nConnection: close\r\n\r\n");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(answer, HasSubstr("\r\nContent-Length: 26\r\n"));
  EXPECT_THAT(answer, EndsWith("\r\n\r\n"));
}

TEST_F(Server, HasNothingElse) {
  listen();
  for (const std::string target : {"/", "/metricsx", "/metrics/", "*", "/../metrics"}) {
    const std::string request = "GET " + target + " HTTP/1.1\r\nHost: hub\r\nConnection: close\r\n\r\n";
    EXPECT_THAT(ask(request), StartsWith("HTTP/1.1 404 ")) << target;
  }
  for (const std::string method : {"POST", "PUT", "DELETE", "OPTIONS"}) {
    const std::string answer = ask(method + " /metrics HTTP/1.1\r\nHost: hub\r\nConnection: close\r\n\r\n");
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 405 ")) << method;
    EXPECT_THAT(answer, HasSubstr("\r\nAllow: GET, HEAD\r\n"));
  }
  EXPECT_THAT(ask("BREW /metrics HTTP/1.1\r\nHost: hub\r\n\r\n"), StartsWith("HTTP/1.1 501 "))
      << "RFC 9110 9.1";
  EXPECT_EQ(scrapes_, 0);
}

TEST_F(Server, NeedsOneHost_Rfc9112_3_2) {
  listen();
  for (const std::string fields : {"", "Host: a\r\nHost: b\r\n"}) {
    EXPECT_THAT(ask("GET /metrics HTTP/1.1\r\n" + fields + "\r\n"), StartsWith("HTTP/1.1 400 ")) << fields;
  }
  EXPECT_THAT(ask("GET /metrics HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n"), StartsWith("HTTP/1.1 400 "));
  EXPECT_EQ(scrapes_, 0);
}

TEST_F(Server, TakesATargetWithSchemeAndAuthority_Rfc9112_3_2_2) {
  listen();
  const auto get = [this](const std::string& target) {
    return ask("GET " + target + " HTTP/1.1\r\nHost: hub\r\nConnection: close\r\n\r\n");
  };
  EXPECT_THAT(get("http://hub:9600/metrics"), StartsWith("HTTP/1.1 200 "));
  EXPECT_THAT(get("HTTP://hub/metrics?name=x"), StartsWith("HTTP/1.1 200 "));
  for (const std::string target :
       {"http://hub", "http://hub?/metrics", "ftp://hub/metrics", "http:///metricsx"}) {
    EXPECT_THAT(get(target), StartsWith("HTTP/1.1 404 ")) << target;
  }
}

// Nobody knows where such a body ends, so what follows is not taken for another request.
TEST_F(Server, RefusesATransferEncodingThatIsNotChunked_Rfc9112_6_3) {
  listen();
  const std::string answer =
      ask("GET /metrics HTTP/1.1\r\nHost: hub\r\nTransfer-Encoding: gzip\r\n\r\n" + kGet);
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 400 "));
  EXPECT_EQ(answer.find("HTTP/1.1", 1), std::string::npos) << "one answer";
  EXPECT_EQ(scrapes_, 0);
}

TEST_F(Server, TellsTheDate_Rfc9110_6_6_1) {
  listen();
  EXPECT_EQ(metrics::http_date(784'111'777), "Sun, 06 Nov 1994 08:49:37 GMT");
  for (const std::string& request :
       {kLastGet, std::string("GET / HTTP/1.0\r\n\r\n"), std::string("nonsense\r\n\r\n")}) {
    EXPECT_THAT(ask(request),
                ContainsRegex("\r\nDate: [A-Z][a-z]+, [0-9]+ [A-Z][a-z]+ 20[0-9]+ [0-9:]+ GMT\r\n"));
  }
}

TEST_F(Server, RefusesWhatIsNoRequest) {
  listen();
  for (const std::string request :
       {"\r\n\r\n\r\n", "GET\r\n\r\n", "GET /metrics\r\n\r\n", "GET /metrics HTTP/9.9\r\n\r\n",
        "\x16\x03\x01\x02 a TLS hello\r\n\r\n", "GET /metrics HTTP/1.1\r\nno colon\r\n\r\n",
        "GET /metrics HTTP/1.1\r\nContent-Length: x\r\n\r\n"}) {
    EXPECT_THAT(ask(request), StartsWith("HTTP/1.1 400 ")) << request;
  }
  EXPECT_THAT(ask("GET /metrics HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello"), StartsWith("HTTP/1.1 413 "));
  EXPECT_EQ(scrapes_, 0);
  run_until([&] { return server_->connections() == 0; });
}

// A body without a length is not read. The connection ends.
TEST_F(Server, EndsAConnectionWithAChunkedBody) {
  listen();
  EXPECT_THAT(
      ask("GET /metrics HTTP/1.1\r\nHost: hub\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"),
      StartsWith("HTTP/1.1 200 OK\r\n"));
}

TEST_F(Server, RefusesALongHeader) {
  listen();
  const std::string much(100'000, 'a');
  EXPECT_THAT(ask("GET /metrics HTTP/1.1\r\nX: " + much + "\r\n\r\n"), StartsWith("HTTP/1.1 431 "));
  EXPECT_THAT(ask("GET /" + much + " HTTP/1.1\r\n\r\n"), StartsWith("HTTP/1.1 414 ")) << "RFC 9112 3";
  EXPECT_THAT(ask("HEAD /metrics HTTP/1.1\r\nHost: hub\r\nContent-Length: 5\r\n\r\n"), EndsWith("\r\n\r\n"))
      << "RFC 9110 9.3.2";
  EXPECT_EQ(scrapes_, 0);
}

TEST_F(Server, ForgetsWhoHangsUp) {
  listen();
  {
    const tcp::socket silent = connect();
    tcp::socket halfway = connect();
    asio::write(halfway, asio::buffer(std::string("GET /metr")));
    run_until([&] { return server_->connections() == 2; });
  }
  run_until([&] { return server_->connections() == 0; });
  EXPECT_EQ(scrapes_, 0);
}

TEST_F(Server, GivesUpOnWhoIsSlow) {
  listen({.request = milliseconds(50)});
  tcp::socket silent = connect();
  tcp::socket halfway = connect();
  asio::write(halfway, asio::buffer(std::string("GET /metrics HTTP/1.1\r\n")));
  EXPECT_EQ(read_all(silent), "");
  EXPECT_EQ(read_all(halfway), "");
  EXPECT_EQ(server_->connections(), 0U);
}

TEST_F(Server, GivesUpOnWhoDoesNotTakeTheAnswer) {
  body_.assign(32U << 20, 'x');  // more than the buffers of two sockets
  listen({.response = milliseconds(50)});
  tcp::socket socket = connect();
  asio::write(socket, asio::buffer(kGet));
  run_until([&] { return scrapes_ == 1; });
  run_until([&] { return server_->connections() == 0; });
  // Other clients are served meanwhile and afterwards.
  body_ = "softwire_bindings 1\n";
  EXPECT_THAT(ask(kLastGet), StartsWith("HTTP/1.1 200 OK\r\n"));
}

TEST_F(Server, ServesOthersWhileSomebodyIsSlow) {
  listen();
  tcp::socket slow = connect();
  asio::write(slow, asio::buffer(std::string("GET /metrics HTTP/1.1\r\nHo")));
  run_until([&] { return server_->connections() == 1; });
  EXPECT_THAT(ask(kLastGet), StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(ask_once(slow, "st: hub\r\n\r\n"), StartsWith("HTTP/1.1 200 OK\r\n"));
}

// RFC 9110 section 15.6.4.
TEST_F(Server, TakesSoManyConnectionsAndTellsMoreWhy) {
  listen({.places = {.connections = 3}, .grace = std::chrono::hours(1)});
  std::vector<tcp::socket> sockets;
  sockets.reserve(3);
  for (int i = 0; i < 3; ++i) sockets.push_back(connect());
  run_until([&] { return server_->connections() == 3; });
  const std::string refused = ask(kLastGet);
  EXPECT_THAT(refused, StartsWith("HTTP/1.1 503 Service Unavailable\r\n"));
  EXPECT_THAT(refused, HasSubstr("\r\nRetry-After: 1\r\n"));
  EXPECT_THAT(refused, EndsWith("\r\n\r\ntoo many connections; close one, or try again\n"));
  EXPECT_THAT(logged_, ::testing::ElementsAre(HasSubstr("refused a connection from 127.0.0.1")));
  EXPECT_EQ(server_->connections(), 3U);
  sockets.pop_back();
  run_until([&] { return server_->connections() == 2; });
  EXPECT_THAT(ask(kLastGet), StartsWith("HTTP/1.1 200 OK\r\n"));
}

// Prometheus keeps its connections between two scrapes. It connects again when one has ended.
TEST_F(Server, EndsIdleConnectionsWhenPlacesAreShort) {
  listen({.places = {.connections = 3}, .grace = std::chrono::hours(1)});
  std::vector<tcp::socket> sockets;
  for (int i = 0; i < 3; ++i) {
    sockets.push_back(connect());
    EXPECT_THAT(ask_once(sockets.back(), kGet), StartsWith("HTTP/1.1 200 OK\r\n"));
  }
  EXPECT_THAT(ask(kLastGet), StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_EQ(read_all(sockets.front()), "");  // the longest idle one
  EXPECT_THAT(ask_once(sockets.back(), kGet), StartsWith("HTTP/1.1 200 OK\r\n"));
}

TEST_F(Server, EndsHalfRequestsWhenPlacesAreShort) {
  listen({.places = {.connections = 3}, .grace = milliseconds(0)});
  std::vector<tcp::socket> halves;
  for (int i = 0; i < 10; ++i) {
    halves.push_back(connect());
    asio::write(halves.back(), asio::buffer(std::string("GET /metr")));
  }
  for (int i = 0; i < 3; ++i) EXPECT_THAT(ask(kLastGet), StartsWith("HTTP/1.1 200 OK\r\n"));
}

TEST_F(Server, GivesOneAddressSomePlacesOnly) {
  listen({.places = {.of_address = 2}, .grace = std::chrono::hours(1)});
  const tcp::socket one = connect();
  const tcp::socket two = connect();
  run_until([&] { return server_->connections() == 2; });
  EXPECT_THAT(ask(kLastGet), StartsWith("HTTP/1.1 503 "));
  tcp::socket other = connect("127.0.0.2");
  EXPECT_THAT(ask_once(other, kGet), StartsWith("HTTP/1.1 200 OK\r\n"));
}

// Four addresses hold all places: they send requests without end and take no answer, send an octet now and
// then, or do not close. None of them is idle.
TEST_F(Server, BusyConnectionsOfFewAddressesGiveTheirPlacesToAnotherAddress) {
  body_.assign(8U << 20, 'x');
  listen({.places = {.connections = 8, .of_address = 2}, .grace = std::chrono::hours(1)});
  std::vector<tcp::socket> attackers;
  std::string pipelined;
  for (int i = 0; i < 3; ++i) pipelined += kGet;
  for (const char* from : {"127.0.0.11", "127.0.0.12", "127.0.0.13", "127.0.0.14"}) {
    attackers.push_back(connect(from));
    asio::write(attackers.back(), asio::buffer(pipelined));
    attackers.push_back(connect(from));
    asio::write(attackers.back(), asio::buffer(std::string("GET /metr")));
  }
  run_until([&] { return server_->connections() == 8 && scrapes_ == 4; });
  body_ = "softwire_bindings 1\n";
  tcp::socket scraper = connect("127.0.0.2");
  EXPECT_THAT(ask_once(scraper, kGet), StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(logged_, ::testing::ElementsAre(HasSubstr("ended a connection from 127.0.0.1")));
  // It keeps its place, whatever they try.
  for (const char* from : {"127.0.0.11", "127.0.0.12", "127.0.0.13", "127.0.0.14"}) {
    attackers.push_back(connect(from));
    asio::write(attackers.back(), asio::buffer(std::string("G")));
  }
  for (int i = 0; i < 3; ++i) EXPECT_THAT(ask_once(scraper, kGet), StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_LE(server_->connections(), 8U);
}

TEST_F(Server, OctetsThatCompleteNoRequestMakeNoTime) {
  listen({.request = milliseconds(300)});
  tcp::socket slow = connect();
  std::string text;
  bool closed = false;
  asio::async_read(slow, asio::dynamic_buffer(text),
                   [&](const boost::system::error_code&, std::size_t) { closed = true; });
  const std::string header = "GET /metrics HTTP/1.1\r\nX: " + std::string(4000, 'x');
  std::size_t sent = 0;
  const auto begin = std::chrono::steady_clock::now();
  run_until([&] {
    boost::system::error_code ignored;
    const auto elapsed = std::chrono::steady_clock::now() - begin;
    if (sent < header.size() && elapsed > sent * milliseconds(20))
      slow.write_some(asio::buffer(&header[sent++], 1), ignored);
    return closed;
  });
  EXPECT_EQ(text, "");
  EXPECT_LT(sent, header.size());
  EXPECT_EQ(scrapes_, 0);
}

TEST_F(Server, AnAnswerTakenOctetByOctetHasNoMoreTime) {
  body_.assign(32U << 20, 'x');
  listen({.response = milliseconds(300)});
  tcp::socket slow = connect();
  asio::write(slow, asio::buffer(kGet));
  std::vector<char> some(4096);
  run_until([&] {
    boost::system::error_code ignored;
    slow.non_blocking(true, ignored);
    slow.read_some(asio::buffer(some), ignored);
    return scrapes_ == 1 && server_->connections() == 0;
  });
}

TEST_F(Server, EndsItsConnectionsWhenItGoes) {
  listen();
  tcp::socket idle = connect();
  tcp::socket used = connect();
  ask_once(used, kGet);
  tcp::socket waiting = connect();  // not yet accepted
  server_.reset();
  EXPECT_EQ(read_all(idle), "");
  EXPECT_EQ(read_all(used), "");
}

TEST_F(Server, HealthIsWhetherTheProcessWorksAndReadyWhetherTheHubForwards) {
  listen();
  const auto get = [this](const std::string& path) {
    return ask("GET " + path + " HTTP/1.1\r\nHost: hub\r\nConnection: close\r\n\r\n");
  };
  EXPECT_THAT(get("/health"), AllOf(StartsWith("HTTP/1.1 200"), EndsWith("\r\n\r\nok\n")));
  EXPECT_THAT(get("/ready"), StartsWith("HTTP/1.1 200"));

  using controlplane::HealthState;
  health_.checks = {{{"store", HealthState::kDegraded, "cannot be written"}, {}}};
  EXPECT_THAT(get("/ready"), AllOf(StartsWith("HTTP/1.1 200"),
                                   EndsWith("\r\n\r\ndegraded\nstore: degraded: cannot be written\n")));
  health_.checks = {{{"link ipv4", HealthState::kFailed, "has no carrier"}, {}}};
  EXPECT_THAT(get("/ready"), StartsWith("HTTP/1.1 503"));
  EXPECT_THAT(get("/health"), StartsWith("HTTP/1.1 200"));
  health_.checks = {{{"worker 0", HealthState::kFailed, "stands still", true}, {}}};
  EXPECT_THAT(get("/health"), AllOf(StartsWith("HTTP/1.1 503"), HasSubstr("worker 0: failed: stands still")));
  EXPECT_EQ(scrapes_, 0U);
}

TEST_F(Server, SaysWhatCannotBeListenedTo) {
  listen();
  const metrics::Server::Source source{.metrics = [](Format) { return std::string(); }};
  const auto again = metrics::Server::listen(loop_, at_, source);
  ASSERT_FALSE(again.ok());
  EXPECT_EQ(again.error().text, "127.0.0.1:" + std::to_string(at_.port) +
                                    ": cannot listen on this address: Address already in use");
  const auto elsewhere = metrics::Server::listen(loop_, {"2001:db8::1", 9600}, source);
  ASSERT_FALSE(elsewhere.ok());
  EXPECT_EQ(elsewhere.error().text,
            "[2001:db8::1]:9600: cannot listen on this address: Cannot assign requested address");
}

}  // namespace
}  // namespace softwire::controlplane::metrics

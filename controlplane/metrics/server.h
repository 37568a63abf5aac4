// SPDX-License-Identifier: BSD-3-Clause
// A small HTTP/1.1 server for three resources: /metrics, /health and /ready. Runs on the control thread's
// loop, and never blocks it. A slow client costs one connection, one text and some seconds. No address can
// keep others out (places.h), and the addresses are answered in turn.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <set>
#include <string>

#include "controlplane/config/config.h"
#include "controlplane/health/health.h"
#include "controlplane/metrics/exposition.h"
#include "controlplane/metrics/places.h"
#include "controlplane/turns/fair_queue.h"
#include "controlplane/turns/limited_log.h"
#include "softwire/result.h"

namespace softwire::controlplane::metrics {

// Limits for clients.
struct ServerLimits {
  PlaceLimits places = {};
  std::size_t refusals = 16;          // refused connections that are told why, at a time
  std::uint32_t header_bytes = 8192;  // of a request
  // No octet that a client sends or takes makes these longer.
  std::chrono::milliseconds request =
      std::chrono::seconds(10);  // from the connection to the first whole request
  std::chrono::milliseconds idle = std::chrono::seconds(75);      // from a response to the next whole request
  std::chrono::milliseconds response = std::chrono::seconds(10);  // to take the whole response
  // A connection that has sent no whole request for so long is idle; after a response it is at once.
  std::chrono::milliseconds grace = std::chrono::seconds(1);
};

class Server {
 public:
  struct Source {
    std::function<std::string(Format)> metrics;  // returns the current text
    std::function<HealthReport()> health = {};   // for /health and /ready; empty: there are none
  };

  // Starts to listen. `log` writes a warning about clients that are refused. An error names the address and
  // the reason. The loop must outlive the server, and run on one thread.
  static Result<std::unique_ptr<Server>> listen(boost::asio::io_context& loop, const ListenAddress& at,
                                                Source source, const ServerLimits& limits = {},
                                                std::function<void(const std::string&)> log = {});
  // Closes every connection.
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  [[nodiscard]] const ListenAddress& address() const { return address_; }
  [[nodiscard]] std::size_t connections() const { return sessions_.size(); }

 private:
  class Session;
  Server(boost::asio::io_context& loop, const ListenAddress& at, Source source, const ServerLimits& limits,
         std::function<void(const std::string&)> log);
  void accept();
  void welcome(boost::asio::ip::tcp::socket socket);
  // Returns whether there is a place for a client of this address. Ends another connection if that makes one.
  bool make_place(FairQueue::Peer address);

  const ListenAddress address_;
  const Source source_;
  const ServerLimits limits_;
  boost::asio::ip::tcp::acceptor acceptor_;
  boost::asio::steady_timer retry_;
  FairQueue turns_;
  LimitedLog log_;
  std::set<std::shared_ptr<Session>> sessions_;
  std::set<std::shared_ptr<Session>> refused_;  // until they have been told why
  Places places_;
  std::shared_ptr<bool> alive_ =
      std::make_shared<bool>(true);  // expires with the server; pending operations check it
};

}  // namespace softwire::controlplane::metrics

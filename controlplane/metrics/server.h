// SPDX-License-Identifier: BSD-3-Clause
// A small HTTP/1.1 server for one resource, /metrics. Runs on the control thread's loop, and never blocks it.
// A slow client costs one connection, one text and some seconds.
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
#include "controlplane/metrics/exposition.h"
#include "softwire/result.h"

namespace softwire::controlplane::metrics {

// Limits for clients.
struct ServerLimits {
  std::size_t connections = 64;       // at a time; a further connection is closed at once
  std::uint32_t header_bytes = 8192;  // of a request
  std::chrono::milliseconds request = std::chrono::seconds(10);   // from the connection to the first request
  std::chrono::milliseconds idle = std::chrono::seconds(75);      // from a response to the next request
  std::chrono::milliseconds response = std::chrono::seconds(10);  // to receive a response
};

class Server {
 public:
  // Returns the current text.
  using Source = std::function<std::string(Format)>;

  // Starts to listen. An error names the address and the reason. The loop must outlive the server, and run on
  // one thread.
  static Result<std::unique_ptr<Server>> listen(boost::asio::io_context& loop, const ListenAddress& at,
                                                Source source, const ServerLimits& limits = {});
  // Closes every connection.
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  [[nodiscard]] const ListenAddress& address() const { return address_; }
  [[nodiscard]] std::size_t connections() const { return sessions_.size(); }

 private:
  class Session;
  Server(boost::asio::io_context& loop, const ListenAddress& at, Source source, const ServerLimits& limits);
  void accept();

  const ListenAddress address_;
  const Source source_;
  const ServerLimits limits_;
  boost::asio::ip::tcp::acceptor acceptor_;
  boost::asio::steady_timer retry_;
  std::set<std::shared_ptr<Session>> sessions_;
  std::shared_ptr<bool> alive_ =
      std::make_shared<bool>(true);  // expires with the server; pending operations check it
};

}  // namespace softwire::controlplane::metrics

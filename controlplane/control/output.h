// SPDX-License-Identifier: BSD-3-Clause
// What a connection of the control socket still has to send. For the control thread.
#pragma once

#include <boost/asio/local/stream_protocol.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>

namespace softwire::controlplane {

// Sends lines in their order. An answer to a batch is one line that comes in parts; a notification waits
// until it has ended.
class ControlOutput {
 public:
  using Socket = boost::asio::local::stream_protocol::socket;

  // `progress` is called when the peer has taken some octets; `failed` when it can get no more.
  struct Observer {
    std::function<void()> progress;
    std::function<void()> failed;
  };
  explicit ControlOutput(Socket& socket) : socket_(socket) {}
  ControlOutput(const ControlOutput&) = delete;
  ControlOutput& operator=(const ControlOutput&) = delete;

  // `keep_alive` returns what must live as long as an operation is pending.
  void start(Observer observer, std::function<std::shared_ptr<void>()> keep_alive);
  // Forgets everything, and calls nobody any more.
  void stop();

  // Sends text. `ends_line`: it ends with a line feed.
  void send(std::string text, bool ends_line);
  void notify(std::string line);

  // Octets that the peer has not taken.
  [[nodiscard]] std::size_t backlog() const { return backlog_; }
  [[nodiscard]] bool is_in_line() const { return is_in_line_; }

 private:
  void write();

  Socket& socket_;
  Observer observer_;
  std::function<std::shared_ptr<void>()> keep_alive_;
  std::deque<std::string> texts_;
  std::deque<std::string> held_;  // notifications that came within a line
  std::size_t offset_ = 0;        // octets of the first text that are sent
  std::size_t backlog_ = 0;       // octets of `texts_` and `held_`, without those sent
  bool is_in_line_ = false;
  bool writing_ = false;
  bool is_stopped_ = false;
};

}  // namespace softwire::controlplane

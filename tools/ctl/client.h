// SPDX-License-Identifier: BSD-3-Clause
// The client side of the control socket: JSON-RPC 2.0, one JSON text per line (docs/control-socket.md).
#pragma once

#include <nlohmann/json.hpp>

#include <chrono>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "tools/b4/file_descriptor.h"
#include "tools/ctl/failure.h"

namespace softwire::ctl {

using Json = nlohmann::json;

struct Notification {
  std::string method;
  Json params;
};

class Client {
 public:
  // Time limits of a request, in which its answer must be complete.
  static constexpr std::chrono::milliseconds kDefaultTimeout = std::chrono::seconds(10);

  // Connects to the socket. A failure says what to check: whether softwired runs, the path, the permission.
  static CommandResult<Client> connect(const std::string& path,
                                       std::chrono::milliseconds timeout = kDefaultTimeout);
  // Takes a connected socket.
  explicit Client(b4::FileDescriptor socket) : socket_(std::move(socket)) {}

  void set_timeout(std::chrono::milliseconds timeout);
  // Sets whether strings of softwired get visible escapes for control characters: see printable().
  void set_printable(bool printable) { is_printable_ = printable; }

  // Returns whether softwired answers another connection, in a part of the time limit.
  static constexpr int kProbePart = 5;  // one fifth
  using IsAlive = std::function<bool()>;
  // Calls a method, and waits for the answer. A failure has softwired's text, and the exit status for its
  // code. When the time limit has passed, `is_alive` decides whether to wait as long again. Without it the
  // call fails.
  CommandResult<Json> call(std::string_view method, Json params = Json::object(),
                           const IsAlive& is_alive = {});

  // Returns the next notification. Returns nullopt after `timeout` (negative: no timeout), or when the file
  // descriptor `stop` is readable.
  CommandResult<std::optional<Notification>> next(std::chrono::milliseconds timeout, int stop = -1);

 private:
  CommandResult<Done> send(std::string_view line);
  // Returns one line without its line feed, or nullopt when the wait is over.
  CommandResult<std::optional<std::string>> read_line(std::chrono::milliseconds timeout, int stop);
  // Parses a line of softwired.
  [[nodiscard]] CommandResult<Json> read_message(const std::string& line) const;

  // softwired says why it takes no requests, or ends a connection, and then closes it. Returns that, if it
  // has come, instead of the failure to send.
  Failure reason_for(Failure failure);

  b4::FileDescriptor socket_;
  std::string input_;
  std::size_t searched_ = 0;  // octets of the input that contain no line feed
  std::deque<Notification> notifications_;
  std::uint64_t last_id_ = 0;
  std::chrono::milliseconds timeout_ = kDefaultTimeout;
  bool is_printable_ = false;
};

// Returns that softwired has not answered a request in time.
Failure silent(std::string_view method, std::chrono::milliseconds timeout);

// Returns why there is no connection to the path. `error`: an errno.
Failure unreachable(const std::string& path, int error);

}  // namespace softwire::ctl

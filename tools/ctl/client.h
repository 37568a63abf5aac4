// SPDX-License-Identifier: BSD-3-Clause
// softwirectl's end of the control socket: JSON-RPC 2.0, one JSON text a line (docs/control-socket.md).
#pragma once

#include <nlohmann/json.hpp>

#include <chrono>
#include <deque>
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
  // The failure says what to look at: whether softwired runs, the path, the permission.
  static CommandResult<Client> connect(const std::string& path);
  // A socket that is connected.
  explicit Client(b4::FileDescriptor socket) : socket_(std::move(socket)) {}

  // Waits for the answer as long as it takes. The failure has softwired's own text, and the exit status that
  // its code comes to.
  CommandResult<Json> call(std::string_view method, Json params = Json::object());

  // The next notification, once there is one; nothing when `timeout` is over (negative: never), or `stop`, if
  // it is a file descriptor, can be read.
  CommandResult<std::optional<Notification>> next(std::chrono::milliseconds timeout, int stop = -1);

 private:
  CommandResult<Done> send(std::string_view line);
  // One line without its line feed; empty when the wait is over.
  CommandResult<std::optional<std::string>> read_line(std::chrono::milliseconds timeout, int stop);

  b4::FileDescriptor socket_;
  std::string input_;
  std::size_t searched_ = 0;  // octets of the input that hold no line feed
  std::deque<Notification> notifications_;
  std::uint64_t last_id_ = 0;
};

// Why there is no connection to the path, from errno.
Failure unreachable(const std::string& path, int error);

}  // namespace softwire::ctl

// SPDX-License-Identifier: BSD-3-Clause
#include "tools/ctl/client.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <system_error>
#include <utility>

#include "controlplane/text/json_text.h"
#include "controlplane/text/values.h"
#include "tools/ctl/printable.h"

namespace softwire::ctl {

namespace {

Failure lost(const std::string& why) {
  return {ExitStatus::kUnreachable, "softwired closed the connection" + why + "; see its log"};
}

Failure no_sense(std::string_view line) {
  return {ExitStatus::kUnreachable,
          "what listens there does not speak JSON-RPC: " + controlplane::in_quotes(line)};
}

// Octets of a line. The longest answers of softwired have some megabytes.
constexpr std::size_t kMaxLine = std::size_t{256} << 20;

std::string in_seconds(std::chrono::milliseconds time) {
  std::array<char, 32> text{};
  const auto end =
      std::to_chars(text.data(), text.data() + text.size(), static_cast<double>(time.count()) / 1000);
  return std::string(text.data(), end.ptr) + " s";
}

// Limits connect() and send(), which block when softwired takes nothing.
void limit_sending(int socket, std::chrono::milliseconds timeout) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(timeout);
  const timeval limit{seconds.count(), std::chrono::microseconds(timeout - seconds).count()};
  setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
}

// Maps the codes of docs/control-socket.md to exit statuses.
ExitStatus status_of(int code) {
  constexpr int kNotFound = 2;
  constexpr int kPermission = 3;
  if (code == kNotFound) return ExitStatus::kNotFound;
  return code == kPermission ? ExitStatus::kPermission : ExitStatus::kRefused;
}

Failure failure_of(const Json& error) {
  Failure failure{ExitStatus::kRefused, "softwired refused the request, and gave no reason"};
  if (!error.is_object()) return failure;
  failure.status = status_of(error.value("code", 0));
  failure.text = error.value("message", failure.text);
  if (const auto data = error.find("data"); data != error.end() && data->is_object()) {
    failure.field = data->value("field", "");
  }
  return failure;
}

}  // namespace

Failure silent(std::string_view method, std::chrono::milliseconds timeout) {
  return {ExitStatus::kUnreachable,
          "softwired is there, but has not answered " + std::string(method) + " within " +
              in_seconds(timeout) +
              "; it may be stopped or very busy: see its log. A change may still be made; --timeout SECONDS "
              "waits longer"};
}

Failure unreachable(const std::string& path, int error) {
  std::string what;
  switch (error) {
    case ENOENT:
      what = "there is no such socket; is softwired running? Give --socket PATH if its socket is elsewhere";
      break;
    case ECONNREFUSED:
      what = "nobody listens there; softwired has ended, start it again";
      break;
    case EACCES:
    case EPERM:
      what = "permission denied; run as root or as a member of control-group (default softwire)";
      break;
    case EAGAIN:
      what =
          "softwired is there, but takes no connection; it may be stopped or very busy: see its log. "
          "--timeout "
          "SECONDS waits longer";
      break;
    case ENAMETOOLONG:
      what = "the path is too long for a UNIX socket; give one of at most 107 octets";
      break;
    default:
      what = std::generic_category().message(error) + "; is softwired running?";
  }
  return {ExitStatus::kUnreachable, path + ": " + what};
}

CommandResult<Client> Client::connect(const std::string& path, std::chrono::milliseconds timeout) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof(address.sun_path)) return unreachable(path, ENAMETOOLONG);
  path.copy(address.sun_path, path.size());
  b4::FileDescriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (socket.is_open()) limit_sending(socket.get(), timeout);
  if (!socket.is_open() ||
      ::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
    return unreachable(path, errno);
  }
  Client client(std::move(socket));
  client.timeout_ = timeout;
  return client;
}

void Client::set_timeout(std::chrono::milliseconds timeout) {
  timeout_ = timeout;
  limit_sending(socket_.get(), timeout);
}

CommandResult<Done> Client::send(std::string_view line) {
  while (!line.empty()) {
    const ssize_t sent = ::send(socket_.get(), line.data(), line.size(), MSG_NOSIGNAL);
    if (sent < 0) {
      if (errno == EINTR) continue;
      if (errno == EAGAIN) return silent("the request", timeout_);
      return lost(": " + std::generic_category().message(errno));
    }
    line.remove_prefix(static_cast<std::size_t>(sent));
  }
  return Done{};
}

CommandResult<std::optional<std::string>> Client::read_line(std::chrono::milliseconds timeout, int stop) {
  using Clock = std::chrono::steady_clock;
  const auto deadline = Clock::now() + timeout;
  for (;;) {
    const std::size_t end = input_.find('\n', searched_);
    if (end != std::string::npos) {
      std::string line = input_.substr(0, end);
      input_.erase(0, end + 1);
      searched_ = 0;
      return std::optional(std::move(line));
    }
    searched_ = input_.size();
    if (searched_ > kMaxLine) return no_sense(input_);

    int wait = -1;
    if (timeout.count() >= 0) {
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now());
      wait = static_cast<int>(std::max<std::int64_t>(left.count(), 0));
    }
    std::array<pollfd, 2> watched{{{socket_.get(), POLLIN, 0}, {stop, POLLIN, 0}}};
    const int ready = poll(watched.data(), stop < 0 ? 1 : 2, wait);
    if (ready < 0 && errno == EINTR) continue;
    if (ready <= 0 || (stop >= 0 && watched[1].revents != 0)) return std::optional<std::string>();

    std::array<char, 1 << 16> buffer;  // NOLINT(cppcoreguidelines-pro-type-member-init)
    const ssize_t got = recv(socket_.get(), buffer.data(), buffer.size(), 0);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return lost(": " + std::generic_category().message(errno));
    if (got == 0) return lost("");
    input_.append(buffer.data(), static_cast<std::size_t>(got));
  }
}

CommandResult<Json> Client::read_message(const std::string& line) const {
  auto message = controlplane::parse_json(line);
  if (!message || !message->is_object()) return no_sense(line);
  if (is_printable_) make_printable(*message);
  return std::move(*message);
}

Failure Client::reason_for(Failure failure) {
  for (;;) {
    const auto line = read_line(std::chrono::milliseconds(0), -1);
    if (!line || !*line) return failure;
    const auto message = read_message(**line);
    if (!message) return failure;
    if (const auto error = message->find("error"); error != message->end()) return failure_of(*error);
  }
}

CommandResult<Json> Client::call(std::string_view method, Json params, const IsAlive& is_alive) {
  using Clock = std::chrono::steady_clock;
  const Json request = {
      {"jsonrpc", "2.0"}, {"id", ++last_id_}, {"method", method}, {"params", std::move(params)}};
  const auto sent = send(request.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n");
  if (!sent) return reason_for(sent.error());
  // `is_alive` takes a part of the time limit.
  const auto patience = is_alive ? timeout_ - timeout_ / kProbePart : timeout_;
  auto deadline = Clock::now() + patience;
  for (;;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now());
    const auto line = read_line(std::max(left, std::chrono::milliseconds(0)), -1);
    if (!line) return line.error();
    if (!*line) {
      if (!is_alive || !is_alive()) return silent(method, timeout_);
      deadline = Clock::now() + patience;
      continue;
    }
    auto message = read_message(**line);
    if (!message) return message.error();
    if (message->contains("method")) {
      notifications_.push_back({message->value("method", ""), message->value("params", Json::object())});
      continue;
    }
    if (const auto error = message->find("error"); error != message->end()) return failure_of(*error);
    const auto result = message->find("result");
    if (result == message->end() || message->value("id", Json()) != last_id_) return no_sense(**line);
    return std::move(*result);
  }
}

CommandResult<std::optional<Notification>> Client::next(std::chrono::milliseconds timeout, int stop) {
  if (!notifications_.empty()) {
    std::optional<Notification> first(std::move(notifications_.front()));
    notifications_.pop_front();
    return first;
  }
  auto line = read_line(timeout, stop);
  if (!line) return line.error();
  if (!*line) return std::optional<Notification>();
  const auto message = read_message(**line);
  if (!message) return message.error();
  // softwired says why it ends a connection by an answer to no request.
  if (const auto error = message->find("error"); error != message->end()) return failure_of(*error);
  if (!message->contains("method")) return no_sense(**line);
  return std::optional(Notification{message->value("method", ""), message->value("params", Json::object())});
}

}  // namespace softwire::ctl

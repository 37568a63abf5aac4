// SPDX-License-Identifier: BSD-3-Clause
// A fake softwired for softwirectl: answers from a table over a socket pair, on its own thread.
#pragma once

#include <sys/socket.h>
#include <unistd.h>

#include <functional>
#include <map>
#include <sstream>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "tools/ctl/command_line.h"

namespace softwire::ctl::test {

struct Request {
  std::string method;
  Json params;
};

class FakeServer {
 public:
  // The member "result" or "error" of the answer.
  using Handler = std::function<Json(const Json& params)>;

  FakeServer() = default;
  FakeServer(const FakeServer&) = delete;
  FakeServer& operator=(const FakeServer&) = delete;
  ~FakeServer() { finish(); }

  void on(const std::string& method, Handler handler) { handlers_[method] = std::move(handler); }
  void answers(const std::string& method, Json result) {
    on(method, [result = std::move(result)](const Json&) { return Json{{"result", result}}; });
  }
  void refuses(const std::string& method, int code, const std::string& message, Json data = nullptr) {
    Json error = {{"code", code}, {"message", message}};
    if (!data.is_null()) error["data"] = std::move(data);
    on(method, [error = std::move(error)](const Json&) { return Json{{"error", error}}; });
  }
  // Lines to send after the answer of a method.
  void tells_after(const std::string& method, const std::string& notification, std::vector<Json> params) {
    std::string lines;
    for (Json& one : params) {
      lines += Json{{"jsonrpc", "2.0"}, {"method", notification}, {"params", std::move(one)}}.dump() + "\n";
    }
    after_[method] += lines;
  }
  // Closes the connection after the answer of this method.
  void ends_after(const std::string& method) { last_ = method; }

  // One connection.
  CommandResult<Client> connect() {
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) return unusable("no socket pair");
    finish();
    server_end_ = ends[0];
    thread_ = std::thread([this] { serve(); });
    return Client(b4::FileDescriptor(ends[1]));
  }

  // Runs a command line against the server.
  struct Ran {
    ExitStatus status;
    std::string out;
    std::string err;
  };
  Ran run(const std::vector<std::string>& words) {
    std::ostringstream out;
    std::ostringstream err;
    Surroundings surroundings{out, err};
    surroundings.connect = [this] { return connect(); };
    const ExitStatus status = run_softwirectl(words, std::move(surroundings), "1.2.3");
    finish();
    return {status, out.str(), err.str()};
  }

  // Returns the requests. Call it after run().
  [[nodiscard]] const std::vector<Request>& requests() const { return requests_; }

 private:
  void finish() {
    if (thread_.joinable()) {
      shutdown(server_end_, SHUT_RDWR);
      thread_.join();
      close(server_end_);
    }
  }

  void serve() {
    std::string input;
    char buffer[4096];
    for (;;) {
      const ssize_t got = recv(server_end_, buffer, sizeof buffer, 0);
      if (got <= 0) return;
      input.append(buffer, static_cast<std::size_t>(got));
      for (std::size_t end = 0; (end = input.find('\n')) != std::string::npos; input.erase(0, end + 1)) {
        if (!answer(Json::parse(input.substr(0, end)))) return;
      }
    }
  }

  bool answer(const Json& request) {
    const std::string method = request["method"];
    requests_.push_back({method, request["params"]});
    const auto handler = handlers_.find(method);
    Json answer = handler == handlers_.end()
                      ? Json{{"error", {{"code", -32601}, {"message", "no such method"}}}}
                      : handler->second(request["params"]);
    answer["jsonrpc"] = "2.0";
    answer["id"] = request["id"];
    const std::string text = answer.dump() + "\n" + after_[method];
    send(server_end_, text.data(), text.size(), MSG_NOSIGNAL);
    if (method == last_) shutdown(server_end_, SHUT_RDWR);
    return method != last_;
  }

  std::map<std::string, Handler> handlers_;
  std::map<std::string, std::string> after_;
  std::string last_;
  std::vector<Request> requests_;
  int server_end_ = -1;
  std::thread thread_;
};

}  // namespace softwire::ctl::test

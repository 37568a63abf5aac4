// SPDX-License-Identifier: BSD-3-Clause
// One connection of the control socket.
#pragma once

#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/streambuf.hpp>

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "controlplane/control/json_rpc.h"
#include "controlplane/control/method.h"
#include "controlplane/softwires/change_softwires.h"

namespace softwire::controlplane {

// Answers its lines in order, one at a time. Lives as long as something is under way.
class ControlSession : public std::enable_shared_from_this<ControlSession> {
 public:
  using Socket = boost::asio::local::stream_protocol::socket;

  static constexpr std::size_t kMaxLine = std::size_t{4} << 20;     // octets of a line
  static constexpr std::size_t kMaxBacklog = std::size_t{4} << 20;  // of notifications that wait to be read

  // `ended` is called once, when the connection is over.
  ControlSession(Socket socket, RpcAccess access, const std::vector<Method>& methods,
                 std::function<void(ControlSession&)> ended);
  ControlSession(const ControlSession&) = delete;
  ControlSession& operator=(const ControlSession&) = delete;

  void start();
  void close();

  // --- for methods ---
  // The softwires that softwires.append has brought so far; not set: no transaction is open.
  [[nodiscard]] std::optional<SoftwireChange>& transaction() { return transaction_; }
  // The kinds of events it wants; not set: none.
  void subscribe(std::optional<std::set<std::string>> kinds) { kinds_ = std::move(kinds); }
  // Sends it unless the peer does not read: then it is counted, and said later how many were lost. False:
  // lost.
  bool notify(std::string_view method, Json params);
  void tell(std::string_view kind, const Json& event);
  // Something that goes on until it is ended, or the connection is.
  class Activity {
   public:
    // `end` is called once; it returns what there is to say of it.
    explicit Activity(std::function<Json()> end) : end_(std::move(end)) {}
    ~Activity() {
      if (end_) end_();
    }
    Activity(const Activity&) = delete;
    Activity& operator=(const Activity&) = delete;
    Json end() { return std::exchange(end_, nullptr)(); }

   private:
    std::function<Json()> end_;
  };
  // The capture of dropped packets; null: none is running.
  [[nodiscard]] std::unique_ptr<Activity>& capture() { return capture_; }

 private:
  struct Replies;

  void read();
  void handle(std::string line);
  void handle_next(std::shared_ptr<Replies> replies);
  void run(RpcRequest& request, RpcReply reply);
  void send(std::string line);
  void write();

  Socket socket_;
  const RpcAccess access_;
  const std::vector<Method>& methods_;
  std::function<void(ControlSession&)> ended_;
  boost::asio::streambuf input_{kMaxLine};
  std::deque<std::string> output_;
  std::size_t backlog_ = 0;  // octets of `output_`
  std::uint64_t lost_ = 0;   // notifications
  bool closing_ = false;     // when all is written
  std::optional<SoftwireChange> transaction_;
  std::optional<std::set<std::string>> kinds_;  // an empty set: all
  std::unique_ptr<Activity> capture_;
};

}  // namespace softwire::controlplane

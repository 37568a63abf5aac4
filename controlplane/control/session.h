// SPDX-License-Identifier: BSD-3-Clause
// One connection of the control socket. For the control thread.
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

// Answers the requests of a connection in order, one at a time. Pending operations keep it alive.
class ControlSession : public std::enable_shared_from_this<ControlSession> {
 public:
  using Socket = boost::asio::local::stream_protocol::socket;

  static constexpr std::size_t kMaxLine = std::size_t{4} << 20;     // octets of a line
  static constexpr std::size_t kMaxBacklog = std::size_t{4} << 20;  // limit of unread output, in octets

  // `ended` is called once, when the connection ends.
  ControlSession(Socket socket, RpcAccess access, const std::vector<Method>& methods,
                 std::function<void(ControlSession&)> ended);
  ControlSession(const ControlSession&) = delete;
  ControlSession& operator=(const ControlSession&) = delete;

  void start();
  void close();

  // --- for use by methods ---
  // The softwires that softwires.append added so far. Not set: no transaction is open.
  [[nodiscard]] std::optional<SoftwireChange>& transaction() { return transaction_; }
  // Sets the kinds of events to send. Not set: none. An empty set: all.
  void subscribe(std::optional<std::set<std::string>> kinds) { kinds_ = std::move(kinds); }
  // Sends a notification. Counts it as lost when the peer does not read fast enough; an event reports the
  // number of lost notifications later. Returns false when it is lost or the connection is closed.
  bool notify(std::string_view method, Json params);
  void tell(std::string_view kind, const Json& event);
  // An activity that lasts until end() is called, or the connection ends.
  class Activity {
   public:
    // `end` is called once. It returns the result of the activity.
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
  // The capture of dropped packets. Null: no capture is running.
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
  std::uint64_t lost_ = 0;   // number of notifications since the last report
  bool closing_ = false;     // close when all output is written
  std::optional<SoftwireChange> transaction_;
  std::optional<std::set<std::string>> kinds_;  // not set: none; an empty set: all
  std::unique_ptr<Activity> capture_;
};

}  // namespace softwire::controlplane

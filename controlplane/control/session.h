// SPDX-License-Identifier: BSD-3-Clause
// One connection of the control socket. For the control thread.
#pragma once

#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/streambuf.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "controlplane/control/json_rpc.h"
#include "controlplane/control/method.h"
#include "controlplane/control/output.h"
#include "controlplane/control/places.h"
#include "controlplane/softwires/change_softwires.h"
#include "controlplane/turns/background.h"
#include "controlplane/turns/fair_queue.h"
#include "controlplane/turns/limited_log.h"

namespace softwire::controlplane {

// Limits of a connection.
struct SessionLimits {
  std::size_t line = std::size_t{4} << 20;            // octets of a line, with write access
  std::size_t line_of_reader = std::size_t{1} << 18;  // octets of a line, with read access
  // Octets of output. Above this, no further request is answered until the peer takes some.
  std::size_t backlog = std::size_t{1} << 20;
  // A peer that takes nothing for so long, while its requests wait for that, is cut off.
  std::chrono::milliseconds unread = std::chrono::seconds(30);
};

// What the connections have in common. Must outlive them.
struct ControlShared {
  ControlShared(boost::asio::io_context& loop, std::function<void()> thread_starts,
                std::function<void(const std::string&)> warn)
      : turns(loop),
        store_turns(loop),
        background(loop, thread_starts),
        filter_turns(loop),
        filters(loop, std::move(thread_starts)),
        log(std::move(warn)) {}

  std::vector<Method> methods;
  SessionLimits limits;
  FairQueue turns;        // for requests on the control thread
  FairQueue store_turns;  // for questions to the store, one at a time: a change waits for one of them at most
  Background background;  // for long texts
  FairQueue filter_turns;
  Background filters;  // compiles filters of captures
  LimitedLog log;
};

// The peer of a connection, and what it may do.
struct SessionPeer {
  uid_t user = 0;
  pid_t pid = 0;
  RpcAccess access = RpcAccess::kRead;
  PeerRank rank = PeerRank::kReader;
};

// Answers the requests of a connection in order, one at a time. Pending operations keep it alive.
class ControlSession : public std::enable_shared_from_this<ControlSession> {
 public:
  using Socket = boost::asio::local::stream_protocol::socket;

  // `ended` is called once, when the connection ends.
  ControlSession(Socket socket, const SessionPeer& peer, ControlShared& shared,
                 std::function<void(ControlSession&)> ended);
  ControlSession(const ControlSession&) = delete;
  ControlSession& operator=(const ControlSession&) = delete;

  void start();
  void close();
  // Tells the peer why, and closes.
  void close_because(RpcCode code, const std::string& why);

  [[nodiscard]] bool is_open() const { return socket_.is_open(); }
  [[nodiscard]] const SessionPeer& peer() const { return peer_; }
  // Returns since when there is nothing to do for the peer, or nullopt when there is.
  [[nodiscard]] std::optional<std::chrono::steady_clock::time_point> idle_since() const;

  // --- for use by methods. Their params stay valid until they reply. ---
  // Calls `work` on the background thread, then `then` on this one: see Background::run().
  void run_apart(std::function<void()> work, std::function<void()> then) {
    shared_.background.run(std::move(work), std::move(then));
  }
  // Does the same for a filter of a capture, when it is the peer's turn.
  void compile_apart(std::function<void()> work, std::function<void()> then);
  // Calls `part` in the peer's turn. For work in parts of a few milliseconds.
  void in_turn(std::function<void()> part);
  // Calls `ask` when it is the peer's turn to ask the store: see FairQueue::Job.
  void in_store_turn(FairQueue::Job ask) { shared_.store_turns.add(peer_.user, std::move(ask)); }

  // The softwires that softwires.append added so far. Not set: no transaction is open.
  [[nodiscard]] std::optional<SoftwireChange>& transaction() { return transaction_; }
  // Sets the kinds of events to send. Not set: none. An empty set: all.
  void subscribe(std::optional<std::set<std::string>> kinds) { kinds_ = std::move(kinds); }
  // Sends a notification. Counts it as lost when the peer does not read fast enough; an event reports the
  // number of lost notifications later. Returns false when it is lost or the connection is closed.
  bool notify(std::string_view method, Json params);
  // `line` is the notification of an event of this kind.
  void tell(std::string_view kind, const std::string& line);
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
  struct Line;
  using LinePtr = std::shared_ptr<Line>;

  void read();
  void receive(std::string text);
  // Carries out the members of the line, one in each turn.
  void go_on(const LinePtr& line);
  void run_next(const LinePtr& line);
  void run(RpcRequest& request, RpcReply reply);
  void answer(const LinePtr& line, Json json);
  void send_answer(Line& line, std::string text);
  void end_line(const LinePtr& line);
  void progress();
  void start_patience();
  bool send_notification(const std::string& line);

  Socket socket_;
  const SessionPeer peer_;
  ControlShared& shared_;
  std::function<void(ControlSession&)> ended_;
  boost::asio::streambuf input_;
  ControlOutput output_{socket_};
  boost::asio::steady_timer patience_;  // with a peer that does not take its answers
  LinePtr paused_;                      // a line that waits until the peer takes answers
  bool busy_ = false;                   // a line is being answered
  bool closing_ = false;                // close when all output is sent
  std::chrono::steady_clock::time_point last_ = std::chrono::steady_clock::now();  // end of the last request
  std::uint64_t lost_ = 0;  // number of notifications since the last report
  std::optional<SoftwireChange> transaction_;
  std::optional<std::set<std::string>> kinds_;  // not set: none; an empty set: all
  std::unique_ptr<Activity> capture_;
};

}  // namespace softwire::controlplane

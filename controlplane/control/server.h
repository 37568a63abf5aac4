// SPDX-License-Identifier: BSD-3-Clause
// The control socket: JSON-RPC 2.0, one JSON text per line (docs/control-socket.md). For the control thread.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "controlplane/config/config.h"
#include "controlplane/control/method.h"
#include "controlplane/control/peer.h"
#include "controlplane/control/places.h"
#include "controlplane/control/session.h"
#include "softwire/result.h"

namespace softwire::controlplane {

struct ControlOptions {
  // Called first on the thread for long texts.
  std::function<void()> thread_starts = {};
  // Writes a warning to the log: about peers that are refused or cut off.
  std::function<void(const std::string&)> log = {};
  ControlPlaces places = {};
  SessionLimits limits = {};
};

class ControlServer {
 public:
  // Listens on config.socket. Makes its directory if necessary. Replaces a socket on which no process
  // listens. Returns an error when another process listens on it.
  static Result<std::unique_ptr<ControlServer>> listen(boost::asio::io_context& loop,
                                                       const ControlConfig& config,
                                                       std::vector<Method> methods,
                                                       const ControlOptions& options = {});
  // Closes all connections, and removes the socket.
  ~ControlServer();
  ControlServer(const ControlServer&) = delete;
  ControlServer& operator=(const ControlServer&) = delete;

  // Sends {"kind", "at", and the members of `event`} to the sessions that subscribed to the kind.
  void publish(std::string_view kind, Json event);
  [[nodiscard]] std::size_t sessions() const { return sessions_.size(); }

 private:
  using Protocol = boost::asio::local::stream_protocol;
  ControlServer(boost::asio::io_context& loop, std::string path, const AccessRules& rules,
                std::vector<Method> methods, const ControlOptions& options);
  void accept();
  void welcome(Protocol::socket socket);
  // Returns whether there is a place for the peer. Ends another connection if that makes one.
  bool make_place(const SessionPeer& peer, std::string& refusal);

  std::string path_;
  AccessRules rules_;
  const ControlPlaces places_;
  ControlShared shared_;
  Protocol::acceptor acceptor_;
  boost::asio::steady_timer retry_;
  std::vector<std::shared_ptr<ControlSession>> sessions_;
};

}  // namespace softwire::controlplane

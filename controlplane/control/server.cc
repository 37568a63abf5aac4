// SPDX-License-Identifier: BSD-3-Clause
#include "controlplane/control/server.h"

#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include <boost/asio/write.hpp>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>

#include "softwire/wall_time.h"

namespace softwire::controlplane {

namespace {

namespace asio = boost::asio;
using boost::system::error_code;

constexpr std::string_view kRemedy = "; set control-socket to a path where a socket can be made, or to none";

Error cannot_listen(const std::string& path, const std::string& why) {
  return Error{path + ": " + why + std::string(kRemedy)};
}

// Removes a socket that a softwired left behind. Returns an error when another process listens on it.
Result<Done> clear(asio::io_context& loop, const std::string& path) {
  std::error_code ignored;
  if (!std::filesystem::exists(path, ignored)) return Done{};
  if (!std::filesystem::is_socket(path, ignored)) return cannot_listen(path, "exists and is not a socket");
  asio::local::stream_protocol::socket probe(loop);
  error_code error;
  probe.connect(asio::local::stream_protocol::endpoint(path), error);
  if (!error) return cannot_listen(path, "another softwired listens there");
  ::unlink(path.c_str());
  return Done{};
}

}  // namespace

ControlServer::ControlServer(asio::io_context& loop, std::string path, const AccessRules& rules,
                             std::vector<Method> methods, const ControlOptions& options)
    : path_(std::move(path)),
      rules_(rules),
      places_(options.places),
      shared_(loop, options.thread_starts, options.log),
      acceptor_(loop),
      retry_(loop) {
  shared_.methods = std::move(methods);
  shared_.limits = options.limits;
}

Result<std::unique_ptr<ControlServer>> ControlServer::listen(asio::io_context& loop,
                                                             const ControlConfig& config,
                                                             std::vector<Method> methods,
                                                             const ControlOptions& options) {
  const std::string& path = config.socket;
  if (path.size() >= sizeof(sockaddr_un::sun_path))
    return cannot_listen(path, "is too long for the path of a socket");
  std::error_code made;
  const auto directory = std::filesystem::path(path).parent_path();
  if (!directory.empty()) std::filesystem::create_directories(directory, made);
  if (made) return cannot_listen(directory.string(), made.message());
  if (auto cleared = clear(loop, path); !cleared) return cleared.error();
  const AccessRules rules{find_group(config.group),
                          config.read_group.empty() ? std::nullopt : find_group(config.read_group)};
  if (!config.read_group.empty() && !rules.read_group) {
    return Error{"control-read-group: there is no group '" + config.read_group + "'; name an existing group"};
  }
  std::unique_ptr<ControlServer> server(new ControlServer(loop, path, rules, std::move(methods), options));
  // The mask keeps everybody out between bind() and chmod().
  const mode_t mask = umask(0177);
  error_code error;
  server->acceptor_.open(Protocol(), error);
  if (!error) server->acceptor_.bind(Protocol::endpoint(path), error);
  umask(mask);
  if (!error) server->acceptor_.listen(asio::socket_base::max_listen_connections, error);
  if (error) return cannot_listen(path, error.message());
  // Members of read_group must be able to connect too. Their credentials then limit what they may do.
  if (rules.group && ::chown(path.c_str(), static_cast<uid_t>(-1), *rules.group) != 0 && geteuid() == 0) {
    return cannot_listen(path, std::strerror(errno));
  }
  if (::chmod(path.c_str(), rules.read_group ? 0666 : 0660) != 0)
    return cannot_listen(path, std::strerror(errno));
  server->accept();
  return server;
}

ControlServer::~ControlServer() {
  error_code ignored;
  acceptor_.close(ignored);
  ::unlink(path_.c_str());
  const auto sessions = sessions_;
  for (const auto& session : sessions) session->close();
}

void ControlServer::accept() {
  acceptor_.async_accept([this](const error_code& error, Protocol::socket socket) {
    if (error == asio::error::operation_aborted) return;
    if (!error) {
      welcome(std::move(socket));
      return accept();
    }
    // The process may have no file descriptor left. Tries again later.
    retry_.expires_after(std::chrono::milliseconds(100));
    retry_.async_wait([this](const error_code& cancelled) {
      if (!cancelled) accept();
    });
  });
}

void ControlServer::welcome(Protocol::socket socket) {
  const auto refuse = [&socket](RpcCode code, const std::string& why) {
    error_code ignored;
    socket.non_blocking(true, ignored);
    asio::write(socket, asio::buffer(to_line(rpc_error(nullptr, {code, why}))), ignored);
  };
  const auto peer = peer_of(socket.native_handle());
  const auto access = peer ? rules_.access_of(*peer) : std::nullopt;
  if (!access) {
    return refuse(RpcCode::kPermission,
                  "you may not use this socket; only root, the user of softwired, and members of "
                  "control-group or control-read-group may");
  }
  const PeerRank rank = rules_.is_root(*peer)          ? PeerRank::kRoot
                        : *access == RpcAccess::kWrite ? PeerRank::kOperator
                                                       : PeerRank::kReader;
  const SessionPeer known{peer->uid, peer->pid, *access, rank};
  if (std::string refusal; !make_place(known, refusal)) {
    shared_.log.say("refused", "control socket: refused a connection of user " + std::to_string(peer->uid) +
                                   ", process " + std::to_string(peer->pid) + ": " + refusal);
    return refuse(RpcCode::kNotNow, refusal);
  }
  auto session =
      std::make_shared<ControlSession>(std::move(socket), known, shared_, [this](ControlSession& ended) {
        std::erase_if(sessions_, [&ended](const auto& one) { return one.get() == &ended; });
      });
  sessions_.push_back(session);
  session->start();
}

bool ControlServer::make_place(const SessionPeer& peer, std::string& refusal) {
  const auto now = std::chrono::steady_clock::now();
  std::vector<PlaceHolder> holders;
  for (const auto& session : sessions_) {
    PlaceHolder holder{session->peer().user, session->peer().rank};
    if (const auto since = session->idle_since()) {
      holder.idle = std::chrono::floor<std::chrono::milliseconds>(now - *since);
    }
    holders.push_back(holder);
  }
  PlaceDecision decision = decide_place(holders, peer.user, peer.rank, places_);
  if (!decision.has_place) {
    refusal = std::move(decision.why);
  } else if (decision.ends < sessions_.size()) {
    const auto ends = sessions_[decision.ends];
    shared_.log.say("ended", "control socket: ended a connection of user " +
                                 std::to_string(ends->peer().user) + ", process " +
                                 std::to_string(ends->peer().pid) + ": " + decision.why);
    ends->close_because(RpcCode::kNotNow, decision.why + "; connect again");
  }
  return decision.has_place;
}

void ControlServer::publish(std::string_view kind, Json event) {
  event["kind"] = kind;
  event["at"] = to_string(wall_now());
  const std::string line = to_line(rpc_notification("event", std::move(event)));
  // A copy, because a session that ends meanwhile removes itself from the list.
  const auto sessions = sessions_;
  for (const auto& session : sessions) session->tell(kind, line);
}

}  // namespace softwire::controlplane

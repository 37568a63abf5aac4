// SPDX-License-Identifier: BSD-3-Clause
#include "controlplane/control/session.h"

#include <boost/asio/read_until.hpp>

#include <algorithm>
#include <utility>

#include "controlplane/text/values.h"
#include "softwire/wall_time.h"

namespace softwire::controlplane {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

// Longer lines, and values with more members, are parsed and written apart from the control thread. So much
// takes less than a millisecond.
constexpr std::size_t kMaxInlineOctets = std::size_t{16} << 10;
constexpr std::size_t kMaxInlineMembers = 2000;

// Counts the members down. Returns false when there are more.
bool has_at_most(const Json& json, std::size_t& members) {
  if (members-- == 0) return false;
  if (!json.is_structured()) return true;
  return std::ranges::all_of(json, [&members](const Json& member) { return has_at_most(member, members); });
}

bool is_large(const Json& json) {
  std::size_t members = kMaxInlineMembers;
  return !has_at_most(json, members);
}

}  // namespace

// A line, and how far it is answered.
struct ControlSession::Line {
  RpcLine line;
  std::size_t next = 0;
  bool has_answer = false;
  bool is_long = false;  // its text is
};

ControlSession::ControlSession(Socket socket, const SessionPeer& peer, ControlShared& shared,
                               std::function<void(ControlSession&)> ended)
    : socket_(std::move(socket)),
      peer_(peer),
      shared_(shared),
      ended_(std::move(ended)),
      input_(peer.access == RpcAccess::kWrite ? shared.limits.line : shared.limits.line_of_reader),
      patience_(socket_.get_executor()) {}

void ControlSession::start() {
  output_.start({.progress = [this] { progress(); }, .failed = [this] { close(); }},
                [this] { return std::static_pointer_cast<void>(shared_from_this()); });
  read();
}

void ControlSession::close() {
  if (!socket_.is_open()) return;
  error_code ignored;
  socket_.close(ignored);
  output_.stop();
  patience_.cancel();
  paused_.reset();
  kinds_.reset();
  capture_.reset();
  // Copied, because the owner may destroy the session.
  const auto ended = ended_;
  ended(*this);
}

void ControlSession::close_because(RpcCode code, const std::string& why) {
  if (!socket_.is_open()) return;
  // Tries once, and does not wait for a peer that does not read.
  error_code ignored;
  socket_.non_blocking(true, ignored);
  const std::string line = to_line(rpc_error(nullptr, {code, why}));
  if (output_.backlog() == 0 && !output_.is_in_line()) socket_.write_some(asio::buffer(line), ignored);
  close();
}

std::optional<std::chrono::steady_clock::time_point> ControlSession::idle_since() const {
  if (busy_ || kinds_ || capture_ != nullptr || transaction_ || output_.backlog() != 0) return std::nullopt;
  return last_;
}

void ControlSession::read() {
  asio::async_read_until(
      socket_, input_, '\n', [self = shared_from_this()](const error_code& error, std::size_t octets) {
        if (!self->socket_.is_open()) return;
        if (error == asio::error::not_found) {
          self->closing_ = true;
          self->start_patience();
          self->output_.send(
              to_line(
                  rpc_error(nullptr, {RpcCode::kInvalidRequest,
                                      "the line is longer than " + std::to_string(self->input_.max_size()) +
                                          " octets; split it, for example with softwires.append"})),
              true);
          return;
        }
        if (error) {
          // The peer sends nothing more, but may still read.
          if (error != asio::error::eof || self->output_.backlog() == 0) return self->close();
          self->closing_ = true;
          return self->start_patience();
        }
        const auto* first = static_cast<const char*>(self->input_.data().data());
        std::string text(first, octets - 1);
        self->input_.consume(octets);
        self->receive(std::move(text));
      });
}

void ControlSession::receive(std::string text) {
  if (std::ranges::all_of(text, [](char c) { return c == ' ' || c == '\t' || c == '\r'; })) return read();
  busy_ = true;
  auto line = std::make_shared<Line>();
  line->is_long = text.size() > kMaxInlineOctets;
  if (!line->is_long) {
    return in_turn([this, line, text = std::move(text)] {
      line->line = parse_rpc(text);
      run_next(line);
    });
  }
  run_apart([line, text = std::move(text)] { line->line = parse_rpc(text); },
            [self = shared_from_this(), line] { self->go_on(line); });
}

void ControlSession::in_turn(std::function<void()> part) {
  shared_.turns.add(peer_.user, [self = shared_from_this(), part = std::move(part)](const auto& ended) {
    if (self->socket_.is_open()) part();
    ended();
  });
}

void ControlSession::compile_apart(std::function<void()> work, std::function<void()> then) {
  shared_.filter_turns.add(peer_.user, [self = shared_from_this(), work = std::move(work),
                                        then = std::move(then)](const auto& ended) {
    if (!self->socket_.is_open()) return ended();
    self->shared_.filters.run(work, [ended, then] {
      ended();
      then();
    });
  });
}

void ControlSession::go_on(const LinePtr& line) {
  if (!socket_.is_open()) return;
  if (output_.backlog() > shared_.limits.backlog) {
    paused_ = line;
    return start_patience();
  }
  if (line->next == line->line.members.size()) return end_line(line);
  in_turn([this, line] { run_next(line); });
}

void ControlSession::run_next(const LinePtr& line) {
  RpcMember& member = line->line.members[line->next++];
  if (const auto* fault = std::get_if<RpcFault>(&member)) {
    if (!fault->wants_answer) return go_on(line);
    return answer(line, rpc_error(fault->id, fault->error));
  }
  auto& request = std::get<RpcRequest>(member);
  run(request,
      [self = shared_from_this(), line, wants = request.wants_answer, id = request.id](RpcOutcome outcome) {
        if (!self->socket_.is_open()) return;
        if (!wants) return self->go_on(line);
        self->answer(line, outcome ? rpc_result(id, std::move(*outcome)) : rpc_error(id, outcome.error()));
      });
}

void ControlSession::run(RpcRequest& request, RpcReply reply) {
  const auto method = std::ranges::find(shared_.methods, request.method, &Method::name);
  if (method == shared_.methods.end()) {
    return reply(RpcError{RpcCode::kNoMethod,
                          "there is no method " + in_quotes(request.method) + "; rpc.describe lists them"});
  }
  if (method->access == RpcAccess::kWrite && peer_.access != RpcAccess::kWrite) {
    return reply(RpcError{RpcCode::kPermission, request.method +
                                                    " changes the hub, and you have read access only; "
                                                    "run it as root or as a member of control-group"});
  }
  if (auto wrong = check_params(*method, request.params)) return reply(std::move(*wrong));
  method->run(request.params, *this, std::move(reply));
}

void ControlSession::answer(const LinePtr& line, Json json) {
  if (!is_large(json)) {
    send_answer(*line, to_text(json));
    return go_on(line);
  }
  const auto value = std::make_shared<Json>(std::move(json));
  const auto text = std::make_shared<std::string>();
  run_apart(
      [value, text]() mutable {
        *text = to_text(*value);
        *value = nullptr;  // to free it takes long too
      },
      [self = shared_from_this(), line, text] {
        if (!self->socket_.is_open()) return;
        self->send_answer(*line, std::move(*text));
        self->go_on(line);
      });
}

void ControlSession::send_answer(Line& line, std::string text) {
  if (!line.line.is_batch) return output_.send(std::move(text) + "\n", true);
  output_.send((std::exchange(line.has_answer, true) ? "," : "[") + std::move(text), false);
}

void ControlSession::end_line(const LinePtr& line) {
  if (line->has_answer) output_.send("]\n", true);
  if (line->is_long) run_apart([line] { line->line = {}; }, [] {});
  busy_ = false;
  last_ = std::chrono::steady_clock::now();
  read();
}

void ControlSession::progress() {
  if (output_.backlog() == 0 && closing_) return close();
  if (output_.backlog() == 0 && lost_ != 0 && !output_.is_in_line()) {
    const Json event = {{"kind", "lost"}, {"at", to_string(wall_now())}, {"events", std::exchange(lost_, 0)}};
    output_.notify(to_line(rpc_notification("event", event)));
  }
  if (paused_ != nullptr && output_.backlog() <= shared_.limits.backlog) {
    patience_.cancel();
    return go_on(std::exchange(paused_, nullptr));
  }
  if (paused_ != nullptr || closing_) start_patience();
}

// The peer has taken something, or has begun not to.
void ControlSession::start_patience() {
  patience_.expires_after(shared_.limits.unread);
  patience_.async_wait([self = shared_from_this()](const error_code& cancelled) {
    if (cancelled || !self->socket_.is_open()) return;
    if (self->paused_ != nullptr) {
      self->shared_.log.say("unread", "control socket: cut off a connection of user " +
                                          std::to_string(self->peer_.user) + ", process " +
                                          std::to_string(self->peer_.pid) +
                                          ", which sends requests and does not take the answers");
    }
    self->close();
  });
}

bool ControlSession::send_notification(const std::string& line) {
  if (!socket_.is_open()) return false;
  if (output_.backlog() > shared_.limits.backlog) {
    ++lost_;
    return false;
  }
  output_.notify(line);
  return true;
}

bool ControlSession::notify(std::string_view method, Json params) {
  // Makes no text for a peer that cannot get it.
  if (socket_.is_open() && output_.backlog() > shared_.limits.backlog) {
    ++lost_;
    return false;
  }
  return send_notification(to_line(rpc_notification(method, std::move(params))));
}

void ControlSession::tell(std::string_view kind, const std::string& line) {
  if (!kinds_ || (!kinds_->empty() && !kinds_->contains(std::string(kind)))) return;
  send_notification(line);
}

}  // namespace softwire::controlplane

// SPDX-License-Identifier: BSD-3-Clause
#include "controlplane/control/session.h"

#include <boost/asio/buffer.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>

#include <algorithm>
#include <utility>

#include "controlplane/text/values.h"
#include "softwire/wall_time.h"

namespace softwire::controlplane {

namespace asio = boost::asio;
using boost::system::error_code;

// A line, and the answers to it so far.
struct ControlSession::Replies {
  RpcLine line;
  std::size_t next = 0;
  Json batch = Json::array();
};

ControlSession::ControlSession(Socket socket, RpcAccess access, const std::vector<Method>& methods,
                               std::function<void(ControlSession&)> ended)
    : socket_(std::move(socket)), access_(access), methods_(methods), ended_(std::move(ended)) {}

void ControlSession::start() {
  read();
}

void ControlSession::close() {
  if (!socket_.is_open()) return;
  error_code ignored;
  socket_.close(ignored);
  kinds_.reset();
  capture_.reset();
  ended_(*this);
}

void ControlSession::read() {
  asio::async_read_until(
      socket_, input_, '\n', [self = shared_from_this()](const error_code& error, std::size_t octets) {
        if (!self->socket_.is_open()) return;
        if (error == asio::error::not_found) {
          self->closing_ = true;
          self->send(
              to_line(rpc_error(nullptr, {RpcCode::kInvalidRequest,
                                          "the line is longer than " + std::to_string(kMaxLine) +
                                              " octets; split it, for example with softwires.append"})));
          return;
        }
        if (error) return self->close();
        const auto* first = static_cast<const char*>(self->input_.data().data());
        std::string line(first, octets - 1);
        self->input_.consume(octets);
        self->handle(std::move(line));
      });
}

void ControlSession::handle(std::string line) {
  if (std::ranges::all_of(line, [](char c) { return c == ' ' || c == '\t' || c == '\r'; })) return read();
  auto replies = std::make_shared<Replies>();
  replies->line = parse_rpc(line);
  handle_next(std::move(replies));
}

void ControlSession::handle_next(std::shared_ptr<Replies> replies) {
  if (!socket_.is_open()) return;
  if (replies->next == replies->line.members.size()) {
    if (replies->line.is_batch && !replies->batch.empty()) send(to_line(replies->batch));
    return read();
  }
  const auto answer = [this, replies](Json json) {
    if (replies->line.is_batch) {
      replies->batch.push_back(std::move(json));
    } else {
      send(to_line(json));
    }
  };
  RpcMember& member = replies->line.members[replies->next++];
  if (const auto* fault = std::get_if<RpcFault>(&member)) {
    answer(rpc_error(fault->id, fault->error));
    return handle_next(std::move(replies));
  }
  auto& request = std::get<RpcRequest>(member);
  run(request, [self = shared_from_this(), replies, answer, wants = request.wants_answer,
                id = request.id](RpcOutcome outcome) {
    if (wants) answer(outcome ? rpc_result(id, std::move(*outcome)) : rpc_error(id, outcome.error()));
    self->handle_next(replies);
  });
}

void ControlSession::run(RpcRequest& request, RpcReply reply) {
  const auto method = std::ranges::find(methods_, request.method, &Method::name);
  if (method == methods_.end()) {
    return reply(RpcError{RpcCode::kNoMethod,
                          "there is no method " + in_quotes(request.method) + "; rpc.describe lists them"});
  }
  if (method->access == RpcAccess::kWrite && access_ != RpcAccess::kWrite) {
    return reply(RpcError{RpcCode::kPermission, request.method +
                                                    " changes the hub, and you have read access only; "
                                                    "run it as root or as a member of control-group"});
  }
  if (auto wrong = check_params(*method, request.params)) return reply(std::move(*wrong));
  method->run(request.params, *this, std::move(reply));
}

bool ControlSession::notify(std::string_view method, Json params) {
  if (!socket_.is_open()) return false;
  if (backlog_ > kMaxBacklog) {
    ++lost_;
    return false;
  }
  send(to_line(rpc_notification(method, std::move(params))));
  return true;
}

void ControlSession::tell(std::string_view kind, const Json& event) {
  if (!kinds_ || (!kinds_->empty() && !kinds_->contains(std::string(kind)))) return;
  notify("event", event);
}

void ControlSession::send(std::string line) {
  backlog_ += line.size();
  output_.push_back(std::move(line));
  if (output_.size() == 1) write();
}

void ControlSession::write() {
  asio::async_write(socket_, asio::buffer(output_.front()),
                    [self = shared_from_this()](const error_code& error, std::size_t) {
                      if (!self->socket_.is_open()) return;
                      if (error) return self->close();
                      self->backlog_ -= self->output_.front().size();
                      self->output_.pop_front();
                      if (self->output_.empty() && self->lost_ != 0) {
                        const Json event = {{"kind", "lost"},
                                            {"at", to_string(wall_now())},
                                            {"events", std::exchange(self->lost_, 0)}};
                        self->send(to_line(rpc_notification("event", event)));
                      } else if (!self->output_.empty()) {
                        self->write();
                      } else if (self->closing_) {
                        self->close();
                      }
                    });
}

}  // namespace softwire::controlplane

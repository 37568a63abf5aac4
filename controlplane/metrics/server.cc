// SPDX-License-Identifier: BSD-3-Clause
#include "controlplane/metrics/server.h"

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>

#include <array>
#include <optional>
#include <string_view>
#include <utility>

namespace softwire::controlplane::metrics {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::ip::tcp;
using boost::system::error_code;

// A connection with its requests and responses. Pending operations keep it alive.
class Server::Session : public std::enable_shared_from_this<Server::Session> {
 public:
  Session(Server& server, tcp::socket socket)
      : server_(&server),
        limits_(server.limits_),
        stream_(std::move(socket)),
        buffer_(std::size_t{2} * limits_.header_bytes) {}

  void start() { read(limits_.request); }

  // Called when the server is destroyed.
  void abandon() {
    server_ = nullptr;
    stream_.close();
  }

 private:
  using Response = http::response<http::string_body>;

  void read(std::chrono::milliseconds patience) {
    request_.emplace();
    request_->header_limit(limits_.header_bytes);
    request_->body_limit(std::uint64_t{0});
    stream_.expires_after(patience);
    http::async_read_header(stream_, buffer_, *request_,
                            [self = shared_from_this()](const error_code& error, std::size_t) {
                              if (self->server_ != nullptr) self->answer(error);
                            });
  }

  void answer(const error_code& error) {
    if (!error) return respond(request_->is_done());
    // A client that sent no request, or an incomplete one, gets no response.
    if (error == http::error::end_of_stream ||
        error.category() != http::make_error_code(http::error{}).category()) {
      return end();
    }
    http::status status = http::status::bad_request;
    if (error == http::error::header_limit || error == http::error::buffer_overflow) {
      status = http::status::request_header_fields_too_large;
    } else if (error == http::error::body_limit) {
      status = http::status::payload_too_large;
    }
    write(plain(status), false);
  }

  void respond(bool may_keep_alive) {
    const auto& request = request_->get();
    const bool keep_alive = may_keep_alive && request.keep_alive();
    const std::string_view target(request.target().data(), request.target().size());
    const bool is_head = request.method() == http::verb::head;
    Response response;
    if (target.substr(0, target.find('?')) != "/metrics") {
      response = plain(http::status::not_found);
    } else if (!is_head && request.method() != http::verb::get) {
      response = plain(http::status::method_not_allowed);
      response.set(http::field::allow, "GET, HEAD");
    } else {
      const auto accept = request[http::field::accept];
      const Format format = choose_format({accept.data(), accept.size()});
      const std::string_view type = content_type(format);
      response = Response(http::status::ok, kVersion);
      response.set(http::field::content_type, {type.data(), type.size()});
      response.set(http::field::vary, "Accept");
      response.body() = server_->source_(format);
    }
    response.content_length(response.body().size());
    if (is_head) response.body().clear();
    response.version(request.version());
    write(std::move(response), keep_alive);
  }

  static Response plain(http::status status) {
    Response response(status, kVersion);
    response.set(http::field::content_type, "text/plain; charset=utf-8");
    const auto reason = http::obsolete_reason(status);
    response.body().assign(reason.data(), reason.size());
    response.body() += '\n';
    response.content_length(response.body().size());
    return response;
  }

  void write(Response response, bool keep_alive) {
    response.keep_alive(keep_alive);
    response_ = std::move(response);
    stream_.expires_after(limits_.response);
    http::async_write(stream_, response_,
                      [self = shared_from_this(), keep_alive](const error_code& error, std::size_t) {
                        if (self->server_ == nullptr) return;
                        self->response_ = {};  // frees its memory until the next request
                        if (error) return self->end();
                        if (keep_alive) return self->read(self->limits_.idle);
                        self->hang_up();
                      });
  }

  // Shuts down the sending side, and discards what the client still sends. Closing earlier would reset the
  // connection, and the client would lose the response. The time limit is that of the response.
  void hang_up() {
    error_code ignored;
    stream_.socket().shutdown(tcp::socket::shutdown_send, ignored);
    stream_.expires_after(kLinger);
    discard();
  }
  void discard() {
    stream_.async_read_some(asio::buffer(discarded_),
                            [self = shared_from_this()](const error_code& error, std::size_t) {
                              if (self->server_ == nullptr) return;
                              if (error) return self->end();
                              self->discard();
                            });
  }

  void end() {
    stream_.close();
    server_->sessions_.erase(shared_from_this());
  }

  static constexpr unsigned kVersion = 11;
  static constexpr std::chrono::seconds kLinger{1};

  Server* server_;  // null: the server is destroyed
  const ServerLimits limits_;
  beast::tcp_stream stream_;
  beast::flat_buffer buffer_;
  std::optional<http::request_parser<http::empty_body>> request_;
  Response response_;
  std::array<char, 1024> discarded_{};
};

Server::Server(asio::io_context& loop, const ListenAddress& at, Source source, const ServerLimits& limits)
    : address_(at), source_(std::move(source)), limits_(limits), acceptor_(loop), retry_(loop) {}

Result<std::unique_ptr<Server>> Server::listen(asio::io_context& loop, const ListenAddress& at, Source source,
                                               const ServerLimits& limits) {
  std::unique_ptr<Server> server(new Server(loop, at, std::move(source), limits));
  error_code error;
  const tcp::endpoint endpoint(asio::ip::make_address(at.address, error), at.port);
  tcp::acceptor& acceptor = server->acceptor_;
  if (!error) acceptor.open(endpoint.protocol(), error);
  if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error && endpoint.address().is_v6()) acceptor.set_option(asio::ip::v6_only(true), error);
  if (!error) acceptor.bind(endpoint, error);
  if (!error) acceptor.listen(tcp::acceptor::max_listen_connections, error);
  if (error) {
    const std::string host = at.address.find(':') == std::string::npos ? at.address : "[" + at.address + "]";
    return Error{host + ":" + std::to_string(at.port) +
                 ": cannot listen on this address: " + error.message()};
  }
  server->accept();
  return server;
}

Server::~Server() {
  for (const auto& session : sessions_) session->abandon();
}

void Server::accept() {
  acceptor_.async_accept([this, alive = std::weak_ptr(alive_)](const error_code& error, tcp::socket socket) {
    if (alive.expired()) return;
    if (error) {
      // For example, no file descriptor is free.
      retry_.expires_after(std::chrono::seconds(1));
      retry_.async_wait([this, alive](const error_code&) {
        if (!alive.expired()) accept();
      });
      return;
    }
    if (sessions_.size() < limits_.connections) {
      (*sessions_.insert(std::make_shared<Session>(*this, std::move(socket))).first)->start();
    }
    accept();
  });
}

}  // namespace softwire::controlplane::metrics

// SPDX-License-Identifier: BSD-3-Clause
#include "controlplane/metrics/server.h"

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>

#include <array>
#include <ctime>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "controlplane/metrics/http_rules.h"

namespace softwire::controlplane::metrics {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

// Returns the IPv4 address, or the upper 64 bits of the IPv6 address: who has one of these has all.
FairQueue::Peer key_of(const asio::ip::address& address) {
  if (address.is_v4()) return address.to_v4().to_uint();
  FairQueue::Peer key = 0;
  const auto octets = address.to_v6().to_bytes();
  for (std::size_t i = 0; i < sizeof(key); ++i) key = key << 8 | octets[i];
  return key;
}

}  // namespace

// A connection with its requests and responses. Pending operations keep it alive.
class Server::Session : public std::enable_shared_from_this<Server::Session> {
 public:
  using Response = http::response<http::string_body>;
  using Clock = std::chrono::steady_clock;

  Session(Server& server, tcp::socket socket, asio::ip::address from)
      : server_(&server),
        limits_(server.limits_),
        from_(std::move(from)),
        address_(key_of(from_)),
        stream_(std::move(socket)),
        buffer_(std::size_t{2} * limits_.header_bytes) {}

  void start() { read(limits_.request); }

  // Tells the client that there is no place, and closes.
  void refuse() {
    Response response = plain(http::status::service_unavailable);
    response.set(http::field::retry_after, "1");
    response.body() = "too many connections; close one, or try again\n";
    response.content_length(response.body().size());
    write(std::move(response), false);
  }

  [[nodiscard]] const asio::ip::address& from() const { return from_; }
  [[nodiscard]] FairQueue::Peer address() const { return address_; }
  // Octets that do not complete a request do not make it active.
  [[nodiscard]] bool is_idle(Clock::time_point now) const {
    return is_waiting_ && (has_answered_ || now - requested_at_ >= limits_.grace);
  }
  // Returns when the last whole request came, or the connection.
  [[nodiscard]] Clock::time_point requested_at() const { return requested_at_; }

  void end() {
    stream_.close();
    const auto self = shared_from_this();
    server_->sessions_.erase(self);
    server_->refused_.erase(self);
  }

  // Called when the server is destroyed.
  void abandon() {
    server_ = nullptr;
    stream_.close();
  }

 private:
  void read(std::chrono::milliseconds patience) {
    request_.emplace();
    request_->header_limit(limits_.header_bytes);
    request_->body_limit(std::uint64_t{0});
    stream_.expires_after(patience);
    is_waiting_ = true;
    http::async_read_header(stream_, buffer_, *request_,
                            [self = shared_from_this()](const error_code& error, std::size_t) {
                              self->is_waiting_ = false;
                              if (self->server_ != nullptr) self->answer(error);
                            });
  }

  void answer(const error_code& error) {
    if (!error) {
      if (const auto fault = fault_of(*request_)) return write(plain(*fault), false);
      requested_at_ = Clock::now();
      was_asked_ = true;
      return server_->turns_.add(address_, [self = shared_from_this()](const FairQueue::Ended& ended) {
        // Makes no text for a connection that has ended for another one meanwhile.
        if (self->server_ != nullptr && self->stream_.socket().is_open())
          self->respond(self->request_->is_done());
        ended();
      });
    }
    // A client that sent no request, or an incomplete one, gets no response.
    if (error == http::error::end_of_stream ||
        error.category() != http::make_error_code(http::error{}).category()) {
      return end();
    }
    http::status status = http::status::bad_request;
    if (error == http::error::header_limit || error == http::error::buffer_overflow) {
      status = status_of_long(*request_);
    } else if (error == http::error::body_limit) {
      status = http::status::payload_too_large;
    }
    write(plain(status), false);
  }

  void respond(bool may_keep_alive) {
    const auto& request = request_->get();
    const bool keep_alive = may_keep_alive && request.keep_alive();
    const std::string_view target(request.target().data(), request.target().size());
    Response response;
    const std::string_view path = path_of(target);
    const bool is_health = path == "/health" || path == "/ready";
    if (path != "/metrics" && !(is_health && server_->source_.health)) {
      response = plain(http::status::not_found);
    } else if (request.method() != http::verb::head && request.method() != http::verb::get) {
      response = plain(http::status::method_not_allowed);
      response.set(http::field::allow, "GET, HEAD");
    } else if (is_health) {
      response = health(path == "/ready");
    } else {
      response = metrics();
    }
    response.content_length(response.body().size());
    response.version(request.version());
    write(std::move(response), keep_alive);
  }

  Response metrics() {
    const auto accept = request_->get()[http::field::accept];
    const Format format = choose_format({accept.data(), accept.size()});
    const std::string_view type = content_type(format);
    Response response(http::status::ok, kVersion);
    response.set(http::field::content_type, {type.data(), type.size()});
    response.set(http::field::vary, "Accept");
    response.body() = server_->source_.metrics(format);
    return response;
  }

  // Answers whether the hub forwards, or else only whether the process works. The body has one line for each
  // check that is not ok.
  Response health(bool ready) {
    const HealthReport report = server_->source_.health();
    const bool is_good = ready ? report.is_ready() : report.is_live();
    Response response = plain(is_good ? http::status::ok : http::status::service_unavailable);
    response.set(http::field::cache_control, "no-store");
    std::string& body = response.body();
    body = std::string(to_text(report.state())) + '\n';
    for (const KnownCheck& check : report.checks) {
      if (check.state == HealthState::kOk) continue;
      body += check.name + ": " + std::string(to_text(check.state)) + ": " + check.reason + '\n';
    }
    return response;
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
    response.set(http::field::date, http_date(std::time(nullptr)));
    // The length stays that of the body which GET would get (RFC 9110 section 9.3.2).
    if (request_ && request_->get().method() == http::verb::head) response.body().clear();
    response_ = std::move(response);
    stream_.expires_after(limits_.response);
    http::async_write(stream_, response_,
                      [self = shared_from_this(), keep_alive](const error_code& error, std::size_t) {
                        if (self->server_ == nullptr) return;
                        self->response_ = {};  // frees its memory until the next request
                        if (error) return self->end();
                        self->has_answered_ = true;
                        if (self->was_asked_) self->server_->places_.answered(self->address_, Clock::now());
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

  static constexpr unsigned kVersion = 11;
  static constexpr std::chrono::seconds kLinger{1};

  Server* server_;  // null: the server is destroyed
  const ServerLimits limits_;
  const asio::ip::address from_;
  const FairQueue::Peer address_;
  bool is_waiting_ = false;  // for a request
  bool was_asked_ = false;   // a whole request
  bool has_answered_ = false;
  Clock::time_point requested_at_ = Clock::now();  // or connected at
  beast::tcp_stream stream_;
  beast::flat_buffer buffer_;
  std::optional<RequestParser> request_;
  Response response_;
  std::array<char, 1024> discarded_{};
};

Server::Server(asio::io_context& loop, const ListenAddress& at, Source source, const ServerLimits& limits,
               std::function<void(const std::string&)> log)
    : address_(at),
      source_(std::move(source)),
      limits_(limits),
      acceptor_(loop),
      retry_(loop),
      turns_(loop),
      log_(std::move(log)),
      places_(limits.places) {}

Result<std::unique_ptr<Server>> Server::listen(asio::io_context& loop, const ListenAddress& at, Source source,
                                               const ServerLimits& limits,
                                               std::function<void(const std::string&)> log) {
  std::unique_ptr<Server> server(new Server(loop, at, std::move(source), limits, std::move(log)));
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
  for (const auto& session : refused_) session->abandon();
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
    welcome(std::move(socket));
    accept();
  });
}

void Server::welcome(tcp::socket socket) {
  error_code error;
  const auto from = socket.remote_endpoint(error).address();
  if (error) return;  // it has gone
  const auto session = std::make_shared<Session>(*this, std::move(socket), from);
  if (make_place(session->address())) {
    sessions_.insert(session);
    return session->start();
  }
  log_.say("refused", "metrics: refused a connection from " + from.to_string() + ": too many connections");
  if (refused_.size() >= limits_.refusals) return;
  refused_.insert(session);
  session->refuse();
}

bool Server::make_place(FairQueue::Peer address) {
  const auto now = std::chrono::steady_clock::now();
  std::vector<PlaceHolder> holders;
  std::vector<std::shared_ptr<Session>> sessions;
  holders.reserve(sessions_.size());
  sessions.reserve(sessions_.size());
  for (const auto& session : sessions_) {
    holders.push_back({session->address(), session->requested_at(), session->is_idle(now)});
    sessions.push_back(session);
  }
  const PlaceDecision decision = places_.decide(holders, address, now);
  if (decision.has_place && decision.ends < sessions.size()) {
    if (!holders[decision.ends].is_idle) {
      log_.say("ended", "metrics: ended a connection from " + sessions[decision.ends]->from().to_string() +
                            ", which has the most connections: another address needs its place");
    }
    sessions[decision.ends]->end();
  }
  return decision.has_place;
}

}  // namespace softwire::controlplane::metrics

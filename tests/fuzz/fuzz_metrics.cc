// SPDX-License-Identifier: BSD-3-Clause
// The HTTP server of the metrics, and the Accept header. Any octets of a client, in one piece or in several.
// What comes back is nothing or whole responses, and the connection ends when the client's does. Input: an
// octet that says how the octets are divided, then the octets.
#include <sys/socket.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>

#include <algorithm>
#include <charconv>
#include <memory>
#include <string>
#include <string_view>

#include "controlplane/health/health.h"
#include "controlplane/metrics/exposition.h"
#include "controlplane/metrics/server.h"
#include "tests/fuzz/input.h"
#include "tests/fuzz/require.h"

namespace softwire::fuzz {
namespace {

namespace asio = boost::asio;
namespace metrics = controlplane::metrics;
using asio::ip::tcp;

const std::string kBody = "# HELP x y\nx 1\n";

controlplane::HealthReport report() {
  controlplane::KnownCheck check;
  check.name = "link ipv4";
  check.state = controlplane::HealthState::kFailed;
  check.reason = "the device has no carrier";
  return {{check}};
}

class Metrics {
 public:
  Metrics() {
    // Returns a free port. Another process may take it before the server does.
    for (int tries = 0; tries < 20 && server_ == nullptr; ++tries) {
      const tcp::endpoint any(asio::ip::make_address("127.0.0.1"), 0);
      at_ = {"127.0.0.1", tcp::acceptor(loop_, any, false).local_endpoint().port()};
      auto server = metrics::Server::listen(
          loop_, at_, {.metrics = [](metrics::Format) { return kBody; }, .health = report});
      if (server) server_ = std::move(*server);
    }
    require(server_ != nullptr);
  }

  std::string exchange(std::string_view text, std::size_t piece) {
    tcp::socket client(loop_);
    client.connect({asio::ip::make_address(at_.address), at_.port});
    client.set_option(tcp::no_delay(true));
    std::string received;
    bool ended = false;
    asio::async_read(client, asio::dynamic_buffer(received),
                     [&ended](const boost::system::error_code&, std::size_t) { ended = true; });
    boost::system::error_code ignored;
    while (!text.empty()) {
      const std::string_view part = text.substr(0, piece == 0 ? text.size() : piece);
      text.remove_prefix(part.size());
      asio::write(client, asio::buffer(part.data(), part.size()), ignored);
      loop_.restart();
      loop_.poll();
      piece = 0;
    }
    client.shutdown(tcp::socket::shutdown_send, ignored);
    while (!ended) {
      loop_.restart();
      loop_.run_one();
    }
    // Without the wait of TCP for late segments, in which the port could not be used again.
    client.set_option(asio::socket_base::linger(true, 0), ignored);
    client.close(ignored);
    while (server_->connections() != 0) {
      loop_.restart();
      loop_.run_one();
    }
    return received;
  }

 private:
  asio::io_context loop_{1};
  asio::executor_work_guard<asio::io_context::executor_type> work_{loop_.get_executor()};
  controlplane::ListenAddress at_;
  std::unique_ptr<metrics::Server> server_;
};

// Checks a row of responses. A response to HEAD has no body.
void check_responses(std::string_view text) {
  constexpr std::string_view kLength = "\r\nContent-Length: ";
  while (!text.empty()) {
    require(text.starts_with("HTTP/1.1 ") || text.starts_with("HTTP/1.0 "));
    const std::string_view status = text.substr(9, 3);
    require(status == "200" || status == "400" || status == "404" || status == "405" || status == "413" ||
            status == "414" || status == "431" || status == "501" || status == "503");
    const std::size_t end = text.find("\r\n\r\n");
    require(end != std::string_view::npos);
    const std::string_view header = text.substr(0, end);
    require(header.find("\r\nDate: ") != std::string_view::npos);
    const std::size_t length = header.find(kLength);
    require(length != std::string_view::npos);
    std::size_t octets = 0;
    std::from_chars(header.data() + length + kLength.size(), header.data() + header.size(), octets);
    text.remove_prefix(end + 4);
    const bool has_body = !text.empty() && !text.starts_with("HTTP/1.");
    if (has_body) {
      require(text.size() >= octets);
      text.remove_prefix(octets);
    }
  }
}

}  // namespace
}  // namespace softwire::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace softwire::fuzz;  // NOLINT(google-build-using-namespace)
  static Metrics server;
  Input input(data, size);
  const std::size_t piece = input.octet();
  const std::string_view text = input.text(SIZE_MAX);
  check_responses(server.exchange(text, piece));
  const auto format = softwire::controlplane::metrics::choose_format(text);
  require(!softwire::controlplane::metrics::content_type(format).empty());
  return 0;
}

// SPDX-License-Identifier: BSD-3-Clause
// The control socket with a real hub and a store in memory: any octets of a client with write access, in one
// piece or in several. Every answer is a line of JSON-RPC, whoever sends ends in time, and afterwards hub and
// store have the same softwires, all of which can be removed. Input: an octet that says how the octets are
// divided, then the octets. The word @NEXT in them stands for the last cursor that was answered.
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>

#include <array>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "controlplane/config/load_config.h"
#include "controlplane/control/json_forms.h"
#include "controlplane/control/json_rpc.h"
#include "controlplane/control/methods.h"
#include "controlplane/control/server.h"
#include "controlplane/runtime/hub.h"
#include "controlplane/softwires/open_softwires.h"
#include "controlplane/softwires/softwire_manager.h"
#include "controlplane/softwires/store_service.h"
#include "controlplane/store/store_keeper.h"
#include "tests/fuzz/input.h"
#include "tests/fuzz/require.h"
#include "tests/support/engine_harness.h"
#include "tests/support/hub_config.h"

namespace softwire::fuzz {
namespace {

namespace asio = boost::asio;
namespace cp = controlplane;
using cp::Json;
using Protocol = asio::local::stream_protocol;

class Control {
 public:
  Control() : folder_(std::filesystem::temp_directory_path() / ("fuzz_session-" + std::to_string(getpid()))) {
    std::filesystem::create_directories(folder_);
    std::ofstream(folder_ / "softwires.conf") << "";
    auto config =
        cp::parse_config(testing::kHubSides + "address = 2001:db8:6::1\n", folder_ / "softwired.conf",
                         {"--softwires", folder_ / "softwires.conf", "--control-socket", folder_ / "socket"});
    require(config.ok());
    config_ = *config;
    auto keeper = cp::StoreKeeper::open("");
    require(keeper.ok());
    keeper_ = std::move(*keeper);
    auto hub = cp::Hub::create(config_, cp::Softwires(), testing::pool(), {});
    require(hub.ok());
    hub_ = std::move(*hub);
    manager_ = std::make_unique<cp::SoftwireManager>(
        loop_, *hub_, keeper_->store(), config_,
        cp::SoftwireManager::Observer{
            .changed = [this](const cp::SoftwiresChanged& changed) { tell(changed); },
            .ends_changed = [] {},
            .failed = {}});
    service_ = std::make_unique<cp::StoreService>(loop_, *manager_, *keeper_, "",
                                                  cp::StoreService::Observer{.changed = {}});
    describe();
    auto server = cp::ControlServer::listen(loop_, config_.daemon.control, cp::make_methods(context_));
    require(server.ok());
    server_ = std::move(*server);
  }
  ~Control() {
    server_.reset();
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }
  Control(const Control&) = delete;
  Control& operator=(const Control&) = delete;

  // Sends the pieces, and returns what the server sent until it closed.
  std::string exchange(const std::vector<std::string>& pieces) {
    Protocol::socket client(loop_);
    client.connect(Protocol::endpoint(folder_ / "socket"));
    std::string received;
    bool ended = false;
    asio::async_read(client, asio::dynamic_buffer(received),
                     [&ended](const boost::system::error_code&, std::size_t) { ended = true; });
    for (const std::string& piece : pieces) {
      boost::system::error_code ignored;
      asio::write(client, asio::buffer(piece), ignored);
      loop_.restart();
      loop_.poll();
    }
    boost::system::error_code ignored;
    client.shutdown(Protocol::socket::shutdown_send, ignored);
    while (!ended) {
      loop_.restart();
      loop_.run_one();
    }
    return received;
  }
  void run_rest() {
    loop_.restart();
    loop_.poll();
    require(server_->sessions() == 0);
  }
  [[nodiscard]] std::size_t softwires() const { return hub_->table().size() + hub_->table().rules(); }

 private:
  void tell(const cp::SoftwiresChanged& changed) {
    for (Json& event : cp::events_of(changed)) server_->publish("softwire", std::move(event));
  }
  void describe() {
    context_.store = service_.get();
    context_.hub = hub_.get();
    context_.manager = manager_.get();
    context_.version = "1.2.3";
    context_.counters = [this] { return hub_->counters(); };
    context_.health = [] { return cp::HealthReport(); };
    context_.gateway = [](Side) { return std::pair(cp::GatewayStatus(), std::chrono::milliseconds(0)); };
    context_.ports = [](bool) { return std::vector<cp::PortStatus>(); };
    context_.processor_of_worker = [](unsigned) { return 1U; };
    context_.last_reload = [] { return std::optional<cp::ReloadStatus>(); };
    context_.reload = [this](const std::function<void(const Result<Done>&)>& told) {
      manager_->reload(config_, [told](const Result<cp::SoftwiresChanged>& changed) {
        told(changed ? Result<Done>(Done{}) : changed.error());
      });
    };
    context_.test = [this](const std::function<void(const Result<Done>&)>& told) {
      manager_->test(config_, told);
    };
  }

  std::filesystem::path folder_;
  cp::Config config_;
  asio::io_context loop_{1};
  asio::executor_work_guard<asio::io_context::executor_type> work_{loop_.get_executor()};
  std::unique_ptr<cp::StoreKeeper> keeper_;
  std::unique_ptr<cp::Hub> hub_;
  std::unique_ptr<cp::SoftwireManager> manager_;
  std::unique_ptr<cp::StoreService> service_;
  cp::ControlContext context_;
  std::unique_ptr<cp::ControlServer> server_;
};

// Returns the lines. Requires that each ends with a line feed.
std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = text.find('\n', at);
    require(end != std::string::npos);
    lines.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return lines;
}

void check_message(const Json& message) {
  require(message.is_object() && message.value("jsonrpc", "") == "2.0");
  if (message.contains("method")) {
    require(message.contains("params") && !message.contains("id"));
    return;
  }
  require(message.contains("id") && message.contains("result") != message.contains("error"));
  if (!message.contains("error")) return;
  const Json& error = message["error"];
  require(error["code"].is_number_integer() && !error["message"].get<std::string>().empty());
}

// Returns the last cursor in the answers.
std::string check_answers(const std::string& text) {
  std::string cursor;
  for (const std::string& line : lines_of(text)) {
    const Json json = Json::parse(line, nullptr, false);
    require(!json.is_discarded());
    if (!json.is_array()) {
      check_message(json);
      if (json.contains("result") && json["result"].is_object()) {
        const auto next = json["result"].find("next");
        if (next != json["result"].end() && next->is_string()) cursor = next->get<std::string>();
      }
      continue;
    }
    require(!json.empty());
    for (const Json& message : json) check_message(message);
  }
  return cursor;
}

std::vector<std::string> pieces_of(Input& input, const std::string& cursor) {
  const std::size_t octets = input.octet();
  std::string text(input.text(SIZE_MAX));
  constexpr std::string_view kNext = "@NEXT";
  for (std::size_t at = 0; (at = text.find(kNext, at)) != std::string::npos; at += cursor.size()) {
    text.replace(at, kNext.size(), cursor);
  }
  std::vector<std::string> pieces;
  if (octets == 0) return {text};
  for (std::size_t at = 0; at < text.size() && pieces.size() < 16; at += octets) {
    pieces.push_back(text.substr(at, pieces.size() == 15 ? std::string::npos : octets));
  }
  return pieces;
}

}  // namespace
}  // namespace softwire::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace softwire::fuzz;  // NOLINT(google-build-using-namespace)
  static Control control;
  static std::string cursor;
  Input input(data, size);
  const std::string answered = check_answers(control.exchange(pieces_of(input, cursor)));
  if (!answered.empty()) cursor = answered;
  control.run_rest();
  // Everything that was added can be removed: the store has what the hub has.
  const std::string removal =
      R"({"jsonrpc":"2.0","id":1,"method":"softwires.begin","params":{"replace":true}})"
      "\n"
      R"({"jsonrpc":"2.0","id":2,"method":"softwires.commit"})"
      "\n";
  const std::size_t before = control.softwires();
  if (before != 0) {
    const auto answers = lines_of(control.exchange({removal}));
    require(answers.size() == 2);
    const Json result = Json::parse(answers[1]);
    require(result.contains("result") && result["result"]["removed"] == before);
    control.run_rest();
  }
  require(control.softwires() == 0);
  return 0;
}

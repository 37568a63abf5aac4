// SPDX-License-Identifier: BSD-3-Clause
// A control socket with a real hub and a real store, and its clients.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <boost/asio/executor_work_guard.hpp>

#include <array>
#include <filesystem>
#include <fstream>
#include <future>
#include <memory>
#include <string>
#include <thread>

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
#include "tests/support/engine_harness.h"
#include "tests/support/hub_config.h"

namespace softwire::controlplane {

namespace asio = boost::asio;

// The client end of a connection.
class Client {
 public:
  explicit Client(int descriptor) : descriptor_(descriptor) {
    const timeval limit{30, 0};
    setsockopt(descriptor_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
  }
  explicit Client(const std::string& path) : Client(::socket(AF_UNIX, SOCK_STREAM, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof(address.sun_path) - 1);
    EXPECT_EQ(connect(descriptor_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0) << path;
  }
  ~Client() { close(descriptor_); }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  void send(const std::string& text) {
    std::size_t sent = 0;
    while (sent < text.size()) {
      const ssize_t written = ::send(descriptor_, text.data() + sent, text.size() - sent, MSG_NOSIGNAL);
      if (written <= 0) return;
      sent += static_cast<std::size_t>(written);
    }
  }
  // Returns a line without its line feed, or "" at the end of the connection.
  std::string line() {
    for (;;) {
      if (const auto end = read_.find('\n'); end != std::string::npos) {
        std::string line = read_.substr(0, end);
        read_.erase(0, end + 1);
        return line;
      }
      std::array<char, 4096> chunk{};
      const ssize_t octets = recv(descriptor_, chunk.data(), chunk.size(), 0);
      if (octets <= 0) return {};
      read_.append(chunk.data(), static_cast<std::size_t>(octets));
    }
  }
  Json ask(const std::string& text) {
    send(text + "\n");
    return Json::parse(line(), nullptr, false);
  }
  Json call(const std::string& method, const Json& params = Json::object()) {
    return ask(Json{{"jsonrpc", "2.0"}, {"id", 1}, {"method", method}, {"params", params}}.dump());
  }
  Json result(const std::string& method, const Json& params = Json::object()) {
    const Json answer = call(method, params);
    EXPECT_TRUE(answer.contains("result")) << answer.dump();
    return answer.value("result", Json());
  }
  std::string refusal(const std::string& method, const Json& params = Json::object()) {
    const Json answer = call(method, params);
    EXPECT_TRUE(answer.contains("error")) << answer.dump();
    if (!answer.contains("error")) return {};
    const Json& error = answer["error"];
    return std::to_string(error["code"].get<int>()) + " " +
           (error.contains("data") ? error["data"].value("field", "") + ": " : "") +
           error["message"].get<std::string>();
  }

 private:
  int descriptor_;
  std::string read_;
};

inline const std::string kText = testing::kHubSides + R"(address = 2001:db8:6::1
)";
inline const std::string kOfFile = "binding ipv4 192.0.2.9 b4 2001:db8:1::9 br 2001:db8:ff::1";
inline const std::string kFirst =
    "binding ipv4 192.0.2.1 psid-offset 6 psid-len 8 psid 1 b4 2001:db8:1::1 br 2001:db8:ff::1";
inline const std::string kSecond =
    "binding ipv4 192.0.2.1 psid-offset 6 psid-len 8 psid 2 b4 2001:db8:1::2 br 2001:db8:ff::1";
inline const std::string kRule =
    "rule map-e ipv4 203.0.113.0/24 ipv6 2001:db8:8000::/40 ea-len 16 br 2001:db8:ff::1";

class ControlSocket : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = ::testing::TempDir() + "control-" + std::to_string(getpid());
    std::filesystem::create_directories(folder_);
    path_ = folder_ + "/run/c.sock";
    std::ofstream(folder_ + "/softwires.conf") << kOfFile << "\n";
    auto config = parse_config(kText, folder_ + "/softwired.conf",
                               {"--softwires", folder_ + "/softwires.conf", "--control-socket", path_});
    ASSERT_TRUE(config.ok()) << config.error().text;
    config_ = *config;
    auto keeper = StoreKeeper::open(folder_ + "/state");
    ASSERT_TRUE(keeper.ok());
    keeper_ = std::move(*keeper);
    SoftwireStore& store = keeper_->store();
    ASSERT_TRUE(store.begin().ok());
    auto merged = merge_file(store, config_, store.now());
    ASSERT_TRUE(merged.ok()) << merged.error().text;
    ASSERT_TRUE(store.commit().ok());
    auto hub = Hub::create(config_, merged->softwires, testing::pool(), {});
    ASSERT_TRUE(hub.ok()) << hub.error().text;
    hub_ = std::move(*hub);
    manager_ = std::make_unique<SoftwireManager>(
        loop_, *hub_, store, config_,
        SoftwireManager::Observer{.changed =
                                      [this](const SoftwiresChanged& changed) {
                                        for (Json& event : events_of(changed)) {
                                          server_->publish("softwire", std::move(event));
                                        }
                                      },
                                  .ends_changed = [this] { ++ends_changed_; },
                                  .failed = {}});
    service_ = std::make_unique<StoreService>(loop_, *manager_, *keeper_, folder_ + "/state",
                                              StoreService::Observer{.changed = {}});
    context_.store = service_.get();
    context_.hub = hub_.get();
    context_.manager = manager_.get();
    context_.version = "1.2.3";
    context_.started = wall_now();
    context_.counters = [this] { return hub_->counters(); };
    context_.ports = [](bool) { return std::vector<PortStatus>(); };
    context_.processor_of_worker = [](unsigned) { return 1U; };
    context_.health = [this] { return health_; };
    context_.gateway = [this](Side side) {
      return std::pair(gateway_status(*hub_, manager_->config(), side), std::chrono::milliseconds(1500));
    };
    context_.last_reload = [] { return std::optional<ReloadStatus>(); };
    context_.reload = [this](const std::function<void(const Result<Done>&)>& told) {
      manager_->reload(config_, [told](const Result<SoftwiresChanged>& changed) {
        told(changed ? Result<Done>(Done{}) : changed.error());
      });
    };
    context_.test = [this](const std::function<void(const Result<Done>&)>& told) {
      manager_->test(config_, told);
    };
    auto server = ControlServer::listen(loop_, config_.daemon.control, make_methods(context_));
    ASSERT_TRUE(server.ok()) << server.error().text;
    server_ = std::move(*server);
    control_ = std::thread([this] { loop_.run(); });
  }
  void TearDown() override {
    asio::post(loop_, [this] {
      server_.reset();
      work_.reset();
    });
    if (control_.joinable()) control_.join();
    service_.reset();
    manager_.reset();
    hub_.reset();
    keeper_.reset();
    std::filesystem::remove_all(folder_);
  }
  // Replaces the server: other options, other methods.
  void serve_again(const ControlOptions& options, const std::vector<Method>* methods = nullptr) {
    std::promise<void> done;
    asio::post(loop_, [&] {
      server_.reset();
      auto server = ControlServer::listen(loop_, config_.daemon.control,
                                          methods == nullptr ? make_methods(context_) : *methods, options);
      EXPECT_TRUE(server.ok());
      if (server) server_ = std::move(*server);
      done.set_value();
    });
    done.get_future().get();
  }
  std::size_t sessions() {
    std::promise<std::size_t> count;
    asio::post(loop_, [&] { count.set_value(server_->sessions()); });
    return count.get_future().get();
  }
  void write(const std::string& text) const { std::ofstream(folder_ + "/softwires.conf") << text; }

  std::string folder_;
  std::string path_;
  Config config_;
  asio::io_context loop_{1};
  asio::executor_work_guard<asio::io_context::executor_type> work_{loop_.get_executor()};
  std::unique_ptr<StoreKeeper> keeper_;
  std::unique_ptr<Hub> hub_;
  std::unique_ptr<SoftwireManager> manager_;
  std::unique_ptr<StoreService> service_;
  HealthReport health_;
  ControlContext context_;
  std::unique_ptr<ControlServer> server_;
  std::thread control_;
  int ends_changed_ = 0;
};

}  // namespace softwire::controlplane

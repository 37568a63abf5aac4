// SPDX-License-Identifier: BSD-3-Clause
// A store on disk that tests damage, and softwired's way to open it.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/resource.h>

#include <csignal>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "controlplane/store/store_check.h"
#include "controlplane/store/store_keeper.h"
#include "store_fixture.h"

namespace softwire::controlplane {

// Lets writes fail that make a file longer than this, as on a full disk.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(std::uint64_t octets) {
    std::signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit limit{octets, before_.rlim_max};
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileSizeLimit() { setrlimit(RLIMIT_FSIZE, &before_); }
  FileSizeLimit(const FileSizeLimit&) = delete;
  FileSizeLimit& operator=(const FileSizeLimit&) = delete;

 private:
  rlimit before_{};
};

class Damage : public Store {
 protected:
  void TearDown() override {
    keeper_.reset();
    Store::TearDown();
  }
  [[nodiscard]] std::string path() const { return SoftwireStore::path_in(config_.state); }
  // Opens the store as softwired does.
  void start() {
    store_.reset();
    keeper_.reset();
    auto keeper = StoreKeeper::open(config_.state);
    ASSERT_TRUE(keeper.ok()) << keeper.error().text;
    keeper_ = std::move(*keeper);
  }
  // Runs SQL as another program does.
  std::string run(const std::string& sql) {
    store_.reset();
    keeper_.reset();
    auto database = Database::open(path());
    if (!database) return database.error().text;
    const auto done = database->run(sql.c_str());
    return done ? "none" : done.error().text;
  }
  std::vector<Binding> kept() {
    std::vector<Binding> all;
    const auto read = keeper_->store().for_each_binding(
        [&](const StoredBinding& stored) { all.push_back(stored.softwire); });
    EXPECT_TRUE(read.ok()) << read.error().text;
    return all;
  }
  std::string refusal() {
    const std::string& why = keeper_->store().refusal();
    return why;
  }
  void put_softwires() {
    EXPECT_EQ(add({kWhole, kFirst, kSecond, kRule}, store_->now()), "none");
    EXPECT_EQ(remove("ipv4 192.0.2.1 psid 2", store_->now()), "none");
  }
  static void flip(const std::string& path, std::uint64_t bit) {
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    file.seekg(static_cast<std::streamoff>(bit / 8));
    const auto octet = static_cast<char>(file.get() ^ (1 << bit % 8));
    file.seekp(static_cast<std::streamoff>(bit / 8));
    file.put(octet);
  }

  std::unique_ptr<StoreKeeper> keeper_;
};

}  // namespace softwire::controlplane

// SPDX-License-Identifier: BSD-3-Clause
// A store in its own directory, and softwires for it.
#pragma once

#include <gtest/gtest.h>

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "controlplane/config/load_config.h"
#include "controlplane/softwires/change_softwires.h"
#include "controlplane/softwires/open_softwires.h"
#include "controlplane/softwires/statements/rule_statement.h"
#include "controlplane/softwires/statements/softwires_file.h"
#include "controlplane/store/softwire_queries.h"
#include "controlplane/store/softwire_store.h"
#include "softwire/address_text.h"

namespace softwire::controlplane {

inline const WallTime kMonday = *parse_wall_time("2026-11-02T12:00:00Z");
inline const WallTime kTuesday = *parse_wall_time("2026-11-03T12:00:00Z");
inline const WallTime kWednesday = *parse_wall_time("2026-11-04T12:00:00Z");
inline constexpr std::chrono::hours kHour(1);

inline Binding binding(const std::string& words) {
  const auto parsed = parse_binding("binding " + words, Port68::kRefuse);
  EXPECT_TRUE(parsed.ok()) << parsed.error().text;
  return *parsed;
}

inline const Binding kWhole = binding("ipv4 192.0.2.9 b4 2001:db8:1::9 br 2001:db8:ff::1");
inline const Binding kFirst =
    binding("ipv4 192.0.2.1 psid-offset 6 psid-len 8 psid 1 b4 2001:db8:1::1 br 2001:db8:ff::1");
inline const Binding kSecond =
    binding("ipv4 192.0.2.1 psid-offset 6 psid-len 8 psid 2 b4 2001:db8:1::2 br 2001:db8:ff::1");
inline const Binding kThird =
    binding("ipv4 192.0.2.1 psid-offset 6 psid-len 8 psid 2 b4 2001:db8:1::3 br 2001:db8:ff::1");
inline const Rule kRule = *parse_rule(
    "rule map-e ipv4 203.0.113.0/24 ipv6 2001:db8:8000::/40 ea-len 16 br 2001:db8:ff::1", Port68::kRefuse);

class Store : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = ::testing::TempDir() + "store-" + std::to_string(getpid());
    std::filesystem::create_directories(folder_);
    write("softwires.conf", "");
    const auto config =
        parse_config("", folder_ + "/softwired.conf",
                     {"--state", folder_ + "/state", "--softwires", folder_ + "/softwires.conf",
                      "--ipv4.address", "198.51.100.1", "--ipv6.address", "2001:db8:6::1"});
    ASSERT_TRUE(config.ok()) << config.error().text;
    config_ = *config;
    open();
  }
  void TearDown() override {
    store_.reset();
    std::filesystem::remove_all(folder_);
  }

  void open() {
    store_.reset();
    auto opened = SoftwireStore::open(config_.state);
    ASSERT_TRUE(opened.ok()) << opened.error().text;
    store_ = std::move(*opened);
  }
  void write(const std::string& name, const std::string& text) const {
    std::ofstream(folder_ + "/" + name) << text;
  }

  // Returns the text of the error, or "none".
  std::string change(const SoftwireChange& change, WallTime now) {
    EXPECT_TRUE(store_->begin().ok());
    EXPECT_TRUE(store_->begin_part().ok());
    auto changed = change_softwires(*store_, config_, change, now);
    EXPECT_TRUE(store_->end_part(changed.ok()).ok());
    EXPECT_TRUE(store_->commit().ok());
    if (!changed) return changed.error().field + ": " + changed.error().text;
    changed_ = std::move(*changed);
    return "none";
  }
  std::string add(const std::vector<std::variant<Binding, Rule>>& what, WallTime now) {
    return change({.remove = {}, .add = what}, now);
  }
  std::string remove(const std::string& words, WallTime now) {
    const auto key = parse_binding_key("binding " + words);
    EXPECT_TRUE(key.ok()) << key.error().text;
    return change({.remove = {*key}, .add = {}}, now);
  }
  std::string take_file(const std::string& text, WallTime now) {
    write("softwires.conf", text);
    EXPECT_TRUE(store_->begin().ok());
    auto merged = merge_file(*store_, config_, now);
    if (!merged) {
      store_->rollback();
      return merged.error().text;
    }
    EXPECT_TRUE(store_->commit().ok());
    merged_ = std::move(*merged);
    return "none";
  }
  std::vector<Binding> bindings() {
    std::vector<Binding> all;
    EXPECT_TRUE(
        store_->for_each_binding([&](const StoredBinding& stored) { all.push_back(stored.softwire); }).ok());
    return all;
  }
  std::vector<Holder> holders(const char* address, std::optional<Port> port, WallTime at) {
    auto found = holders_of(*store_, *parse_ipv4(address), port, at);
    EXPECT_TRUE(found.ok());
    return found ? std::move(*found) : std::vector<Holder>();
  }

  std::string folder_;
  Config config_;
  std::unique_ptr<SoftwireStore> store_;
  SoftwiresChanged changed_;
  SoftwiresAndFile merged_;
};

}  // namespace softwire::controlplane

// SPDX-License-Identifier: BSD-3-Clause
// Converts instances, queues and interfaces of Snabb's configuration to settings of softwired.conf.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "softwire/binding.h"
#include "softwire/result.h"
#include "tools/ctl/formats/settings.h"
#include "tools/ctl/formats/yang_text.h"

namespace softwire::ctl {

class SnabbInterfaces {
 public:
  SnabbInterfaces(YangText& text, const std::string& name, Settings& settings,
                  std::vector<std::string>& notes)
      : text_(text), name_(name), settings_(settings), notes_(notes) {}

  // Each reads the block that has just been opened, to its end.
  std::optional<Error> read_instance();
  std::optional<Error> read_interface(Side side);
  // Adds a note about a block that softwired does not support, and skips it.
  std::optional<Error> skip_block(const std::string& reason);
  // Adds a note about a leaf that softwired does not support.
  void note(const std::string& reason);

  // Adds Snabb's defaults that differ from ours. Call it after the last block.
  void complete();

 private:
  struct OfSide {
    std::optional<std::uint32_t> error_packets;
    std::uint32_t error_period = kDefaultErrorPeriod;
    std::string ingress_filter;
    std::string egress_filter;
    bool tagged = false;
  };
  static constexpr std::uint32_t kDefaultErrorPeriod = 2;

  [[nodiscard]] Error error(const std::string& what) const { return error_at(name_, text_.line(), what); }
  // Reads a block to its end. `what`: name of the block in errors.
  template <typename Leaf, typename Open>
  std::optional<Error> read_block(const std::string& what, Leaf leaf, Open open) {
    const auto end = read_statements(text_, leaf, open);
    if (!end) return end.error();
    if (*end == YangText::Event::kError) return error(text_.error());
    if (*end == YangText::Event::kEnd) return error(what + " does not end; end it with }");
    return std::nullopt;
  }
  std::optional<Error> instance_leaf();
  std::optional<Error> read_queue();
  std::optional<Error> read_next_hop(const std::string& section);
  std::optional<Error> read_error_rate(OfSide& side);
  std::optional<Error> read_reassembly(const std::string& section);
  std::optional<Error> next_hop_leaf(const std::string& section);
  std::optional<Error> error_rate_leaf(OfSide& side);
  std::optional<Error> reassembly_leaf(const std::string& section);
  std::optional<Error> interface_leaf(Side side);
  std::optional<Error> address_leaf(Side side, const std::string& key);
  std::optional<Error> boolean_leaf(const std::string& section, const std::string& key);
  std::optional<Error> number_leaf(const std::string& section, const std::string& key, std::uint32_t min,
                                   std::uint32_t max);
  std::optional<Error> mac_leaf(const std::string& section, const std::string& key);
  std::optional<Error> vlan_leaf(Side side);
  Result<std::uint32_t> number(std::uint32_t max) const;
  // Sets the value, or adds a note when an earlier queue or instance has another value.
  void set(const std::string& section, const std::string& key, const std::string& value);
  void complete_side(const std::string& section, const OfSide& side);

  YangText& text_;
  const std::string& name_;
  Settings& settings_;
  std::vector<std::string>& notes_;
  OfSide ipv4_;
  OfSide ipv6_;
  unsigned instances_ = 0;
  unsigned queues_ = 0;
  std::string device_;
  std::string external_device_;
  bool any_ = false;
};

}  // namespace softwire::ctl

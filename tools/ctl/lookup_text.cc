// SPDX-License-Identifier: BSD-3-Clause
#include "tools/ctl/lookup_text.h"

#include "softwire/address_text.h"
#include "tools/ctl/format.h"
#include "tools/ctl/table.h"

namespace softwire::ctl {

namespace {

std::string origin_of(const Json& holder) {
  const std::string origin = text_of(holder, "origin");
  std::string text = origin == "file"       ? "softwires.conf"
                     : origin == "operator" ? "an operator"
                     : origin == "lease"    ? "a DHCP lease"
                                            : origin;
  if (const Json& rule = list_of(holder, "rule"); !rule.empty()) {
    text += ", rule " + text_of(rule, "rule") + " ipv4 " + text_of(rule, "ipv4");
  }
  return text;
}

// Returns only the first ranges when there are many.
std::string first_ports(const std::string& ports) {
  constexpr std::size_t kMaxRanges = 8;
  std::size_t end = 0;
  for (std::size_t ranges = 0; ranges < kMaxRanges; ++ranges) {
    end = ports.find(", ", end == 0 ? 0 : end + 2);
    if (end == std::string::npos) return ports;
  }
  return ports.substr(0, end) + ", ... (--json has all)";
}

bool is_whole(const Json& holder) {
  return number_of(holder, "psid-len") == 0 && number_of(holder, "psid-offset") == 0;
}

}  // namespace

std::string text_of_lookup(const std::string& who, const std::string& when, const Json& found,
                           const Style& style) {
  const bool is_subscriber = parse_ipv6(who).has_value();
  const bool has_port = who.find(':') != std::string::npos;
  const std::string at = when.empty() ? "" : " at " + local_time(when);
  std::string text;
  for (const Json& holder : found) {
    if (!text.empty()) text += '\n';
    const std::string ipv4 = text_of(holder, "ipv4") + (is_whole(holder) ? "" : " in part");
    if (is_subscriber) {
      text.append(who).append(when.empty() ? " has " : " had ").append(style(Look::kBold, ipv4));
    } else {
      const std::string verb = when.empty() ? " belongs to " : " belonged to ";
      text.append(has_port ? who : ipv4).append(verb).append(style(Look::kBold, text_of(holder, "b4")));
    }
    text.append(at).append("\n");
    Listing listing;
    listing.add("  ports", first_ports(text_of(holder, "ports")));
    if (!is_whole(holder)) {
      listing.add("  psid", text_of(holder, "psid") + " (psid-offset " + text_of(holder, "psid-offset") +
                                ", psid-len " + text_of(holder, "psid-len") + ")");
    }
    if (holder.contains("br")) listing.add("  br", text_of(holder, "br"));
    listing.add("  from", origin_of(holder));
    listing.add("  since", local_time(text_of(holder, "since")));
    if (text_of(holder, "until") != "-") {
      listing.add("  until", local_time(text_of(holder, "until")));
    }
    text += listing.text(Style(false));
  }
  return text;
}

}  // namespace softwire::ctl

// SPDX-License-Identifier: BSD-3-Clause
#include "tools/ctl/events.h"

#include "tools/ctl/format.h"

namespace softwire::ctl {

namespace {

// Describes the known kinds in words. For other kinds, lists every member by its name.
std::string what_happened(const std::string& kind, const Json& event) {
  if (kind == "softwire") {
    return text_of(event, "change") + " " + text_of(event, "softwire") + " (" + text_of(event, "origin") +
           ")";
  }
  if (kind == "reload") {
    return event.value("ok", false) ? "succeeded, " + counted(number_of(event, "bindings"), "binding")
                                    : "refused: " + text_of(event, "error");
  }
  if (kind == "link") {
    const std::uint64_t megabits = number_of(event, "megabits");
    return text_of(event, "side") + " " + text_of(event, "link") +
           (megabits == 0 ? "" : ", " + std::to_string(megabits) + " Mbit/s");
  }
  if (kind == "gateway") {
    return text_of(event, "side") + " " + text_of(event, "gateway") + " " + text_of(event, "state") +
           ", was " + text_of(event, "before");
  }
  if (kind == "health") {
    const bool is_ok = text_of(event, "state") == "ok";
    return text_of(event, "check") + " " + text_of(event, "state") +
           (is_ok ? ", was " + text_of(event, "before") : ": " + text_of(event, "reason"));
  }
  if (kind == "lost") return counted(number_of(event, "events"), "event") + ": this reader is too slow";
  std::string text;
  for (const auto& [name, value] : event.items()) {
    if (name == "kind" || name == "at") continue;
    text += (text.empty() ? "" : " ") + name + " " + text_of(event, name.c_str());
  }
  return text;
}

}  // namespace

std::string line_of_event(const Json& event, const Style& style) {
  const std::string kind = text_of(event, "kind");
  const bool is_bad = kind == "lost" || (kind == "reload" && !event.value("ok", false)) ||
                      (kind == "link" && event.value("link", "") == "down") ||
                      (kind == "health" && event.value("state", "") != "ok");
  return local_time(text_of(event, "at")) + "  " + kind +
         std::string(kind.size() < 8 ? 8 - kind.size() : 0, ' ') + "  " +
         style(is_bad ? Look::kBad : Look::kPlain, what_happened(kind, event));
}

}  // namespace softwire::ctl

// SPDX-License-Identifier: BSD-3-Clause
// What an import makes besides softwires: the text of a softwired.conf, and notes on what is not in it.
#pragma once

#include <algorithm>
#include <map>
#include <string>
#include <string_view>

#include "controlplane/text/values.h"
#include "tools/ctl/formats/formats.h"

namespace softwire::ctl {

// Settings of softwired.conf, by section ("" for the keys that stand before any) and key.
class Settings {
 public:
  // The first value stays; false when a different one was there.
  bool set(const std::string& section, const std::string& key, const std::string& value,
           const std::string& comment = {});
  [[nodiscard]] bool has(const std::string& section, const std::string& key) const;
  [[nodiscard]] bool empty() const { return sections_.empty(); }
  // Lines of softwired.conf.
  [[nodiscard]] std::string text() const;

 private:
  struct Value {
    std::string text;
    std::string comment;
  };
  std::map<std::string, std::map<std::string, Value>> sections_;
};

inline std::string place(const std::string& name, std::size_t line) {
  return name + ":" + std::to_string(line) + ": ";
}

inline Error error_at(const std::string& name, std::size_t line, const std::string& text) {
  return Error{place(name, line) + text};
}

// The note of a key that has no counterpart.
inline std::string not_carried(const std::string& name, std::size_t line, const std::string& key,
                               const std::string& reason) {
  return place(name, line) + key + " is not carried over: " + reason;
}

// Whether softwired.conf can hold it: a value ends with its line, and # begins a comment.
inline bool is_value(std::string_view text) {
  return std::ranges::none_of(text, [](char c) { return c == '#' || (c >= 0 && c < ' ') || c == 0x7f; });
}

// A key of the text, as it may be shown: in_quotes() without the quotes.
inline std::string shown(std::string_view key) {
  const std::string quoted = controlplane::in_quotes(key);
  return quoted.substr(1, quoted.size() - 2);
}

// What every import ends with: softwired refuses shared port sets that contain UDP port 68 unless told
// otherwise, and the other programs do not; then the configuration as text.
void finish(Imported& imported, Settings& settings, const std::string& name);

}  // namespace softwire::ctl

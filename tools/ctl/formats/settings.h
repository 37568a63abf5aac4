// SPDX-License-Identifier: BSD-3-Clause
// Builds the softwired.conf of an import, and the notes about settings that it cannot contain.
#pragma once

#include <algorithm>
#include <map>
#include <string>
#include <string_view>

#include "controlplane/text/values.h"
#include "tools/ctl/formats/formats.h"

namespace softwire::ctl {

// Settings of softwired.conf, by section ("" for the keys before the first section) and key.
class Settings {
 public:
  // Keeps the first value. Returns false when there is a different value already.
  bool set(const std::string& section, const std::string& key, const std::string& value,
           const std::string& comment = {});
  [[nodiscard]] bool has(const std::string& section, const std::string& key) const;
  [[nodiscard]] bool empty() const { return sections_.empty(); }
  // Returns the lines of softwired.conf.
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

// Returns the note for a key that softwired does not support.
inline std::string not_carried(const std::string& name, std::size_t line, const std::string& key,
                               const std::string& reason) {
  return place(name, line) + key + " is not carried over: " + reason;
}

// Returns whether softwired.conf can hold the value. A value ends with its line, and # begins a comment.
inline bool is_value(std::string_view text) {
  return std::ranges::none_of(
      text, [](char c) { return c == '#' || static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

// Returns a key of the text in a safe form: as in_quotes(), but without the quotes.
inline std::string shown(std::string_view key) {
  const std::string quoted = controlplane::in_quotes(key);
  return quoted.substr(1, quoted.size() - 2);
}

// Finishes an import. softwired refuses shared port sets that contain UDP port 68 unless port-68 says
// otherwise; the other programs accept them. Then makes the text of the configuration.
void finish(Imported& imported, Settings& settings, const std::string& name);

}  // namespace softwire::ctl

// What an import makes besides softwires: the text of a softwired.conf, and notes on what is not in it.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "tools/ctl/exchange/exchange.h"

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

// What every import ends with: softwired refuses shared port sets that contain UDP port 68 unless told
// otherwise, and the other programs do not; then the configuration as text.
void finish(Imported& imported, Settings& settings, const std::string& name);

}  // namespace softwire::ctl

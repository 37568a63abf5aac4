// SPDX-License-Identifier: BSD-3-Clause
// The keys of softwired.conf. This one declaration defines the file's syntax, the command line options,
// --help and the error texts.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "controlplane/config/config.h"
#include "softwire/result.h"

namespace softwire::controlplane {

// A value as it was written.
struct Setting {
  std::string value;
  std::string where;           // for errors: "softwired.conf:12" or "command line"
  std::filesystem::path base;  // a relative path in the value is relative to this directory
};

struct Key {
  std::string name;      // with its section: "ipv4.mtu"
  std::string help;      // what it is for
  std::string expected;  // which values it accepts: "a number from 68 to 9600"
  bool may_repeat = false;
  // Stores the value in the Config. An error says why the value is wrong, and which values are right; it does
  // not name the place or the key.
  std::function<std::optional<Error>(Config&, const Setting&)> set;
};

const std::vector<Key>& keys();

// Returns null when no key has this name.
const Key* find_key(std::string_view name);

}  // namespace softwire::controlplane

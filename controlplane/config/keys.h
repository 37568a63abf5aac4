// SPDX-License-Identifier: BSD-3-Clause
// The keys of softwired.conf: the one declaration from which come the file's syntax, the command line
// options,
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

// A value as somebody wrote it.
struct Setting {
  std::string value;
  std::string where;           // for errors: "softwired.conf:12" or "command line"
  std::filesystem::path base;  // what a relative path in the value is relative to
};

struct Key {
  std::string name;      // with its section: "ipv4.mtu"
  std::string help;      // what it is for
  std::string expected;  // what a value is: "a number from 68 to 9600"
  bool may_repeat = false;
  // The error says why the value is not what is expected, and what would be; without place and key.
  std::function<std::optional<Error>(Config&, const Setting&)> set;
};

const std::vector<Key>& keys();

// Null when there is none of that name.
const Key* find_key(std::string_view name);

}  // namespace softwire::controlplane

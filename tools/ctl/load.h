// SPDX-License-Identifier: BSD-3-Clause
// Statements to softwired, as one transaction.
#pragma once

#include <cstdint>
#include <ostream>
#include <string>
#include <vector>

#include "softwire/result.h"
#include "tools/ctl/client.h"

namespace softwire::ctl {

struct Statement {
  std::string text;
  std::uint32_t line = 0;  // where it stands, counted from 1
};

// The statements of softwires.conf, checked but for what other statements and softwired's configuration say.
// The failure begins with "name:line: ".
CommandResult<std::vector<Statement>> read_statements(const std::string& text, const std::string& name);

// How far it is, on a terminal: one line that is drawn again and again.
class Progress {
 public:
  // Null: nobody sees it.
  explicit Progress(std::ostream* terminal) : terminal_(terminal) {}
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  ~Progress() { clear(); }

  void show(std::uint64_t done, std::uint64_t all);
  void clear();
  // "[#####     ] 1234 of 2468"
  static std::string bar(std::uint64_t done, std::uint64_t all);

 private:
  std::ostream* terminal_;
  bool is_shown_ = false;
};

struct Loaded {
  std::uint64_t removed = 0;
  std::uint64_t added = 0;
};

inline constexpr std::size_t kStatementsOfPage = 1000;

// All of the statements, or none. `replace`: what the operator has added before goes first. A failure that is
// about one of them begins with "name:line: ".
CommandResult<Loaded> load(Client& client, const std::vector<Statement>& statements, bool replace,
                           const std::string& name, Progress& progress);

}  // namespace softwire::ctl

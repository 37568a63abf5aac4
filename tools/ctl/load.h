// SPDX-License-Identifier: BSD-3-Clause
// Sends statements to softwired in one transaction.
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
  std::uint32_t line = 0;  // line of the statement, counted from 1
};

// Parses statements of softwires.conf. Does not check them against each other or against softwired's
// configuration. A failure begins with "name:line: ".
CommandResult<std::vector<Statement>> read_statements(const std::string& text, const std::string& name);

// Shows the progress on a terminal, in one line that is drawn again and again.
class Progress {
 public:
  // Null: show nothing.
  explicit Progress(std::ostream* terminal) : terminal_(terminal) {}
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  ~Progress() { clear(); }

  void show(std::uint64_t done, std::uint64_t all);
  void clear();
  // Returns "[##### ] 1234 of 2468".
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

// Adds all statements, or none. `replace`: removes what the operator added before. A failure about one
// statement begins with "name:line: ". `is_alive` is for the commit, which may take long: see Client::call().
CommandResult<Loaded> load(Client& client, const std::vector<Statement>& statements, bool replace,
                           const std::string& name, Progress& progress, const Client::IsAlive& is_alive = {});

}  // namespace softwire::ctl

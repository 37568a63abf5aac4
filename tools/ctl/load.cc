// SPDX-License-Identifier: BSD-3-Clause
#include "tools/ctl/load.h"

#include <algorithm>
#include <optional>
#include <string_view>

#include "controlplane/softwires/statements/rule_statement.h"
#include "controlplane/softwires/statements/softwires_file.h"
#include "softwire/address_text.h"
#include "tools/ctl/format.h"

namespace softwire::ctl {

namespace {

// Returns 3 for "params.add[3].psid".
std::optional<std::size_t> index_of(std::string_view field) {
  const std::size_t begin = field.find("add[");
  if (begin == std::string_view::npos) return std::nullopt;
  field.remove_prefix(begin + 4);
  return parse_number(field.substr(0, field.find(']')), UINT32_MAX);
}

// Replaces the number of the statement in softwired's error by its line. `first`: index of the first
// statement of the request.
Failure at_line(Failure failure, const std::vector<Statement>& statements, std::size_t first,
                const std::string& name) {
  const auto index = index_of(failure.field);
  if (!index || first + *index >= statements.size()) return failure;
  failure = without_field(std::move(failure));
  failure.text = name + ":" + std::to_string(statements[first + *index].line) + ": " + failure.text;
  return failure;
}

}  // namespace

CommandResult<std::vector<Statement>> read_statements(const std::string& text, const std::string& name) {
  const auto softwires = controlplane::parse_softwires(text, name, controlplane::Port68::kExclude);
  if (!softwires) return unusable(softwires.error().text);
  std::vector<Statement> statements;
  statements.reserve(softwires->bindings.size() + softwires->rules.size());
  for (const auto& [rule, line] : softwires->rules) {
    statements.push_back({controlplane::to_statement(rule), line});
  }
  for (const auto& [binding, line] : softwires->bindings) {
    statements.push_back({controlplane::to_statement(binding), line});
  }
  return statements;
}

std::string Progress::bar(std::uint64_t done, std::uint64_t all) {
  constexpr std::uint64_t kWidth = 40;
  const std::uint64_t filled = all == 0 ? kWidth : std::min(kWidth, done * kWidth / all);
  return "[" + std::string(filled, '#') + std::string(kWidth - filled, ' ') + "] " + std::to_string(done) +
         " of " + std::to_string(all);
}

void Progress::show(std::uint64_t done, std::uint64_t all) {
  if (terminal_ == nullptr) return;
  *terminal_ << '\r' << bar(done, all) << "\033[K" << std::flush;
  is_shown_ = true;
}

void Progress::clear() {
  if (is_shown_) *terminal_ << "\r\033[K" << std::flush;
  is_shown_ = false;
}

CommandResult<Loaded> load(Client& client, const std::vector<Statement>& statements, bool replace,
                           const std::string& name, Progress& progress, const Client::IsAlive& is_alive) {
  if (const auto begun = client.call("softwires.begin", {{"replace", replace}}); !begun) return begun.error();
  for (std::size_t first = 0; first < statements.size(); first += kStatementsOfPage) {
    const std::size_t end = std::min(statements.size(), first + kStatementsOfPage);
    Json page = Json::array();
    for (std::size_t i = first; i < end; ++i) page.push_back(statements[i].text);
    // After a failure the transaction ends with the connection.
    const auto appended = client.call("softwires.append", {{"add", std::move(page)}});
    if (!appended) return at_line(appended.error(), statements, first, name);
    progress.show(end, statements.size());
  }
  const auto committed = client.call("softwires.commit", Json::object(), is_alive);
  if (!committed) return at_line(committed.error(), statements, 0, name);
  return Loaded{number_of(*committed, "removed"), number_of(*committed, "added")};
}

}  // namespace softwire::ctl

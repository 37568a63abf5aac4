// SPDX-License-Identifier: BSD-3-Clause
#include "tools/ctl/formats/commands.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <ostream>

#include "controlplane/softwires/statements/rule_statement.h"
#include "controlplane/softwires/statements/softwires_file.h"
#include "controlplane/text/read_file.h"
#include "controlplane/text/values.h"
#include "tools/ctl/formats/formats.h"

namespace softwire::ctl {
namespace {

using controlplane::in_quotes;

constexpr int kSuccess = 0;
constexpr int kUnusable = 1;
constexpr int kWrongUsage = 2;

constexpr const char* kImportUsage =
    "usage: softwirectl import snabb|vpp|rfc8676 FILE [--softwires FILE] [--configuration FILE]";
constexpr const char* kExportUsage =
    "usage: softwirectl export rfc8676|kea-dhcp6 [--softwires FILE] [--only bindings|rules]";

// Parses words, and options with their values, in any order. Returns nullopt when an option is unknown or has
// no value.
struct Arguments {
  std::vector<std::string> words;
  std::map<std::string, std::string> options;

  [[nodiscard]] std::optional<std::string> option(const std::string& name) const {
    const auto found = options.find(name);
    return found == options.end() ? std::nullopt : std::optional(found->second);
  }
};

std::optional<Arguments> parse(std::span<const std::string> arguments,
                               std::initializer_list<std::string_view> known) {
  Arguments result;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    if (!arguments[i].starts_with("--")) {
      result.words.push_back(arguments[i]);
      continue;
    }
    const std::string name = arguments[i].substr(2);
    if (std::ranges::find(known, name) == known.end() || i + 1 == arguments.size()) return std::nullopt;
    result.options[name] = arguments[++i];
  }
  return result;
}

int say(std::ostream& err, int status, const std::string& line) {
  err << line << '\n';
  return status;
}

void write_statements(std::ostream& out, const Imported& imported) {
  for (const Rule& rule : imported.rules) out << controlplane::to_statement(rule) << '\n';
  for (const Binding& binding : imported.bindings) out << controlplane::to_statement(binding) << '\n';
}

// Returns false, and prints the reason, when the file cannot be written.
template <typename Write>
bool write_file(const std::string& path, std::ostream& err, Write write) {
  std::ofstream file(path, std::ios::binary);
  write(file);
  file.close();
  if (file) return true;
  say(err, kUnusable, path + ": it cannot be written; name a file in a directory that you may write to");
  return false;
}

// Returns the line that names the file of softwires. Its path is relative to the directory of the
// configuration (controlplane/config).
std::string softwires_line(const std::string& softwires, const std::string& configuration) {
  const std::filesystem::path folder = std::filesystem::absolute(configuration).parent_path();
  const std::filesystem::path path = std::filesystem::absolute(softwires).lexically_normal();
  return "softwires = " +
         (path.parent_path() == folder.lexically_normal() ? path.filename() : path).string() + '\n';
}

Result<SoftwireSet> read_set(const std::string& path) {
  const auto read = controlplane::read_softwires(path, controlplane::Port68::kExclude);
  if (!read) return read.error();
  SoftwireSet set;
  set.bindings.reserve(read->bindings.size());
  for (const auto& statement : read->bindings) set.bindings.push_back(statement.binding);
  for (const auto& statement : read->rules) set.rules.push_back(statement.rule);
  return set;
}

}  // namespace

int run_import(std::span<const std::string> arguments, std::ostream& out, std::ostream& err) {
  static const std::map<std::string, Result<Imported> (*)(std::string_view, const std::string&)> formats = {
      {"snabb", import_snabb}, {"vpp", import_vpp}, {"rfc8676", import_rfc8676}};
  const auto parsed = parse(arguments, {"softwires", "configuration"});
  if (!parsed || parsed->words.size() != 2) return say(err, kWrongUsage, kImportUsage);
  const auto format = formats.find(parsed->words[0]);
  if (format == formats.end()) {
    return say(err, kWrongUsage, in_quotes(parsed->words[0]) + " is not a format; " + kImportUsage);
  }
  const std::string& path = parsed->words[1];
  Result<Imported> imported = Imported();
  {
    const Result<std::string> text = controlplane::read_file(path);
    if (!text) return say(err, kUnusable, text.error().text);
    imported = format->second(*text, path);
  }
  if (!imported) return say(err, kUnusable, imported.error().text);
  for (const std::string& note : imported->notes) err << note << '\n';
  const auto statements = [&](std::ostream& to) { write_statements(to, *imported); };
  const auto softwires = parsed->option("softwires");
  if (!softwires) {
    statements(out);
  } else if (!write_file(*softwires, err, statements)) {
    return kUnusable;
  }
  if (const auto file = parsed->option("configuration")) {
    const bool is_written = write_file(*file, err, [&](std::ostream& to) {
      if (softwires) to << softwires_line(*softwires, *file);
      to << imported->configuration;
    });
    if (!is_written) return kUnusable;
  }
  return kSuccess;
}

int run_export(std::span<const std::string> arguments, const SoftwireSource& daemon, std::ostream& out,
               std::ostream& err) {
  const auto parsed = parse(arguments, {"softwires", "only"});
  if (!parsed || parsed->words.size() != 1) return say(err, kWrongUsage, kExportUsage);
  const std::string& format = parsed->words[0];
  if (format != "rfc8676" && format != "kea-dhcp6") {
    return say(err, kWrongUsage, in_quotes(format) + " is not a format; " + kExportUsage);
  }
  const std::string only = parsed->option("only").value_or("");
  if (!only.empty() && only != "bindings" && only != "rules") return say(err, kWrongUsage, kExportUsage);
  const auto file = parsed->option("softwires");
  Result<SoftwireSet> set = file ? read_set(*file) : daemon();
  if (!set) return say(err, kUnusable, set.error().text);
  if (only == "bindings") set->rules.clear();
  if (only == "rules") set->bindings.clear();
  const auto write = format == "rfc8676" ? export_rfc8676 : export_kea_dhcp6;
  for (const std::string& note : write(out, set->bindings, set->rules)) err << note << '\n';
  out.flush();
  return out ? kSuccess : say(err, kUnusable, "standard output: it cannot be written");
}

}  // namespace softwire::ctl

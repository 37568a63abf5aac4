// SPDX-License-Identifier: BSD-3-Clause
// Tests the declarations of softwirectl's commands, and parsing, help and completion.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "tools/ctl/command_line.h"
#include "tools/ctl/completion.h"
#include "tools/ctl/help.h"

namespace softwire::ctl {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

CommandLine parsed(const std::vector<std::string>& words) {
  auto line = parse_command_line(words);
  EXPECT_TRUE(line.ok()) << (line.ok() ? "" : line.error().text);
  return line.ok() ? *line : CommandLine();
}

std::string refused(const std::vector<std::string>& words) {
  const auto line = parse_command_line(words);
  EXPECT_FALSE(line.ok());
  if (line.ok()) return {};
  EXPECT_EQ(line.error().status, ExitStatus::kWrongUsage);
  return line.error().text;
}

TEST(CtlCommands, OptionsOfOneNameHaveAValueEverywhereOrNowhere) {
  std::map<std::string_view, bool> has_value;
  for (const Input& input : global_options()) has_value[input.name] = !input.value.empty();
  for (const Command& command : commands()) {
    for (const Input& input : command.inputs) {
      if (input.kind != InputKind::kOption) continue;
      const auto [known, is_new] = has_value.emplace(input.name, !input.value.empty());
      EXPECT_EQ(known->second, !input.value.empty()) << command.name << " --" << input.name;
    }
  }
}

TEST(CtlCommands, EveryOneSaysWhatItIsFor) {
  std::set<std::string_view> names;
  for (const Command& command : commands()) {
    EXPECT_TRUE(names.insert(command.name).second) << command.name;
    EXPECT_FALSE(command.summary.empty() || command.summary.ends_with('.')) << command.name;
    EXPECT_TRUE(command.run) << command.name;
    for (const Input& input : command.inputs) EXPECT_FALSE(input.help.empty()) << command.name;
  }
}

TEST(CtlCommandLine, OptionsMayStandAnywhere) {
  for (const auto& words : std::vector<std::vector<std::string>>{
           {"--limit", "5", "show", "bindings", "ipv4", "192.0.2.1", "--json"},
           {"show", "--json", "bindings", "ipv4", "192.0.2.1", "--limit=5"}}) {
    const CommandLine line = parsed(words);
    EXPECT_EQ(line.command->name, "show bindings");
    EXPECT_EQ(line.pairs.at("ipv4"), "192.0.2.1");
    EXPECT_THAT(line.options.at("limit"), ElementsAre("5"));
    EXPECT_TRUE(line.options.contains("json"));
  }
}

TEST(CtlCommandLine, TheLongestNameIsTheCommand) {
  const CommandLine line = parsed({"show", "counters", "drop-"});
  EXPECT_EQ(line.command->name, "show counters");
  EXPECT_THAT(line.arguments, ElementsAre("drop-"));
  EXPECT_THAT(parsed({"load", "-"}).arguments, ElementsAre("-"));
}

TEST(CtlCommandLine, StatementsAndPacketsKeepTheirWordsInOrder) {
  EXPECT_THAT(parsed({"add", "binding", "b4", "2001:db8::1", "ipv4", "192.0.2.1"}).arguments,
              ElementsAre("b4", "2001:db8::1", "ipv4", "192.0.2.1"));
  EXPECT_THAT(parsed({"explain", "--side", "ipv6", "udp", "from", "x"}).arguments,
              ElementsAre("udp", "from", "x"));
}

TEST(CtlCommandLine, WrongUsageSaysWhatWouldBeRight) {
  EXPECT_THAT(refused({}), HasSubstr("a command is missing"));
  EXPECT_THAT(refused({"nonsense"}), HasSubstr("'nonsense' is not a command"));
  EXPECT_THAT(refused({"--nonsense=7"}), HasSubstr("unrecognised option '--nonsense'"));
  // The library replaces such words in its own texts, without end.
  EXPECT_THAT(refused({"--%original_token%"}), HasSubstr("unrecognised option '--%original_token%'"));
  EXPECT_THAT(refused({"show"}), HasSubstr("show: give one of status, health, ports"));
  EXPECT_THAT(refused({"show", "nonsense"}), HasSubstr("show has status"));
  EXPECT_THAT(refused({"show", "status", "now"}), HasSubstr("'now' is one argument too many"));
  EXPECT_THAT(refused({"show", "status", "--limit", "1"}),
              HasSubstr("--limit is not an option of show status"));
  EXPECT_THAT(refused({"show", "status", "--nonsense"}), HasSubstr("nonsense"));
  EXPECT_THAT(refused({"show", "bindings", "ipv4"}),
              HasSubstr("ipv4 has no value; give ipv4 ADDRESS|PREFIX"));
  EXPECT_THAT(refused({"show", "bindings", "br", "::1", "br", "::1"}), HasSubstr("br is given twice"));
  EXPECT_THAT(refused({"load"}), HasSubstr("FILE is missing; it is: softwirectl load FILE [--replace]"));
  EXPECT_THAT(refused({"load", "x", "--socket", "a", "--socket", "b"}), HasSubstr("--socket is given twice"));
  EXPECT_THAT(refused({"save", "--origin", "moon"}), HasSubstr("'moon' is not one of operator, file, lease"));
  EXPECT_THAT(refused({"completion", "tcsh"}), HasSubstr("'tcsh' is not one of bash, zsh"));
}

TEST(CtlCommandLine, HelpAndVersionGoBeforeWhatIsWrong) {
  EXPECT_EQ(parsed({"--version"}).request, Request::kVersion);
  EXPECT_EQ(parsed({"--help"}).command, nullptr);
  const CommandLine line = parsed({"load", "--help"});
  EXPECT_EQ(line.request, Request::kHelp);
  EXPECT_EQ(line.command->name, "load");
}

TEST(CtlHelp, NamesEveryCommandAndExitStatus) {
  const std::string help = help_of_all();
  for (const Command& command : commands()) EXPECT_THAT(help, HasSubstr(std::string(command.name)));
  for (const auto& [status, text] : exit_statuses()) EXPECT_THAT(help, HasSubstr(std::string(text)));
  EXPECT_EQ(exit_statuses().size(), 7U);
}

TEST(CtlHelp, OfACommandHasItsWordsOptionsAndExamples) {
  const std::string help = help_of(*find_command({"add", "binding"}).command);
  EXPECT_THAT(help, HasSubstr("Usage: softwirectl add binding ipv4 ADDRESS [psid-offset BITS]"));
  EXPECT_THAT(help, HasSubstr("  psid N"));
  EXPECT_THAT(help, HasSubstr("\n  softwirectl add binding ipv4 192.0.2.1 psid-len 6"));
}

TEST(CtlHelp, ManualPageHasNoLineThatTroffWouldTakeForARequest) {
  std::istringstream page(man_page());
  for (std::string line; std::getline(page, line);) {
    if (line.empty() || line.front() != '.') continue;
    EXPECT_THAT((std::set<std::string>{".TH", ".SH", ".SS", ".B", ".BR", ".TP", ".PP", ".nf", ".fi"}),
                ::testing::Contains(line.substr(0, line.find(' '))))
        << line;
  }
}

TEST(CtlCompletion, ReadsTheLineAsAShellDoes) {
  EXPECT_THAT(shell_words("a 'b c' \"d e\"f g\\ h"), ElementsAre("a", "b c", "d ef", "g h"));
  EXPECT_THAT(shell_words("a b "), ElementsAre("a", "b", ""));
  EXPECT_THAT(shell_words("a 'b c"), ElementsAre("a", "b c"));
}

TEST(CtlCompletion, OfCommands) {
  EXPECT_EQ(completions("softwirectl lo"), "load\nlookup\n");
  EXPECT_EQ(completions("softwirectl show "),
            "bindings\nconfig\ncounters\ndhcp\nhealth\nhistory\nleases\nneighbors\noutcomes\nports\nrules\nst"
            "atus\nwo"
            "rkers\n");
  EXPECT_EQ(completions("softwirectl --json show po"), "ports\n");
  EXPECT_EQ(completions("softwirectl help show st"), "status\n");
}

TEST(CtlCompletion, OfOptionsAndTheirValues) {
  EXPECT_EQ(completions("softwirectl load --re"), "--replace\n");
  EXPECT_EQ(completions("softwirectl show status --l"), "");
  EXPECT_EQ(completions("softwirectl save --origin o"), "operator\n");
  EXPECT_EQ(completions("softwirectl capture --filter 'udp port 53' --outcome drop-wrong-b"),
            "drop-wrong-b4\ndrop-wrong-br\n");
  EXPECT_EQ(completions("softwirectl load "), ":files\n");
  EXPECT_EQ(completions("softwirectl --socket "), ":files\n");
}

TEST(CtlCompletion, OfWordsOffersWhatIsNotThereYet) {
  EXPECT_EQ(completions("softwirectl add binding ipv4 192.0.2.1 b"), "b4\nbr\n");
  EXPECT_EQ(completions("softwirectl add binding b4 2001:db8::1 b"), "br\n");
  EXPECT_EQ(completions("softwirectl add binding b4 "), "");
  EXPECT_EQ(completions("softwirectl add rule "),
            "br\ndmr\nea-len\nipv4\nipv6\nmap-e\nmap-t\npsid\n"
            "psid-len\npsid-offset\n");
  EXPECT_EQ(completions("softwirectl explain udp from 192.0.2.1:53 to 192.0.2.2:53 t"), "tcp\ntos\nttl\n");
  EXPECT_EQ(completions("softwirectl watch link r"), "reload\n");
  EXPECT_EQ(completions("softwirectl show counters port-ipv4-receive-m"), "port-ipv4-receive-missed\n");
}

}  // namespace
}  // namespace softwire::ctl

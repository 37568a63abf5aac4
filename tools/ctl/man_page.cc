// SPDX-License-Identifier: BSD-3-Clause
#include "tools/ctl/command_line.h"
#include "tools/ctl/help.h"

namespace softwire::ctl {

namespace {

// Escapes text for troff (groff_char(7)): minus signs, not hyphens; no request at the beginning of a line.
std::string escaped(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if (c == '\\') {
      result += "\\e";
    } else if (c == '-') {
      result += "\\-";
    } else if ((c == '.' || c == '\'') && (result.empty() || result.back() == '\n')) {
      result += std::string("\\&") + c;
    } else {
      result += c;
    }
  }
  return result;
}

std::string tagged(std::string_view tag, std::string_view text) {
  return ".TP\n.B " + escaped(tag) + '\n' + escaped(text) + '\n';
}

}  // namespace

std::string man_page() {
  std::string text =
      ".TH SOFTWIRECTL 1 \"\" softwired \"softwired\"\n.SH NAME\nsoftwirectl \\- controls a softwire border "
      "relay\n.SH SYNOPSIS\n.B softwirectl\n[\\fB\\-\\-socket\\fR \\fIPATH\\fR] [\\fB\\-\\-json\\fR] "
      "\\fICOMMAND\\fR ...\n.SH DESCRIPTION\nThe command line of\n.BR softwired (8),\nby way of its control "
      "socket.\n.SH OPTIONS\n";
  for (const Input& input : global_options()) text += tagged(written(input), input.help);
  text += ".SH COMMANDS\n";
  for (const Command& command : commands()) {
    text += ".SS " + escaped(command.name) + "\n.B " + escaped(synopsis(command)) + "\n.PP\n" +
            escaped(sentence_of(command)) + "\n";
    for (const Input& input : command.inputs) text += tagged(written(input), input.help);
    for (const std::string& paragraph : paragraphs(command.details)) {
      text += paragraph.starts_with(' ') ? ".PP\n.nf\n" + escaped(paragraph) + "\n.fi\n"
                                         : ".PP\n" + escaped(paragraph) + '\n';
    }
  }
  text += ".SH EXIT STATUS\n";
  for (const auto& [status, what] : exit_statuses()) {
    text += tagged(std::to_string(static_cast<unsigned>(status)), what);
  }
  return text + ".SH ENVIRONMENT\n" + tagged("SOFTWIRED_SOCKET", "the path of the control socket") +
         tagged("NO_COLOR", "set to anything: no colours (no-color.org)") + ".SH FILES\n" +
         tagged(kDefaultSocket, "the control socket, where softwired makes it by default") +
         ".SH SEE ALSO\n.BR softwired (8)\n";
}

}  // namespace softwire::ctl

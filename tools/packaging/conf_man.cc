// SPDX-License-Identifier: BSD-3-Clause
// Prints softwired.conf(5). Every key is declared in controlplane/config/keys.h.
#include <iostream>
#include <string>
#include <string_view>

#include "controlplane/config/keys.h"

namespace {

// Escapes text for troff, in which a backslash, a hyphen or a leading dot has another meaning.
std::string escaped(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if (c == '\\') {
      result += "\\e";
    } else if (c == '-') {
      result += "\\-";
    } else {
      result += c;
    }
  }
  return result;
}

constexpr std::string_view kHead =
    ".TH SOFTWIRED.CONF 5 \"\" \"softwired " SOFTWIRE_VERSION
    "\" \"File formats\"\n.SH NAME\nsoftwired.conf \\- configuration of the softwire hub\n.SH DESCRIPTION\nA "
    "line is\n.IR \"key = value\" ,\na\n.RI [ section ]\nof the keys that follow it, or empty; # begins a "
    "comment. A key without a value is unset. Each key is an option of\n.BR softwired (8)\ntoo, with its "
    "section before it:\n.BR \\-\\-ipv4.mtu ;\nthe command line wins. Keys marked with a plus sign may be "
    "given more than once.\n.SH KEYS\n";

constexpr std::string_view kTail =
    ".SH FILES\n"
    ".I /etc/softwired/softwired.conf\n"
    ".SH SEE ALSO\n"
    ".BR softwired (8),\n"
    ".BR pcap\\-filter (7)\n";

}  // namespace

int main() {
  std::cout << kHead;
  std::string section;
  for (const auto& key : softwire::controlplane::keys()) {
    const std::size_t dot = key.name.find('.');
    const std::string of_key = dot == std::string::npos ? "" : key.name.substr(0, dot);
    if (of_key != section) std::cout << ".SS [" << escaped(of_key) << "]\n";
    section = of_key;
    const std::string name = dot == std::string::npos ? key.name : key.name.substr(dot + 1);
    std::cout << ".TP\n.B \"" << escaped(name) << (key.may_repeat ? " +" : "") << "\"\n"
              << escaped(key.help) << ".\nTakes " << escaped(key.expected) << ".\n";
  }
  std::cout << kTail;
}

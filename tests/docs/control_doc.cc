// SPDX-License-Identifier: BSD-3-Clause
// Prints docs/control-socket.md: the methods as they are declared.
#include <algorithm>
#include <cstdio>
#include <string>

#include "controlplane/control/methods.h"

namespace softwire::controlplane {
namespace {

constexpr const char* kHead = R"(# The control socket

`softwired` listens on a UNIX stream socket, `control-socket` in softwired.conf (default
`/run/softwired/control.sock`). `softwirectl` has no other way in; programs use it as well:

    $ echo '{"jsonrpc":"2.0","id":1,"method":"status.get"}' | nc -UN /run/softwired/control.sock

It speaks JSON-RPC 2.0, one JSON text a line, UTF-8, a line of 4 MiB at most. Parameters are given by name. The
requests of a connection are answered in order; a batch (an array of up to 1000 requests) by one line. There may be
64 connections at a time.

## Who may use it

Root, the user that softwired runs as, and the members of `control-group` (default `softwire`) may use every method;
the members of `control-read-group` those of access *read*. The socket has mode 0660, or 0666 when there is a
`control-read-group`; every peer is told by the credentials that the kernel has of it.

## Softwires

A softwire in a request is a statement of softwires.conf, or an object with its words; lists answer objects.

    "binding ipv4 192.0.2.1 psid-offset 6 psid-len 8 psid 52 b4 2001:db8:1::2 br 2001:db8::1"
    {"ipv4": "192.0.2.1", "psid-offset": 6, "psid-len": 8, "psid": 52, "b4": "2001:db8:1::2", "br": "2001:db8::1"}
    {"rule": "map-e", "ipv4": "192.0.2.0/24", "ipv6": "2001:db8::/40", "ea-len": 16, "br": "2001:db8:ffff::1"}

A change is answered when it is durable and the workers go by it. What comes from softwires.conf (origin `file`) is
changed there; what comes over this socket (origin `operator`) is in the database in the `state` directory, and is
there after a restart. Softwires that have ended are remembered for `history-days`.

## Errors

| code | meaning |
|---|---|
| -32700, -32600, -32601, -32602 | no JSON; no request; no such method; parameters that are not as declared |
| 1 | refused: it does not agree with what is there; the message names both |
| 2 | not found |
| 3 | you may look only, or not even that |
| 4 | not now |
| 5 | the state could not be written or read |

`message` says what is wrong, and what would be right; `data.field` names the place, `data.expected` what a value there
is.

## Methods
)";

// Lines of at most `columns`.
std::string wrapped(const std::string& text, std::size_t columns) {
  std::string result;
  std::size_t width = 0;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find(' ', at), text.size());
    if (width != 0 && width + 1 + (end - at) > columns) {
      result += "\n";
      width = 0;
    } else if (width != 0) {
      result += " ";
      ++width;
    }
    result += text.substr(at, end - at);
    width += end - at;
    at = end + 1;
  }
  return result;
}

void print(const Method& method) {
  const std::string name(method.name);
  const std::string summary(method.summary);
  std::printf("\n### %s\n\n%s\n", name.c_str(),
              wrapped(summary + ". Access: " + std::string(name_of(method.access)) + ".", 118).c_str());
  if (!method.params.empty()) std::printf("\n");
  for (const Param& param : method.params) {
    const std::string text = "- `" + std::string(param.name) + "`" + (param.required ? " (required)" : "") +
                             ": " + expected_of(param) + "; " + std::string(param.help);
    std::printf("%s\n", wrapped(text, 118).c_str());
  }
  std::printf("\n%s\n", wrapped("Result: `" + std::string(method.result) + "`", 118).c_str());
}

}  // namespace

void print_all() {
  std::fputs(kHead, stdout);
  for (const Method& method : make_methods(ControlContext{})) print(method);
}

}  // namespace softwire::controlplane

int main() {
  softwire::controlplane::print_all();
}

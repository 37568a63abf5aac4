// SPDX-License-Identifier: BSD-3-Clause
// Prints docs/control-socket.md from the declarations of the methods.
#include <algorithm>
#include <cstdio>
#include <string>

#include "controlplane/control/methods.h"

namespace softwire::controlplane {
namespace {

constexpr const char* kHead = R"(# The control socket

`softwired` listens on a UNIX stream socket, `control-socket` in softwired.conf (default
`/run/softwired/control.sock`). `softwirectl` uses only this socket. Other programs can use it too:

    $ echo '{"jsonrpc":"2.0","id":1,"method":"status.get"}' | nc -UN /run/softwired/control.sock

The protocol is JSON-RPC 2.0 in UTF-8: one JSON text per line. Parameters are given by name. softwired answers the
requests of a connection in order. It answers a batch, an array of up to 1000 requests, with one line.

## Access

Root, the user that softwired runs as, and the members of `control-group` (default `softwire`) may use every method.
The members of `control-read-group` may use the methods of access *read*. The socket has mode 0660, or 0666 when
`control-read-group` is set. softwired checks each peer by the credentials that the kernel reports.

## Limits

No client can keep the hub from others:

- **Text.** A line has at most 4 MiB with access *write*, and 256 KiB with access *read*. At most 64 arrays and objects
  are within each other.
- **Connections.** 64 at a time. A user of `control-read-group` has at most 16, and all these users together have 40. A
  user of `control-group` has at most 32. 8 are kept for root and the user of softwired. When no place is free, the user
  with the most connections loses one to a user who has at least two less, also when it is busy: the one that has been
  idle longest, else the oldest. Otherwise the connection that has been idle longest ends, of a user who has as many at
  least, or of the same user if the user has too many. Nobody loses one to a user of fewer rights. A connection is idle
  when for 5 seconds it had no request, subscription, capture or open transaction. Who gets no place, or loses one, gets
  an error with `id` null and code 4. The log names the user.
- **Answers.** When a client leaves more than 1 MiB of answers unread, softwired answers and reads nothing more from it.
  When the client then takes nothing for 30 seconds, softwired closes the connection.
- **Time.** The users come in turn, one request each; DHCP comes between two requests. Questions to the database come in
  turn too, so a change waits for one of them at most. One check of `config.test` answers all who asked before it began.
- **Captures.** 8 at a time, and 4 of one user; root may start 2 more. A filter has at most 1024 octets and 512
  instructions, addresses in numbers, and no `protochain`.

## Softwires

In a request, a softwire is a statement of softwires.conf, or an object with its words. Lists contain objects.

    "binding ipv4 192.0.2.1 psid-offset 6 psid-len 8 psid 52 b4 2001:db8:1::2 br 2001:db8::1"
    {"ipv4": "192.0.2.1", "psid-offset": 6, "psid-len": 8, "psid": 52, "b4": "2001:db8:1::2", "br": "2001:db8::1"}
    {"rule": "map-e", "ipv4": "192.0.2.0/24", "ipv6": "2001:db8::/40", "ea-len": 16, "br": "2001:db8:ffff::1"}

softwired answers a change when the change is durable and all workers use it. Change softwires of softwires.conf
(origin `file`) in that file. Softwires that were added over this socket (origin `operator`) are in the database in the
`state` directory, and survive a restart. softwired keeps the history of ended softwires for `history-days`.

## Errors

| code | meaning |
|---|---|
| -32700, -32600, -32601, -32602 | not JSON; not a request; unknown method; parameters differ from the declaration |
| 1 | refused: the request conflicts with the current state; the message names the conflict |
| 2 | not found |
| 3 | no permission: the peer has read access only, or no access |
| 4 | not possible at present |
| 5 | the state could not be written or read |

`message` says what is wrong, and how to correct it. `data.field` names the wrong value. `data.expected` describes the
valid values.

## Methods
)";

// Wraps the text into lines of at most `columns` characters.
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

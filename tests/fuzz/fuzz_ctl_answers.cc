// SPDX-License-Identifier: BSD-3-Clause
// Commands of softwirectl, and a daemon that answers anything. No answer ends the program, every failure is
// told in words, and a terminal gets no control characters. Input: an octet that chooses the command and
// whether the output is a terminal; then lines. A line that begins with = is the result of the next request,
// one that begins with ! its error, another one is sent as it is.
#include <sys/socket.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <sstream>
#include <string>
#include <vector>

#include "tests/fuzz/input.h"
#include "tests/fuzz/require.h"
#include "tools/ctl/command_line.h"

namespace softwire::fuzz {
namespace {

using Words = std::vector<std::string>;

const std::vector<Words>& command_lines() {
  static const std::vector<Words> all = {
      {"show", "status"},
      {"show", "ports"},
      {"show", "workers"},
      {"show", "neighbors"},
      {"show", "counters", "--all"},
      {"show", "outcomes"},
      {"show", "dhcp"},
      {"show", "bindings"},
      {"show", "leases"},
      {"show", "rules"},
      {"show", "config"},
      {"show", "history"},
      {"lookup", "192.0.2.1", "port", "1024"},
      {"explain", "udp", "from", "203.0.113.5:53", "to", "192.0.2.1:4711"},
      {"add", "binding", "ipv4", "192.0.2.1", "b4", "2001:db8::1", "br", "2001:db8::2"},
      {"del", "binding", "ipv4", "192.0.2.1"},
      {"save"},
      {"reload"},
      {"test"},
      {"watch"},
      {"call", "status.get"},
      {"capture", "--json"},
      {"store", "status"},
      {"store", "check"},
      {"export", "rfc8676"},
      {"show", "status", "--json"}};
  return all;
}

// The lines that the daemon sends.
std::string answers(std::string_view lines) {
  std::string text;
  unsigned id = 0;
  for (std::size_t at = 0; at < lines.size();) {
    const std::size_t end = std::min(lines.find('\n', at), lines.size());
    const std::string_view line = lines.substr(at, end - at);
    at = end + 1;
    const bool is_result = line.starts_with('=');
    if (is_result || line.starts_with('!')) {
      text +=
          R"({"jsonrpc":"2.0","id":)" + std::to_string(++id) + (is_result ? R"(,"result":)" : R"(,"error":)");
      text += std::string(line.substr(1)) + "}\n";
    } else {
      text += std::string(line) + "\n";
    }
  }
  return text;
}

// A connection to a daemon that sends this and ends.
ctl::CommandResult<ctl::Client> connect(const std::string& text) {
  std::array<int, 2> ends{};
  require(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) == 0);
  const b4::FileDescriptor server(ends[0]);
  require(send(server.get(), text.data(), text.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(text.size()));
  // The requests that come stay unread. The client may still send.
  shutdown(server.get(), SHUT_WR);
  static std::vector<int> open;
  for (const int descriptor : open) close(descriptor);
  open.assign(1, dup(server.get()));
  return ctl::Client(b4::FileDescriptor(ends[1]));
}

bool is_for_terminals(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto octet = static_cast<unsigned char>(text[i]);
    if ((octet < ' ' && octet != '\n') || octet == 0x7f) return false;
    if (octet == 0xc2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xa0) return false;
  }
  return true;
}

}  // namespace
}  // namespace softwire::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace softwire::fuzz;  // NOLINT(google-build-using-namespace)
  Input input(data, size);
  const unsigned chosen = input.octet();
  const bool is_terminal = (chosen & 0x80) != 0;
  const Words& words = command_lines()[(chosen & 0x7f) % command_lines().size()];
  const std::string text = answers(input.text(SIZE_MAX));
  std::ostringstream out;
  std::ostringstream err;
  softwire::ctl::Surroundings surroundings{out, err};
  surroundings.out_is_terminal = surroundings.err_is_terminal = is_terminal;
  surroundings.connect = [&text] { return connect(text); };
  const auto status = softwire::ctl::run_softwirectl(words, std::move(surroundings), "");
  // An error of the JSON library is not shown as it is. A daemon may send these words itself.
  constexpr std::string_view kException = "json.exception";
  require(text.find(kException) != std::string::npos || err.str().find(kException) == std::string::npos);
  if (status == softwire::ctl::ExitStatus::kUnreachable) require(!err.str().empty());
  if (is_terminal) require(is_for_terminals(out.str()) && is_for_terminals(err.str()));
  return 0;
}

// SPDX-License-Identifier: BSD-3-Clause
#include "tools/ctl/capture.h"

#include <functional>
#include <optional>
#include <utility>

#include "controlplane/text/base64.h"
#include "pcap/pcapng_writer.h"
#include "softwire/wall_time.h"
#include "tools/ctl/format.h"

namespace softwire::ctl {

namespace {

using Begin = std::function<CommandResult<Done>()>;
using Take = std::function<CommandResult<Done>(const Json& captured)>;

// Calls `begin` when softwired has accepted the request.
CommandResult<Captured> capture(Client& client, const CaptureWishes& wishes, int stop, const Begin& begin,
                                const Take& take) {
  const auto started = client.call("capture.start", wishes.params);
  if (!started) return started.error();
  if (const auto begun = begin(); !begun) return begun.error();
  Captured captured;
  while (wishes.count == 0 || captured.packets < wishes.count) {
    const auto notification = client.next(std::chrono::milliseconds(-1), stop);
    if (!notification) return notification.error();
    if (!*notification) break;
    const auto& [method, params] = **notification;
    if (method == "capture-missed") captured.missed += number_of(params, "packets");
    if (method != "captured") continue;
    if (const auto taken = take(params); !taken) return taken.error();
    ++captured.packets;
  }
  const auto stopped = client.call("capture.stop");
  if (!stopped) return stopped.error();
  captured.missed = std::max(captured.missed, number_of(*stopped, "missed"));
  return captured;
}

std::uint64_t nanoseconds_of(const Json& captured) {
  const auto time = parse_wall_time(text_of(captured, "at"));
  if (!time) return 0;
  return static_cast<std::uint64_t>(std::chrono::nanoseconds(time->time_since_epoch()).count());
}

}  // namespace

CommandResult<Captured> capture_to_file(Client& client, const CaptureWishes& wishes, int stop) {
  std::optional<capture::PcapngWriter> writer;
  // Not earlier: a refused request must not empty a file that exists.
  const auto create = [&]() -> CommandResult<Done> {
    auto created = capture::PcapngWriter::create(wishes.path, {"ipv4", "ipv6"}, wishes.snaplen);
    if (!created) return unusable(created.error().text);
    writer.emplace(std::move(*created));
    const auto done = writer->flush();
    return done ? CommandResult<Done>(Done{}) : unusable(done.error().text);
  };
  const auto write = [&writer](const Json& captured) -> CommandResult<Done> {
    const auto frame = controlplane::from_base64(text_of(captured, "frame"));
    if (!frame) return Failure{ExitStatus::kRefused, "softwired has sent a frame that is not base 64"};
    const unsigned interface = text_of(captured, "side") == "ipv6" ? 1 : 0;
    auto done = writer->write(interface, nanoseconds_of(captured), *frame,
                              static_cast<std::uint32_t>(number_of(captured, "length")),
                              text_of(captured, "outcome"));
    // Another program that reads the file sees each packet at once.
    if (done) done = writer->flush();
    return done ? CommandResult<Done>(Done{}) : unusable(done.error().text);
  };
  auto captured = capture(client, wishes, stop, create, write);
  if (!captured) return captured.error();
  if (const auto done = writer->finish(); !done) return unusable(done.error().text);
  return captured;
}

CommandResult<Captured> print_captured(Client& client, const CaptureWishes& wishes, std::ostream& out,
                                       int stop) {
  const auto begin = []() -> CommandResult<Done> { return Done{}; };
  return capture(client, wishes, stop, begin, [&out](const Json& captured) -> CommandResult<Done> {
    out << captured.dump(-1, ' ', false, Json::error_handler_t::replace) << std::endl;
    return out ? CommandResult<Done>(Done{}) : unusable("standard output: cannot be written");
  });
}

}  // namespace softwire::ctl

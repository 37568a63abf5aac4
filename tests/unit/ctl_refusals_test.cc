// SPDX-License-Identifier: BSD-3-Clause
// Tests what softwirectl says and does when softwired refuses a connection or a request.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <fstream>
#include <sstream>
#include <utility>

#include "tests/unit/capture_files.h"
#include "tests/unit/ctl_fake_server.h"

namespace softwire::ctl {
namespace {

using capture::test::TemporaryFile;
using test::FakeServer;
using ::testing::HasSubstr;

// softwired checks these values. What it says names parameters of the request.
TEST(CtlExitStatus, AValueThatSoftwiredRefusesIsWrongUsageInTheWordsOfTheCommandLine) {
  FakeServer server;
  server.refuses("capture.start", -32602, "filter 'tcp and': syntax error", {{"field", "params.filter"}});
  const auto captured = server.run({"capture", "--filter", "tcp and", "-"});
  EXPECT_EQ(captured.status, ExitStatus::kWrongUsage);
  EXPECT_EQ(captured.err, "softwirectl: capture: --filter 'tcp and': syntax error\n");
  server.refuses("capture.start", -32602, "params.outcomes[1]: 'x' is no outcome",
                 {{"field", "params.outcomes[1]"}});
  EXPECT_EQ(server.run({"capture", "-"}).err, "softwirectl: capture: --outcome: 'x' is no outcome\n");
  server.refuses("bindings.list", -32602, "params.ipv4 is not an IPv4 address", {{"field", "params.ipv4"}});
  const auto shown = server.run({"show", "bindings", "ipv4", "x"});
  EXPECT_EQ(shown.status, ExitStatus::kWrongUsage);
  EXPECT_EQ(shown.err, "softwirectl: show bindings: ipv4 is not an IPv4 address\n");
  server.refuses("events.subscribe", -32602, "params.kinds is not an array", {{"field", "params.kinds"}});
  EXPECT_EQ(server.run({"watch", "link"}).err, "softwirectl: watch: KIND is not an array\n");
}

// softwired sends the reason and closes before it has read the request.
TEST(CtlExitStatus, ARefusedConnectionSaysWhyAndNotThatThePipeIsBroken) {
  for (const auto& [code, status] :
       {std::pair(4, ExitStatus::kRefused), std::pair(3, ExitStatus::kPermission)}) {
    std::array<int, 2> ends{};
    ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()), 0);
    const std::string line =
        Json{{"jsonrpc", "2.0"}, {"id", nullptr}, {"error", {{"code", code}, {"message", "no place"}}}}
            .dump() +
        "\n";
    ASSERT_EQ(write(ends[0], line.data(), line.size()), static_cast<ssize_t>(line.size()));
    close(ends[0]);
    std::ostringstream out;
    std::ostringstream err;
    Surroundings surroundings{out, err};
    surroundings.connect = [&] { return CommandResult<Client>(Client(b4::FileDescriptor(ends[1]))); };
    EXPECT_EQ(run_softwirectl({"show", "status"}, std::move(surroundings), ""), status);
    EXPECT_EQ(err.str(), "softwirectl: no place\n");
  }
}

TEST(CtlCounters, AllOfNoneNeedsNoPrefix) {
  FakeServer server;
  server.answers("counters.get", {{"counters", Json::object()}});
  EXPECT_EQ(server.run({"show", "counters", "--all"}).status, ExitStatus::kSuccess);
  const auto ran = server.run({"show", "counters", "--all", "drp-"});
  EXPECT_EQ(ran.status, ExitStatus::kNotFound);
  EXPECT_THAT(ran.err, HasSubstr("that begin with drp-"));
}

TEST(CtlCapture, ARefusedOneLeavesTheFile) {
  FakeServer server;
  server.refuses("capture.start", 4, "there are 8 captures");
  const TemporaryFile file("old.pcapng");
  std::ofstream(file.path()) << "old";
  EXPECT_EQ(server.run({"capture", file.path()}).status, ExitStatus::kRefused);
  const auto kept = file.read();
  EXPECT_EQ(std::string(kept.begin(), kept.end()), "old");
  std::remove(file.path().c_str());
  EXPECT_EQ(server.run({"capture", file.path()}).status, ExitStatus::kRefused);
  EXPECT_FALSE(std::ifstream(file.path()).is_open());
  // One that begins and cannot write the file ends.
  server.answers("capture.start", Json::object());
  EXPECT_EQ(server.run({"capture", "/nowhere/drops.pcapng"}).status, ExitStatus::kUnusable);
}

}  // namespace
}  // namespace softwire::ctl

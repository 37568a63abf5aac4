// SPDX-License-Identifier: BSD-3-Clause
// softwire-b4: the subscriber's end of a softwire, on a TUN or TAP device. For demos and tests.
#include <sys/signalfd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <exception>
#include <iostream>
#include <string>

#include "softwire/wire.h"
#include "tools/b4/device.h"
#include "tools/b4/file_descriptor.h"
#include "tools/b4/forwarder.h"
#include "tools/b4/options.h"
#include "tools/b4/softwire_socket.h"
#include "tools/b4/subscriber.h"

namespace softwire::b4 {
namespace {

constexpr int kSuccess = 0;
constexpr int kUnusable = 1;
constexpr int kWrongUsage = 2;

int say(int status, const std::string& what) {
  std::cerr << "softwire-b4: " << what << '\n';
  return status;
}

// Returns a file descriptor that becomes readable when the program must end.
FileDescriptor stop_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  sigprocmask(SIG_BLOCK, &signals, nullptr);
  return FileDescriptor(signalfd(-1, &signals, SFD_CLOEXEC));
}

int carry(const Options& options) {
  const FileDescriptor stop = stop_signals();
  const auto& [b4, br, ipv4, ports] = options.subscriber;
  const auto softwire = SoftwireSocket::open(b4, br, options.hop_limit);
  if (!softwire) return say(kUnusable, softwire.error().text);
  const auto route = route_mtu(b4, br);
  if (!route) return say(kUnusable, route.error().text);
  const unsigned mtu = options.mtu.value_or(std::min<unsigned>(*route - sizeof(Ipv6Header), Device::kMaxMtu));
  const auto device = Device::create(options.device, options.mode, mtu);
  if (!device) return say(kUnusable, device.error().text);

  std::cout << to_text(options.subscriber) << "mtu " << mtu << "\ndevice " << options.device << "\nready"
            << std::endl;
  Forwarder forwarder(*device, *softwire, br);
  const auto done = forwarder.run(stop.get());
  std::cerr << forwarder.counters();
  return done ? kSuccess : say(kUnusable, done.error().text);
}

int run(const std::vector<std::string>& words) {
  const auto options = parse_options(words);
  if (!options) return say(kWrongUsage, options.error().text + "; softwire-b4 --help lists the options");
  if (options->help) {
    std::cout << help_text();
    return kSuccess;
  }
  if (options->version) {
    std::cout << "softwire-b4 " SOFTWIRE_VERSION "\n";
    return kSuccess;
  }
  if (!options->print) return carry(*options);
  std::cout << to_text(options->subscriber);
  return kSuccess;
}

}  // namespace
}  // namespace softwire::b4

int main(int argc, char** argv) {
  try {
    return softwire::b4::run({argv + 1, argv + argc});
  } catch (const std::exception& error) {
    std::fprintf(stderr, "softwire-b4: %s\n", error.what());
    return 1;
  }
}

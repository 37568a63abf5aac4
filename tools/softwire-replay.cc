// SPDX-License-Identifier: BSD-3-Clause
// softwire-replay: runs the hub on capture files. Input: captures and a configuration; output: captures and
// counters.
#include <boost/program_options.hpp>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <iostream>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "controlplane/config/keys.h"
#include "controlplane/config/load_config.h"
#include "controlplane/config/policy.h"
#include "controlplane/runtime/hub.h"
#include "controlplane/runtime/write_counters.h"
#include "controlplane/text/option_error.h"
#include "dataplane/packet/mbuf.h"
#include "dataplane/ports/eal.h"
#include "pcap/capture_reader.h"
#include "pcap/capture_writer.h"
#include "pcap/merged_captures.h"
#include "pcap/replay.h"

namespace softwire {
namespace {

namespace po = boost::program_options;

constexpr int kSuccess = 0;
constexpr int kUnusable = 1;                   // the input or the configuration
constexpr int kWrongUsage = 2;                 // of the command line
constexpr unsigned kLeastMegabytes = 64;       // packet buffers and rings
constexpr unsigned kMegabytesBesidePool = 16;  // rings, and overhead of the pool

struct Arguments {
  std::string config;
  std::optional<std::string> ipv4_in;
  std::optional<std::string> ipv6_in;
  std::optional<std::string> ipv4_out;
  std::optional<std::string> ipv6_out;
  std::optional<std::string> counters;
  unsigned burst = 1;
  std::vector<std::string> settings;  // keys of the configuration
};

int say(int status, const std::string& line) {
  std::cerr << line << '\n';
  return status;
}

int wrong_usage(const std::string& what) {
  return say(kWrongUsage, "softwire-replay: " + what + "; softwire-replay --help lists the options");
}

po::options_description program_options() {
  po::options_description options("Options");
  const auto path = [](const char* name) { return po::value<std::string>()->value_name(name); };
  options.add_options()                                                                            //
      ("config", path("FILE"), "softwired.conf")                                                   //
      ("ipv4-in", path("PCAP"), "capture of the frames that arrive on the IPv4 side")              //
      ("ipv6-in", path("PCAP"), "capture of the frames that arrive on the IPv6 side")              //
      ("ipv4-out", path("PCAP"), "where to write the frames that leave on the IPv4 side")          //
      ("ipv6-out", path("PCAP"), "where to write the frames that leave on the IPv6 side")          //
      ("counters", path("FILE"), "where to write the counters as JSON; - is the standard output")  //
      ("burst", po::value<unsigned>()->value_name("N"),
       "process up to N frames of a side at a time, 1 to 64, as on a busy port; default 1")  //
      ("help", "show this text")                                                             //
      ("version", "show the version");
  return options;
}

// Returns how many buffers the frames of a capture need at most. A record has at least 30 octets, and a
// buffer takes 2048 octets of a frame.
unsigned buffers_of(const std::optional<std::string>& capture) {
  constexpr std::uintmax_t kUnknown = 1U << 30;
  if (!capture) return 0;
  std::error_code failed;
  const std::uintmax_t octets = std::filesystem::file_size(*capture, failed);
  return static_cast<unsigned>(failed ? kUnknown : std::min(kUnknown, octets / 30 + octets / 2048));
}

void show_help(const po::options_description& options) {
  std::cout << "Usage: softwire-replay --config FILE [--softwires FILE] [--ipv4-in PCAP] [--ipv6-in PCAP]\n"
               "           [--ipv4-out PCAP] [--ipv6-out PCAP] [--counters FILE|-] [--burst N]\n\n"
               "Sends captured frames (pcap or pcapng, Ethernet) through the softwire hub, merged by their\n"
               "timestamps, and writes what leaves it, each frame with the time of the one that caused it.\n"
               "Exit status: 0; 1 the input or the configuration is unusable; 2 wrong usage.\n\n"
            << options;
}

template <typename T>
std::optional<T> find(const po::variables_map& values, const char* name) {
  const auto found = values.find(name);
  return found == values.end() ? std::nullopt : std::optional(found->second.as<T>());
}

// Returns nullopt when the program is done; `status` is then its exit status.
std::optional<Arguments> read_arguments(int argc, char** argv, int& status) {
  po::options_description options = program_options();
  options.add(controlplane::config_options());
  using Style = po::command_line_style::style_t;
  constexpr int kStyle = Style::allow_long | Style::long_allow_adjacent | Style::long_allow_next;
  try {
    po::parsed_options parsed =
        po::command_line_parser(argc, argv).options(options).positional({}).style(kStyle).run();
    Arguments arguments;
    arguments.settings = controlplane::config_arguments(parsed);
    std::erase_if(parsed.options, [](const po::option& option) {
      return controlplane::find_key(option.string_key) != nullptr;
    });
    po::variables_map values;
    po::store(parsed, values);
    if (values.contains("help")) {
      show_help(options);
      return std::nullopt;
    }
    if (values.contains("version")) {
      std::cout << "softwire-replay " SOFTWIRE_VERSION "\n";
      return std::nullopt;
    }
    const auto config = find<std::string>(values, "config");
    arguments.ipv4_in = find<std::string>(values, "ipv4-in");
    arguments.ipv6_in = find<std::string>(values, "ipv6-in");
    arguments.ipv4_out = find<std::string>(values, "ipv4-out");
    arguments.ipv6_out = find<std::string>(values, "ipv6-out");
    arguments.counters = find<std::string>(values, "counters");
    arguments.burst = find<unsigned>(values, "burst").value_or(1);
    if (!config) {
      status = wrong_usage("--config FILE is missing");
      return std::nullopt;
    }
    if (arguments.burst < 1 || arguments.burst > capture::kMaxBurst) {
      status = wrong_usage("--burst is a number from 1 to " + std::to_string(capture::kMaxBurst));
      return std::nullopt;
    }
    arguments.config = *config;
    return arguments;
  } catch (const po::too_many_positional_options_error&) {
    status = wrong_usage("an argument is not an option; options are --name VALUE");
  } catch (const po::error& error) {
    status = wrong_usage(option_error_text(error));
  }
  return std::nullopt;
}

Result<std::optional<capture::CaptureReader>> open_input(const std::optional<std::string>& path) {
  if (!path) return std::optional<capture::CaptureReader>();
  auto reader = capture::CaptureReader::open(*path);
  if (!reader) return reader.error();
  return std::optional(std::move(*reader));
}

bool is_same_file(const std::string& one, const std::string& other) {
  std::error_code failed;  // ignored: a file may not exist yet
  if (std::filesystem::equivalent(one, other, failed)) return std::filesystem::is_regular_file(one, failed);
  const auto where = std::filesystem::weakly_canonical(one, failed);
  return !failed && !std::filesystem::exists(one, failed) &&
         where == std::filesystem::weakly_canonical(other, failed) && !failed;
}

// Checks that no output overwrites an input or another output.
Result<Done> check_outputs(const Arguments& arguments, const std::string& softwires) {
  std::vector<std::pair<std::string, std::string>> files = {{"--config", arguments.config}};
  if (!softwires.empty()) files.emplace_back("softwires", softwires);
  if (arguments.ipv4_in) files.emplace_back("--ipv4-in", *arguments.ipv4_in);
  if (arguments.ipv6_in) files.emplace_back("--ipv6-in", *arguments.ipv6_in);
  const auto add = [&files](const char* option, const std::optional<std::string>& path) -> Result<Done> {
    if (!path) return Done{};
    for (const auto& [other, taken] : files) {
      if (is_same_file(*path, taken)) {
        return Error{*path + ": is both " + option + " and " + other + "; write it to another file"};
      }
    }
    files.emplace_back(option, *path);
    return Done{};
  };
  if (auto checked = add("--ipv4-out", arguments.ipv4_out); !checked) return checked;
  if (auto checked = add("--ipv6-out", arguments.ipv6_out); !checked) return checked;
  return arguments.counters == "-" ? Result<Done>(Done{}) : add("--counters", arguments.counters);
}

Result<std::optional<capture::CaptureWriter>> create_output(const std::optional<std::string>& path) {
  if (!path) return std::optional<capture::CaptureWriter>();
  auto writer = capture::CaptureWriter::create(*path);
  if (!writer) return writer.error();
  return std::optional(std::move(*writer));
}

// Sets locally administered MAC addresses where none is configured. A replay has no ports whose MAC addresses
// could be the default.
void complete_macs(controlplane::Config& config) {
  if (!config.ipv4.mac.is_set()) config.ipv4.mac = MacAddress({0x02, 0, 0, 0, 0, 0x04});
  if (!config.ipv6.mac.is_set()) config.ipv6.mac = MacAddress({0x02, 0, 0, 0, 0, 0x06});
}

// Reports problems of a capture that was read to its end.
bool report(const std::optional<capture::CaptureReader>& reader) {
  if (!reader) return true;
  if (reader->cut_short() != 0) {
    std::cerr << reader->path() << ": " << reader->cut_short() << " of " << reader->frames()
              << " frames hold only the beginning of what was on the wire, and were replayed as they are;"
                 " capture with a larger snapshot length\n";
  }
  if (reader->damage()) {
    std::cerr << reader->damage()->text << "; " << reader->frames() << " whole frames were replayed\n";
  }
  return !reader->damage();
}

int run(const Arguments& arguments) {
  auto config = controlplane::load_config(arguments.config, arguments.settings);
  if (!config) return say(kUnusable, config.error().text);
  complete_macs(*config);
  if (const auto checked = check_outputs(arguments, config->softwires); !checked) {
    return say(kUnusable, checked.error().text);
  }
  auto ipv4_in = open_input(arguments.ipv4_in);
  if (!ipv4_in) return say(kUnusable, ipv4_in.error().text);
  auto ipv6_in = open_input(arguments.ipv6_in);
  if (!ipv6_in) return say(kUnusable, ipv6_in.error().text);

  const unsigned waiting = std::min(controlplane::reassembly_buffers(*config, 1),
                                    buffers_of(arguments.ipv4_in) + buffers_of(arguments.ipv6_in));
  const unsigned buffers = capture::replay_buffers(arguments.burst, waiting);
  constexpr auto kMemory = dataplane::EalMemory::kAnywhere;
  const std::size_t bytes = buffers * dataplane::buffer_bytes(0, dataplane::page_bytes(kMemory));
  const auto megabytes = static_cast<unsigned>(bytes >> 20) + kMegabytesBesidePool;
  if (const auto started = dataplane::start_eal(kMemory, std::max(megabytes, kLeastMegabytes)); !started) {
    return say(kUnusable, started.error().text);
  }
  rte_mempool* pool = dataplane::make_pool("replay", buffers);
  if (pool == nullptr) {
    return say(kUnusable, "no memory for packet buffers; " + std::to_string(megabytes) +
                              " MB are needed; lower reassembly-datagrams");
  }
  const auto hub = controlplane::Hub::create(*config, *pool, {.accept_any_mac = true});
  if (!hub) return say(kUnusable, hub.error().text);

  auto ipv4_out = create_output(arguments.ipv4_out);
  if (!ipv4_out) return say(kUnusable, ipv4_out.error().text);
  auto ipv6_out = create_output(arguments.ipv6_out);
  if (!ipv6_out) return say(kUnusable, ipv6_out.error().text);
  capture::ReplayOutputs outputs{std::move(*ipv4_out), std::move(*ipv6_out)};

  int status = kSuccess;
  const auto check = [&status](const Result<Done>& result) {
    if (!result) status = say(kUnusable, result.error().text);
  };
  capture::MergedCaptures captures(std::move(*ipv4_in), std::move(*ipv6_in));
  check(capture::replay(captures, **hub, *pool, arguments.burst, outputs));
  for (const Side side : {Side::kIpv4, Side::kIpv6}) {
    if (!report(captures.reader(side))) status = kUnusable;
  }
  if (outputs.ipv4) check(outputs.ipv4->finish());
  if (outputs.ipv6) check(outputs.ipv6->finish());
  if (arguments.counters) check(controlplane::write_counters(*arguments.counters, (*hub)->counters()));
  if (!(*hub)->counters_add_up()) status = say(kUnusable, "internal error: the counters do not add up");
  return status;
}

}  // namespace
}  // namespace softwire

int main(int argc, char** argv) {
  try {
    int status = softwire::kSuccess;
    const auto arguments = softwire::read_arguments(argc, argv, status);
    return arguments ? softwire::run(*arguments) : status;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "softwire-replay: %s\n", error.what());
    return softwire::kUnusable;
  }
}

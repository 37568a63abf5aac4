// SPDX-License-Identifier: BSD-3-Clause
// softwired: the hub on DPDK ports.
#include <boost/program_options.hpp>

#include <cstdio>
#include <exception>
#include <iostream>
#include <optional>
#include <string>

#include "controlplane/config/keys.h"
#include "controlplane/config/load_config.h"
#include "controlplane/daemon/daemon.h"
#include "controlplane/text/option_error.h"

namespace softwire {
namespace {

namespace po = boost::program_options;

constexpr int kSuccess = 0;
constexpr int kUnusable = 1;    // the configuration, or a port
constexpr int kWrongUsage = 2;  // of the command line

int wrong_usage(const std::string& what) {
  std::cerr << "softwired: " << what << "; softwired --help lists the options\n";
  return kWrongUsage;
}

po::options_description program_options() {
  po::options_description options("Options");
  const auto path = [] { return po::value<std::string>()->value_name("FILE"); };
  options.add_options()                     //
      ("config", path(), "softwired.conf")  //
      ("counters", path(),
       "where to write the counters as JSON at the end and on SIGUSR1; - is the standard output")  //
      ("test", "check the configuration, print what is wrong with it, and exit")                   //
      ("help", "show this text")                                                                   //
      ("version", "show the version");
  return options;
}

void show_help(const po::options_description& options) {
  std::cout
      << "Usage: softwired --config FILE [--counters FILE|-] [--test] [--KEY VALUE ...]\n\nThe softwire hub "
         "on DPDK ports. SIGTERM ends it, SIGHUP makes it reload its configuration,\nSIGUSR1 writes the "
         "counters.\nExit status: 0; 1 the configuration or a port is unusable; 2 wrong usage.\n\n"
      << options;
}

struct Arguments {
  controlplane::DaemonOptions daemon;
  bool test = false;
};

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
    arguments.daemon.settings = controlplane::config_arguments(parsed);
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
      std::cout << "softwired " SOFTWIRE_VERSION "\n";
      return std::nullopt;
    }
    if (!values.contains("config")) {
      status = wrong_usage("--config FILE is missing");
      return std::nullopt;
    }
    arguments.daemon.config = values["config"].as<std::string>();
    if (values.contains("counters")) arguments.daemon.counters = values["counters"].as<std::string>();
    arguments.test = values.contains("test");
    return arguments;
  } catch (const po::too_many_positional_options_error&) {
    status = wrong_usage("an argument is not an option; options are --name VALUE");
  } catch (const po::error& error) {
    status = wrong_usage(option_error_text(error));
  }
  return std::nullopt;
}

int run(const Arguments& arguments) {
  const Result<Done> result = arguments.test ? controlplane::check_configuration(arguments.daemon)
                                             : controlplane::run_daemon(arguments.daemon);
  if (result) return kSuccess;
  std::cerr << result.error().text << '\n';
  return kUnusable;
}

}  // namespace
}  // namespace softwire

int main(int argc, char** argv) {
  try {
    int status = softwire::kSuccess;
    const auto arguments = softwire::read_arguments(argc, argv, status);
    return arguments ? softwire::run(*arguments) : status;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "softwired: %s\n", error.what());
    return softwire::kUnusable;
  }
}

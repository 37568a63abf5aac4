// SPDX-License-Identifier: BSD-3-Clause
// Reads softwired.conf and the command line into a Config.
//
// The file is of `key = value` lines and `[section]` lines, with # comments; every key (see keys.h) is also
// an option of the command line, --section.key. What the command line says of a key replaces all that the
// file says of it. An empty value says that the key is not set, which gives its default.
#pragma once

#include <boost/program_options/options_description.hpp>
#include <boost/program_options/parsers.hpp>

#include <string>
#include <string_view>
#include <vector>

#include "controlplane/config/config.h"
#include "softwire/result.h"

namespace softwire::controlplane {

// The keys as options for a program to add to its own, so that its --help lists them and its parser knows
// them.
boost::program_options::options_description config_options();

// What the command line that a program has parsed says of the keys, as load_config takes it.
std::vector<std::string> config_arguments(const boost::program_options::parsed_options& command_line);

// `path` empty: no file. `arguments`: options of the command line, split as main() gets them. An error begins
// with "path:line: " or "command line: ".
Result<Config> load_config(const std::string& path, const std::vector<std::string>& arguments);

// The same with the file's text at hand; `path` serves for errors and for what is relative to it.
Result<Config> parse_config(std::string_view text, const std::string& path,
                            const std::vector<std::string>& arguments);

}  // namespace softwire::controlplane

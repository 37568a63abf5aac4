// SPDX-License-Identifier: BSD-3-Clause
// Reads softwired.conf and the command line into a Config.
//
// The file contains `key = value` lines and `[section]` lines. A comment starts with #. Every key (see
// keys.h) is also a command line option, --section.key. Values on the command line replace all values of the
// same key in the file. An empty value on the command line unsets the key, which restores its default.
#pragma once

#include <boost/program_options/options_description.hpp>
#include <boost/program_options/parsers.hpp>

#include <string>
#include <string_view>
#include <vector>

#include "controlplane/config/config.h"
#include "softwire/result.h"

namespace softwire::controlplane {

// Returns the keys as options. A program adds them to its own, so that --help lists them and its parser
// accepts them.
boost::program_options::options_description config_options();

// Returns the arguments of a parsed command line that set keys, in the form that load_config() takes.
std::vector<std::string> config_arguments(const boost::program_options::parsed_options& command_line);

// Reads the file and the arguments. `path` empty: no file. `arguments`: options of the command line, split as
// main() gets them. An error begins with "path:line: " or "command line: ".
Result<Config> load_config(const std::string& path, const std::vector<std::string>& arguments);

// Does the same with the text of the file. `path` appears in errors, and relative paths in the text are
// relative to its directory.
Result<Config> parse_config(std::string_view text, const std::string& path,
                            const std::vector<std::string>& arguments);

}  // namespace softwire::controlplane

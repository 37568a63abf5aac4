// SPDX-License-Identifier: BSD-3-Clause
// Texts of the errors of Boost.Program_options.
#pragma once

#include <boost/program_options/errors.hpp>

#include <string>

namespace softwire {

// Returns what the error says. For an error that quotes the command line, what() must not be called: it
// replaces placeholders such as %original_token% also in what it has put in their place, and does not end
// when the command line contains one.
[[nodiscard]] inline std::string option_error_text(const boost::program_options::error& error) {
  namespace po = boost::program_options;
  if (const auto* unknown = dynamic_cast<const po::unknown_option*>(&error)) {
    const std::string word = unknown->get_option_name();  // "--name" or "--name=value"
    return "unrecognised option '" + word.substr(0, word.find('=')) + "'";
  }
  if (const auto* invalid = dynamic_cast<const po::invalid_option_value*>(&error)) {
    return "the argument for option '" + invalid->get_option_name() + "' is invalid";
  }
  return error.what();
}

}  // namespace softwire

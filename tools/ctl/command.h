// SPDX-License-Identifier: BSD-3-Clause
// The commands of softwirectl. One declaration of each defines parsing, --help, completion, the man page and
// the reference of docs/softwirectl.md.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "tools/ctl/client.h"
#include "tools/ctl/failure.h"
#include "tools/ctl/printable.h"
#include "tools/ctl/style.h"

namespace softwire::ctl {

// The kind of values that completion offers.
enum class Offer : std::uint8_t { kNothing, kFile, kOutcome, kCounter, kEventKind, kCommand };

enum class InputKind : std::uint8_t {
  kArgument,  // FILE
  kPair,      // ipv4 ADDRESS: a word and its value, in any order
  kWord,      // df: a word without a value
  kOption,    // --limit N, or --all without a value
};

struct Input {
  InputKind kind = InputKind::kArgument;
  std::string_view name = {};   // the word or the option, without dashes
  std::string_view value = {};  // name of the value: "ADDRESS"; empty: no value
  std::string_view help = {};
  bool required = false;
  bool repeats = false;
  Offer offer = Offer::kNothing;
  std::vector<std::string_view> choices = {};  // the allowed values; empty: see `offer`
};

class Invocation;
struct Command;

// If softwired has refused a value of the command line, names the word or the option that has it instead of
// the parameter of the request, and makes it wrong usage.
[[nodiscard]] Failure in_own_words(const Command& command, Failure failure);

struct Command {
  std::string_view name;     // "show bindings"
  std::string_view summary;  // one line, no full stop
  std::vector<Input> inputs = {};
  // The command itself reads its pairs and words, in their order: a statement, a packet.
  bool reads_words_itself = false;
  // More text for --help and the man page. Paragraphs are separated by an empty line. A paragraph that begins
  // with blanks is an example.
  std::string_view details = {};
  std::function<CommandResult<Done>(Invocation&)> run;
};

// Returns all commands, in the order of the help.
const std::vector<Command>& commands();

// The result of find_command(): the command, and how many words name it. Null: no command.
struct FoundCommand {
  const Command* command = nullptr;
  std::size_t words = 0;
};
FoundCommand find_command(const std::vector<std::string>& words);

// Returns the options that every command has, such as --socket.
const std::vector<Input>& global_options();

inline constexpr const char* kDefaultSocket = "/run/softwired/control.sock";

// The streams of a command, and its way to connect to softwired.
struct Surroundings {
  std::ostream& out;
  std::ostream& err;
  bool out_is_terminal = false;
  bool err_is_terminal = false;
  bool colour = false;  // on `out`
  std::function<CommandResult<Client>()> connect = {};
  // The time limit of each request: --timeout, or the default.
  std::chrono::milliseconds timeout = Client::kDefaultTimeout;
  bool has_timeout = false;  // --timeout was given
};

// A running command with its parsed command line.
class Invocation {
 public:
  Invocation(const Command& command, Surroundings surroundings)
      : command_(command), surroundings_(std::move(surroundings)), style_(surroundings_.colour) {}

  // --- the command line ---
  std::vector<std::string> arguments;  // or all words, if the command reads them itself
  std::map<std::string, std::string, std::less<>> pairs;
  std::map<std::string, std::vector<std::string>, std::less<>> options;

  [[nodiscard]] bool has(std::string_view option) const { return options.contains(option); }
  [[nodiscard]] bool json() const { return has("json"); }
  // Returns nullopt when the option is not given.
  [[nodiscard]] std::optional<std::string> option(std::string_view name) const;
  // Returns the option as a number. A failure is wrong usage.
  [[nodiscard]] CommandResult<std::optional<std::uint32_t>> number(std::string_view name, std::uint32_t min,
                                                                   std::uint32_t max) const;

  // --- input and output ---
  [[nodiscard]] const Command& command() const { return command_; }
  [[nodiscard]] const Surroundings& surroundings() const { return surroundings_; }
  std::ostream& out() { return surroundings_.out; }
  [[nodiscard]] const Style& style() const { return style_; }
  // Returns the connection. Connects when it is first called.
  CommandResult<Client*> client();
  CommandResult<Json> call(std::string_view method, Json params = Json::object());
  // Calls a method whose work may take long. Without --timeout, waits as long as softwired answers other
  // connections.
  CommandResult<Json> call_long(std::string_view method, Json params = Json::object());
  [[nodiscard]] Client::IsAlive is_alive() const;
  // Prints a JSON text.
  void print(const Json& json) { out() << text_of_json(json, 2) << '\n'; }
  // Prints one JSON text as a line, for streams.
  void print_line(const Json& json) { out() << text_of_json(json, -1) << '\n' << std::flush; }
  // Returns the JSON text for `out`. `indent`: blanks of a level, or -1 for one line.
  [[nodiscard]] std::string text_of_json(const Json& json, int indent) const {
    std::string text = json.dump(indent, ' ', false, Json::error_handler_t::replace);
    return surroundings_.out_is_terminal ? printable_json(text) : text;
  }

 private:
  const Command& command_;
  Surroundings surroundings_;
  Style style_;
  std::optional<Client> client_;
};

}  // namespace softwire::ctl

// SPDX-License-Identifier: BSD-3-Clause
#include "controlplane/config/filter.h"

#include <pcap/pcap.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "controlplane/config/filter_names.h"
#include "controlplane/text/values.h"

namespace softwire::controlplane {
namespace {

struct Close {
  void operator()(pcap_t* handle) const { pcap_close(handle); }
};

// A compiled program. The destructor frees it.
class Program {
 public:
  Program() = default;
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;
  ~Program() { pcap_freecode(&program_); }

  // `optimized`: libpcap makes the program shorter.
  Result<Done> compile(const std::string& expression, bool optimized) {
    constexpr int kMaxFrameBytes = 65535;
    pcap_freecode(&program_);
    program_ = {};
    const std::unique_ptr<pcap_t, Close> handle(pcap_open_dead(DLT_EN10MB, kMaxFrameBytes));
    if (handle == nullptr) return Error{"no memory for a filter"};
    if (pcap_compile(handle.get(), &program_, expression.c_str(), optimized ? 1 : 0, PCAP_NETMASK_UNKNOWN) ==
        0)
      return Done{};
    std::string why = pcap_geterr(handle.get());
    std::ranges::replace_if(
        why, [](char c) { return c < ' ' || c > '~'; }, ' ');
    return Error{why};
  }
  [[nodiscard]] const bpf_program& get() const { return program_; }
  [[nodiscard]] std::size_t size() const { return program_.bf_len; }
  // Returns whether an instruction jumps back.
  [[nodiscard]] bool has_loop() const {
    return std::any_of(
        program_.bf_insns, program_.bf_insns + program_.bf_len, [](const bpf_insn& instruction) {
          return instruction.code == (BPF_JMP | BPF_JA) && static_cast<std::int32_t>(instruction.k) < 0;
        });
  }

 private:
  bpf_program program_{};
};

// A longer program is not optimized: that would take seconds, and for a few more words minutes.
constexpr std::size_t kMaxOptimized = 3000;

Error too_long(const std::string& what) {
  return Error{"the expression is too long for a capture: " + what +
               "; use fewer terms, or net and portrange, or filter the captured packets"};
}

Result<Done> compile(Program& program, const std::string& expression, const FilterLimits& limits) {
  if (expression.size() > limits.octets) {
    return too_long("it has more than " + std::to_string(limits.octets) + " octets");
  }
  if (const auto name = host_name_in_filter(expression)) {
    return Error{
        in_quotes(*name) +
        " is not a word of pcap-filter(7), nor an address in numbers; names of hosts are not looked up"};
  }
  if (auto compiled = program.compile(expression, false); !compiled) return compiled;
  if (program.size() > limits.raw_instructions) {
    return too_long("it makes more than " + std::to_string(limits.raw_instructions) + " instructions");
  }
  if (program.size() <= kMaxOptimized) {
    if (auto compiled = program.compile(expression, true); !compiled) return compiled;
  }
  if (program.size() > limits.instructions) {
    return too_long("it makes more than " + std::to_string(limits.instructions) + " instructions");
  }
  if (!limits.loops && program.has_loop()) {
    return Error{"protochain is not possible in a capture, because it makes a loop; use proto"};
  }
  return Done{};
}

}  // namespace

Result<Done> check_filter(const std::string& expression) {
  Program program;
  return compile(program, expression, {});
}

Result<std::unique_ptr<dataplane::PacketFilter>> load_filter(const std::string& expression,
                                                             const FilterLimits& limits) {
  Program program;
  if (const auto compiled = compile(program, expression, limits); !compiled) return compiled.error();
  return std::make_unique<dataplane::PacketFilter>(program.get());
}

}  // namespace softwire::controlplane

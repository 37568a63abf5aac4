// SPDX-License-Identifier: BSD-3-Clause
#include "controlplane/config/filter.h"

#include <pcap/pcap.h>

#include <algorithm>
#include <memory>

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

  Result<Done> compile(const std::string& expression) {
    constexpr int kMaxFrameBytes = 65535;
    const std::unique_ptr<pcap_t, Close> handle(pcap_open_dead(DLT_EN10MB, kMaxFrameBytes));
    if (handle == nullptr) return Error{"no memory for a filter"};
    if (pcap_compile(handle.get(), &program_, expression.c_str(), 1, PCAP_NETMASK_UNKNOWN) == 0)
      return Done{};
    std::string why = pcap_geterr(handle.get());
    std::ranges::replace_if(
        why, [](char c) { return c < ' ' || c > '~'; }, ' ');
    return Error{why};
  }
  [[nodiscard]] const bpf_program& get() const { return program_; }

 private:
  bpf_program program_{};
};

}  // namespace

Result<Done> check_filter(const std::string& expression) {
  return Program().compile(expression);
}

Result<std::unique_ptr<dataplane::PacketFilter>> load_filter(const std::string& expression) {
  Program program;
  if (const auto compiled = program.compile(expression); !compiled) return compiled.error();
  return std::make_unique<dataplane::PacketFilter>(program.get());
}

}  // namespace softwire::controlplane

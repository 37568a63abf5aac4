#include "dataplane/ports/eal.h"

#include <rte_eal.h>
#include <rte_errno.h>

#include <array>
#include <string>
#include <vector>

namespace softwire::dataplane {

Result<Done> start_eal(EalMemory memory, unsigned megabytes) {
  std::vector<std::string> words = {"softwire",
                                    "--no-pci",
                                    "--no-telemetry",
                                    "--iova-mode=va",
                                    "--log-level=*:error",
                                    "-m",
                                    std::to_string(megabytes)};
  if (memory == EalMemory::kHugepages) {
    words.emplace_back("--in-memory");
  } else {
    words.insert(words.end(), {"--no-huge", "--no-shconf"});
  }
  std::vector<char*> arguments;
  arguments.reserve(words.size());
  for (std::string& word : words) arguments.push_back(word.data());
  if (rte_eal_init(static_cast<int>(arguments.size()), arguments.data()) < 0) {
    return Error{
        std::string("DPDK did not start: ") + rte_strerror(rte_errno) +
        (memory == EalMemory::kHugepages ? "; reserve 2 MB pages in /proc/sys/vm/nr_hugepages" : "")};
  }
  return Done{};
}

}  // namespace softwire::dataplane

// SPDX-License-Identifier: BSD-3-Clause
#include "dataplane/ports/eal.h"

#include <rte_eal.h>
#include <rte_errno.h>
#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

namespace softwire::dataplane {

namespace {

// Returns the CPUs of each lcore, in the form "0@(0,1),1@2,2@3".
std::string lcores(const std::vector<unsigned>& worker_cpus) {
  std::string others;
  for (const unsigned cpu : allowed_cpus()) {
    if (std::ranges::find(worker_cpus, cpu) == worker_cpus.end()) others += "," + std::to_string(cpu);
  }
  if (others.empty()) {
    for (const unsigned cpu : allowed_cpus()) others += "," + std::to_string(cpu);
  }
  std::string text = "0@(" + others.substr(1) + ")";
  for (std::size_t i = 0; i < worker_cpus.size(); ++i) {
    text += "," + std::to_string(i + 1) + "@" + std::to_string(worker_cpus[i]);
  }
  return text;
}

}  // namespace

Result<Done> start_eal(EalMemory memory, unsigned megabytes) {
  return start_eal(
      {.memory = memory, .megabytes = megabytes, .worker_cpus = {}, .pci_devices = {}, .arguments = {}});
}

Result<Done> start_eal(const EalOptions& options) {
  std::vector<std::string> words = {"softwire", "--no-telemetry", "--log-level=*:error", "-m",
                                    std::to_string(options.megabytes)};
  if (options.memory == EalMemory::kHugepages) {
    words.emplace_back("--in-memory");
  } else {
    words.insert(words.end(), {"--no-huge", "--no-shconf"});
  }
  if (!options.worker_cpus.empty()) {
    words.insert(words.end(), {"--lcores=" + lcores(options.worker_cpus), "--main-lcore=0"});
  }
  // With cards, the bus and the kernel decide: a card without an IOMMU needs physical addresses.
  if (options.pci_devices.empty()) words.insert(words.end(), {"--no-pci", "--iova-mode=va"});
  for (const std::string& device : options.pci_devices) words.insert(words.end(), {"-a", device});
  words.insert(words.end(), options.arguments.begin(), options.arguments.end());
  std::vector<char*> arguments;
  arguments.reserve(words.size());
  for (std::string& word : words) arguments.push_back(word.data());
  if (rte_eal_init(static_cast<int>(arguments.size()), arguments.data()) < 0) {
    return Error{
        std::string("cannot start DPDK: ") + rte_strerror(rte_errno) +
        (options.memory == EalMemory::kHugepages ? "; reserve 2 MB pages in /proc/sys/vm/nr_hugepages" : "")};
  }
  return Done{};
}

std::vector<unsigned> allowed_cpus() {
  std::vector<unsigned> cpus;
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof set, &set) != 0) return {0};
  for (unsigned cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
    if (CPU_ISSET(cpu, &set)) cpus.push_back(cpu);
  }
  return cpus;
}

std::vector<unsigned> usable_cpus() {
  // The kernel leaves out of a new affinity what the process may not use. The thread is not needed any more
  // after that.
  std::vector<unsigned> cpus;
  std::thread([&cpus] {
    cpu_set_t all;
    CPU_ZERO(&all);
    for (unsigned cpu = 0; cpu < CPU_SETSIZE; ++cpu) CPU_SET(cpu, &all);
    static_cast<void>(sched_setaffinity(0, sizeof all, &all));
    cpus = allowed_cpus();
  }).join();
  return cpus;
}

std::string to_cpu_list(const std::vector<unsigned>& cpus) {
  std::string text;
  for (auto first = cpus.begin(); first != cpus.end();) {
    auto last = first;
    while (last + 1 != cpus.end() && *(last + 1) == *last + 1) ++last;
    text += (text.empty() ? "" : ",") + std::to_string(*first);
    if (last != first) text += "-" + std::to_string(*last);
    first = last + 1;
  }
  return text;
}

std::size_t page_bytes(EalMemory memory) {
  return memory == EalMemory::kHugepages ? std::size_t{2} << 20 : static_cast<std::size_t>(getpagesize());
}

unsigned free_hugepage_megabytes() {
  std::ifstream file("/sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages");
  unsigned pages = 0;
  file >> pages;
  return file ? pages * 2 : 0;
}

}  // namespace softwire::dataplane

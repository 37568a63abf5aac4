// SPDX-License-Identifier: BSD-3-Clause
#include "controlplane/privileges/capabilities.h"

#include <linux/capability.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>

#include "controlplane/privileges/sanitized.h"

namespace softwire::controlplane {

namespace {

constexpr unsigned kBitsOfWord = 32;

// ThreadSanitizer runs a signal handler after the system call that the signal interrupts, so that call must
// not be restarted.
constexpr int kSignalFlags = kThreadsSanitized ? 0 : SA_RESTART;

std::atomic<unsigned> answered;
std::atomic<int> failure;  // errno of a thread that failed

using Words = std::array<__user_cap_data_struct, 2>;

int set_capabilities(const Words& words) {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};  // 0: the calling thread
  return static_cast<int>(syscall(SYS_capset, &header, words.data()));
}

// Runs on every other thread. Calls only what a signal handler may call.
void drop_all(int /*signal*/) {
  const int before = errno;
  if (set_capabilities({}) != 0) failure = errno;
  errno = before;
  ++answered;
}

Error failed(int error) {
  return Error{std::string("capabilities cannot be dropped: ") + std::strerror(error)};
}

// Returns whether the thread, a folder of /proc/self/task, takes the signal. ThreadSanitizer has a thread
// that blocks all signals.
bool takes_signal(const std::filesystem::path& thread) {
  if (!kThreadsSanitized) return true;
  std::ifstream status(thread / "status");
  std::string word;
  while (status >> word && word != "SigBlk:") continue;
  status >> word;
  return (std::strtoull(word.c_str(), nullptr, 16) >> (SIGRTMIN - 1) & 1) == 0;
}

Result<Done> limit_others() {
  constexpr std::chrono::seconds kLimit(10);
  struct sigaction action {};
  struct sigaction before {};
  action.sa_handler = drop_all;
  action.sa_flags = kSignalFlags;
  if (sigaction(SIGRTMIN, &action, &before) != 0) return failed(errno);
  answered = 0;
  failure = 0;
  unsigned asked = 0;
  for (const auto& task : std::filesystem::directory_iterator("/proc/self/task")) {
    const pid_t thread = std::stoi(task.path().filename());
    if (thread == gettid() || !takes_signal(task.path())) continue;
    if (tgkill(getpid(), thread, SIGRTMIN) != 0) return failed(errno);
    ++asked;
  }
  const auto end = std::chrono::steady_clock::now() + kLimit;
  while (answered < asked) {
    if (std::chrono::steady_clock::now() > end) return failed(ETIMEDOUT);
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  if (failure != 0) return failed(failure);
  return sigaction(SIGRTMIN, &before, nullptr) == 0 ? Result<Done>(Done{}) : failed(errno);
}

}  // namespace

Result<Done> limit_own_capabilities(CapabilitySet kept) {
  Words words{};
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  if (syscall(SYS_capget, &header, words.data()) != 0) return failed(errno);
  for (std::size_t i = 0; i < words.size(); ++i) {
    words[i].permitted &= static_cast<std::uint32_t>(kept.bits() >> kBitsOfWord * i);
    words[i].effective = words[i].permitted;
    words[i].inheritable = 0;
  }
  return set_capabilities(words) == 0 ? Result<Done>(Done{}) : failed(errno);
}

Result<Done> limit_capabilities(CapabilitySet kept) {
  if (auto limited = limit_others(); !limited) return limited;
  return limit_own_capabilities(kept);
}

}  // namespace softwire::controlplane

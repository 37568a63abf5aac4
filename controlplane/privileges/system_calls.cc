// SPDX-License-Identifier: BSD-3-Clause
#include "controlplane/privileges/system_calls.h"

#include <sched.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <initializer_list>
#include <memory>
#include <string>
#include <type_traits>

#include "controlplane/privileges/sanitized.h"

namespace softwire::controlplane {

namespace {

constexpr auto kMemory = {
    SCMP_SYS(brk),        SCMP_SYS(get_mempolicy), SCMP_SYS(madvise), SCMP_SYS(mbind),
    SCMP_SYS(membarrier), SCMP_SYS(memfd_create),  SCMP_SYS(mincore), SCMP_SYS(mlock),
    SCMP_SYS(mlock2),     SCMP_SYS(mremap),        SCMP_SYS(msync),   SCMP_SYS(munlock),
    SCMP_SYS(munmap),     SCMP_SYS(set_mempolicy),
};

// For reload, counters, and the store with its journal.
constexpr auto kFiles = {
    SCMP_SYS(access),      SCMP_SYS(chmod),      SCMP_SYS(chown),      SCMP_SYS(close),
    SCMP_SYS(close_range), SCMP_SYS(dup),        SCMP_SYS(dup2),       SCMP_SYS(dup3),
    SCMP_SYS(faccessat),   SCMP_SYS(faccessat2), SCMP_SYS(fallocate),  SCMP_SYS(fadvise64),
    SCMP_SYS(fchmod),      SCMP_SYS(fchmodat),   SCMP_SYS(fchown),     SCMP_SYS(fchownat),
    SCMP_SYS(fcntl),       SCMP_SYS(fdatasync),  SCMP_SYS(flock),      SCMP_SYS(fstat),
    SCMP_SYS(fstatfs),     SCMP_SYS(fsync),      SCMP_SYS(ftruncate),  SCMP_SYS(getcwd),
    SCMP_SYS(getdents64),  SCMP_SYS(ioctl),      SCMP_SYS(lseek),      SCMP_SYS(lstat),
    SCMP_SYS(mkdir),       SCMP_SYS(mkdirat),    SCMP_SYS(newfstatat), SCMP_SYS(open),
    SCMP_SYS(openat),      SCMP_SYS(pipe),       SCMP_SYS(pipe2),      SCMP_SYS(pread64),
    SCMP_SYS(preadv),      SCMP_SYS(pwrite64),   SCMP_SYS(pwritev),    SCMP_SYS(read),
    SCMP_SYS(readlink),    SCMP_SYS(readlinkat), SCMP_SYS(readv),      SCMP_SYS(rename),
    SCMP_SYS(renameat),    SCMP_SYS(renameat2),  SCMP_SYS(rmdir),      SCMP_SYS(stat),
    SCMP_SYS(statfs),      SCMP_SYS(statx),      SCMP_SYS(truncate),   SCMP_SYS(umask),
    SCMP_SYS(unlink),      SCMP_SYS(unlinkat),   SCMP_SYS(utimensat),  SCMP_SYS(write),
    SCMP_SYS(writev),
};

constexpr auto kSockets = {
    SCMP_SYS(accept),      SCMP_SYS(accept4),     SCMP_SYS(bind),       SCMP_SYS(connect),
    SCMP_SYS(getpeername), SCMP_SYS(getsockname), SCMP_SYS(getsockopt), SCMP_SYS(listen),
    SCMP_SYS(recvfrom),    SCMP_SYS(recvmmsg),    SCMP_SYS(recvmsg),    SCMP_SYS(sendmmsg),
    SCMP_SYS(sendmsg),     SCMP_SYS(sendto),      SCMP_SYS(setsockopt), SCMP_SYS(shutdown),
};

constexpr auto kWaiting = {
    SCMP_SYS(clock_getres),   SCMP_SYS(clock_gettime),   SCMP_SYS(clock_nanosleep),
    SCMP_SYS(epoll_create),   SCMP_SYS(epoll_create1),   SCMP_SYS(epoll_ctl),
    SCMP_SYS(epoll_pwait),    SCMP_SYS(epoll_pwait2),    SCMP_SYS(epoll_wait),
    SCMP_SYS(eventfd),        SCMP_SYS(eventfd2),        SCMP_SYS(futex),
    SCMP_SYS(gettimeofday),   SCMP_SYS(nanosleep),       SCMP_SYS(poll),
    SCMP_SYS(ppoll),          SCMP_SYS(pselect6),        SCMP_SYS(restart_syscall),
    SCMP_SYS(sched_yield),    SCMP_SYS(select),          SCMP_SYS(time),
    SCMP_SYS(timerfd_create), SCMP_SYS(timerfd_gettime), SCMP_SYS(timerfd_settime),
};

constexpr auto kProcess = {
    SCMP_SYS(capget),
    SCMP_SYS(capset),
    SCMP_SYS(exit),
    SCMP_SYS(exit_group),
    SCMP_SYS(getcpu),
    SCMP_SYS(getegid),
    SCMP_SYS(geteuid),
    SCMP_SYS(getgid),
    SCMP_SYS(getgroups),
    SCMP_SYS(getpid),
    SCMP_SYS(getppid),
    SCMP_SYS(getrandom),
    SCMP_SYS(getresgid),
    SCMP_SYS(getresuid),
    SCMP_SYS(getrlimit),
    SCMP_SYS(getrusage),
    SCMP_SYS(gettid),
    SCMP_SYS(getuid),
    SCMP_SYS(prlimit64),
    SCMP_SYS(rseq),
    SCMP_SYS(rt_sigaction),
    SCMP_SYS(rt_sigpending),
    SCMP_SYS(rt_sigprocmask),
    SCMP_SYS(rt_sigreturn),
    SCMP_SYS(rt_sigsuspend),
    SCMP_SYS(rt_sigtimedwait),
    SCMP_SYS(sched_get_priority_max),
    SCMP_SYS(sched_get_priority_min),
    SCMP_SYS(sched_getaffinity),
    SCMP_SYS(sched_getparam),
    SCMP_SYS(sched_getscheduler),
    SCMP_SYS(sched_setaffinity),
    SCMP_SYS(set_robust_list),
    SCMP_SYS(set_tid_address),
    SCMP_SYS(sigaltstack),
    SCMP_SYS(sysinfo),
    SCMP_SYS(tgkill),
    SCMP_SYS(uname),
};

// A sanitizer runs a program that finds symbol names, and a tracer that finds leaks.
constexpr auto kOfSanitizers = {
    SCMP_SYS(arch_prctl), SCMP_SYS(clone),    SCMP_SYS(execve),   SCMP_SYS(fork),   SCMP_SYS(kill),
    SCMP_SYS(mmap),       SCMP_SYS(mprotect), SCMP_SYS(prctl),    SCMP_SYS(ptrace), SCMP_SYS(vfork),
    SCMP_SYS(wait4),      SCMP_SYS(waitid),   SCMP_SYS(getdents),
};

class Filter {
 public:
  explicit Filter(std::uint32_t otherwise) : context_(seccomp_init(otherwise)) {
    status_ = context_ == nullptr ? -ENOMEM : 0;
    set(SCMP_FLTATR_CTL_TSYNC, 1);
    set(SCMP_FLTATR_CTL_OPTIMIZE, 2);  // uses a binary tree
  }

  void set(scmp_filter_attr attribute, std::uint32_t value) {
    if (status_ == 0) status_ = seccomp_attr_set(context_.get(), attribute, value);
  }

  template <typename... Conditions>
  void add(std::uint32_t action, int call, Conditions... conditions) {
    if (status_ != 0) return;
    status_ = seccomp_rule_add(context_.get(), action, call, sizeof...(conditions), conditions...);
  }

  void allow(std::initializer_list<int> calls) {
    for (const int call : calls) add(SCMP_ACT_ALLOW, call);
  }

  // Returns 0, or -errno of the first failure.
  [[nodiscard]] int load() {
    if (status_ == 0) status_ = seccomp_load(context_.get());
    return status_;
  }

 private:
  struct Release {
    void operator()(scmp_filter_ctx context) const { seccomp_release(context); }
  };
  std::unique_ptr<std::remove_pointer_t<scmp_filter_ctx>, Release> context_;
  int status_;
};

// Compares argument `number`, without the bits outside `mask`, to `value`.
scmp_arg_cmp argument(unsigned number, std::uint64_t mask, std::uint64_t value) {
  return {number, SCMP_CMP_MASKED_EQ, mask, value};
}
constexpr std::uint64_t kInt = 0xffffffff;  // the upper half of an int's register may contain anything

void allow_threads(Filter& filter) {
  filter.add(SCMP_ACT_ALLOW, SCMP_SYS(clone), argument(0, CLONE_THREAD, CLONE_THREAD));
  filter.add(SCMP_ACT_ALLOW, SCMP_SYS(clone3));  // see refuse_clone3()
  for (const std::uint64_t option : {PR_SET_NAME, PR_GET_NAME}) {
    filter.add(SCMP_ACT_ALLOW, SCMP_SYS(prctl), argument(0, kInt, option));
  }
}

// Forbids to make writable memory executable.
void allow_memory(Filter& filter) {
  filter.allow(kMemory);
  filter.add(SCMP_ACT_ALLOW, SCMP_SYS(mmap), argument(2, PROT_EXEC, 0));
  filter.add(SCMP_ACT_ALLOW, SCMP_SYS(mmap), argument(2, PROT_EXEC | PROT_WRITE, PROT_EXEC));
  filter.add(SCMP_ACT_ALLOW, SCMP_SYS(mprotect), argument(2, PROT_EXEC, 0));
}

void allow_sockets(Filter& filter, bool packets) {
  filter.allow(kSockets);
  for (const std::uint64_t family : {AF_UNIX, AF_INET, AF_INET6, AF_NETLINK}) {
    filter.add(SCMP_ACT_ALLOW, SCMP_SYS(socket), argument(0, kInt, family));
  }
  // To open one, a thread needs CAP_NET_RAW too.
  for (const std::uint64_t family : {AF_PACKET, AF_XDP}) {
    if (packets) filter.add(SCMP_ACT_ALLOW, SCMP_SYS(socket), argument(0, kInt, family));
  }
  filter.add(SCMP_ACT_ALLOW, SCMP_SYS(socketpair), argument(0, kInt, AF_UNIX));
}

// Installs a filter that answers clone3() with ENOSYS: a filter cannot see its flags, which are in memory,
// and the C library then uses clone(). It is a filter of its own, because the other one reports to the audit
// log whatever it refuses, and this happens at each start of a thread. Of two filters the stricter answer
// holds. Returns 0, or -errno.
int refuse_clone3() {
  Filter filter(SCMP_ACT_ALLOW);
  filter.add(SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3));
  return filter.load();
}

Error not_installed(int status) {
  return Error{std::string("the filter of system calls cannot be installed: ") + std::strerror(-status)};
}

}  // namespace

Result<Done> limit_system_calls(SystemCallNeeds needs) {
  if (const int status = refuse_clone3(); status != 0) return not_installed(status);
  Filter filter(SCMP_ACT_ERRNO(EPERM));
  filter.set(SCMP_FLTATR_CTL_LOG, 1);
  filter.allow(kFiles);
  filter.allow(kWaiting);
  filter.allow(kProcess);
  allow_memory(filter);
  allow_sockets(filter, needs.packets);
  allow_threads(filter);
  if (needs.bpf) filter.allow({SCMP_SYS(bpf)});
  if (kSanitized) {
    filter.allow(kOfSanitizers);
  } else {
    filter.add(SCMP_ACT_KILL_PROCESS, SCMP_SYS(execve));
  }
  filter.add(SCMP_ACT_KILL_PROCESS, SCMP_SYS(execveat));
  if (const int status = filter.load(); status != 0) return not_installed(status);
  return Done{};
}

}  // namespace softwire::controlplane

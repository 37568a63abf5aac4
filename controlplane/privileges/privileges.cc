// SPDX-License-Identifier: BSD-3-Clause
#include "controlplane/privileges/privileges.h"

#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <string>
#include <utility>

#include "controlplane/privileges/capabilities.h"
#include "controlplane/privileges/sanitized.h"
#include "controlplane/privileges/system_calls.h"
#include "dataplane/ports/port.h"

namespace softwire::controlplane {

namespace {

Error failed(const std::string& what) {
  return Error{what + ": " + std::strerror(errno)};
}

std::array<const std::string*, 2> devices(const Config& config) {
  return {&config.ipv4.port, &config.ipv6.port};
}

bool has_af_xdp(const Config& config) {
  return std::ranges::any_of(devices(config),
                             [](const std::string* device) { return device->starts_with("net_af_xdp"); });
}

// Returns whether frames, or the settings of the network card, pass through the kernel's network stack.
bool is_of_kernel(const std::string& device) {
  if (!dataplane::is_pci_address(device)) return !device.empty();
  std::error_code error;
  const std::string address = device.substr(0, device.find(','));
  const auto driver = std::filesystem::read_symlink("/sys/bus/pci/devices/" + address + "/driver", error);
  return error || driver.filename() != "vfio-pci";
}

bool has_kernel_port(const Config& config) {
  return std::ranges::any_of(devices(config),
                             [](const std::string* device) { return is_of_kernel(*device); });
}

// For sending and receiving frames, for interfaces, and for buffers beyond the limit of locked memory.
CapabilitySet to_start(const Config& config) {
  CapabilitySet set{CAP_NET_RAW, CAP_NET_ADMIN, CAP_IPC_LOCK};
  if (has_af_xdp(config)) set.add(CAP_BPF);
  return set;
}

// For promiscuous mode, multicast groups, the removal of an XDP program at the end, and a port whose
// interface was deleted and made again.
CapabilitySet to_run(const Config& config) {
  CapabilitySet set;
  if (has_kernel_port(config)) {
    set.add(CAP_NET_ADMIN);
    set.add(CAP_NET_RAW);
    set.add(CAP_IPC_LOCK);  // net_af_packet locks its rings in memory
  }
  if (has_af_xdp(config)) set.add(CAP_BPF);
  if (geteuid() == 0) {
    // Files and directories may belong to any user. The control socket is given to a group.
    set.add(CAP_DAC_OVERRIDE);
    set.add(CAP_CHOWN);
  }
  return set;
}

Result<Done> switch_to(const passwd& user) {
  if (prctl(PR_SET_KEEPCAPS, 1) != 0 || initgroups(user.pw_name, user.pw_gid) != 0 ||
      setresgid(user.pw_gid, user.pw_gid, user.pw_gid) != 0 ||
      setresuid(user.pw_uid, user.pw_uid, user.pw_uid) != 0 || prctl(PR_SET_KEEPCAPS, 0) != 0) {
    return failed(std::string("softwired cannot switch to the user ") + user.pw_name);
  }
  return Done{};
}

// Makes a directory for files of the user. Does not change one that exists.
Result<Done> make_directory(const Config& config, const std::string& key,
                            const std::filesystem::path& directory, mode_t mode, const passwd& user) {
  std::error_code error;
  if (directory.empty() || std::filesystem::exists(directory, error)) return Done{};
  if (mkdir(directory.c_str(), mode) != 0 || chmod(directory.c_str(), mode) != 0 ||
      chown(directory.c_str(), user.pw_uid, user.pw_gid) != 0) {
    return Error{config.path + ": " + key + ": the directory " + directory.string() + " cannot be made: " +
                 std::strerror(errno) + "; make it, with " + user.pw_name + " as its owner"};
  }
  return Done{};
}

Error no_user(const Config& config, const std::string& name) {
  return Error{config.path + ": user: there is no user " + name + "; adduser --system " + name +
               " makes one"};
}

}  // namespace

Result<Done> check_accounts(const Config& config) {
  const std::string& user = config.daemon.user;
  if (!user.empty() && getpwnam(user.c_str()) == nullptr) return no_user(config, user);
  const ControlConfig& control = config.daemon.control;
  if (control.socket.empty()) return Done{};
  const std::string group = config.given.contains("control-group") ? control.group : "";
  for (const auto& [key, name] :
       {std::pair{"control-group", &group}, {"control-read-group", &control.read_group}}) {
    if (name->empty() || getgrnam(name->c_str()) != nullptr) continue;
    return Error{config.path + ": " + key + ": there is no group " + *name + "; addgroup --system " + *name +
                 " makes one"};
  }
  return Done{};
}

Result<Done> become_user(const Config& config) {
  const std::string& name = config.daemon.user;
  if (name.empty()) return Done{};
  const passwd* user = getpwnam(name.c_str());
  if (user == nullptr) return no_user(config, name);
  if (user->pw_uid == geteuid()) return Done{};
  if (geteuid() != 0) {
    return Error{config.path + ": user: only root can become " + name + "; start softwired as root, or as " +
                 name + ", or leave the key out"};
  }
  constexpr mode_t kOwn = 0750;
  constexpr mode_t kForMembersOfTheGroup = 0755;
  if (auto made = make_directory(config, "state", config.state, kOwn, *user); !made) return made;
  const auto of_socket = std::filesystem::path(config.daemon.control.socket).parent_path();
  if (auto made = make_directory(config, "control-socket", of_socket, kForMembersOfTheGroup, *user); !made) {
    return made;
  }
  if (auto switched = switch_to(*user); !switched) return switched;
  return limit_own_capabilities(to_start(config));
}

Result<Done> confine(const Config& config) {
  if (auto limited = limit_capabilities(to_run(config)); !limited) return limited;
  // LeakSanitizer uses a process that looks at the other threads.
  if (prctl(PR_SET_DUMPABLE, kSanitized ? 1 : 0) != 0) return failed("core files cannot be disabled");
  return limit_system_calls({.bpf = has_af_xdp(config), .packets = has_kernel_port(config)});
}

void confine_file_thread() {
  // Fails only if there is nothing to drop.
  static_cast<void>(
      limit_own_capabilities(geteuid() == 0 ? CapabilitySet{CAP_DAC_OVERRIDE} : CapabilitySet()));
  // The name shows in /proc, so an operator can see the limits of this thread.
  static_cast<void>(prctl(PR_SET_NAME, "softwired-store"));
}

void confine_text_thread() {
  static_cast<void>(limit_own_capabilities(CapabilitySet()));
  static_cast<void>(prctl(PR_SET_NAME, "softwired-text"));
}

}  // namespace softwire::controlplane

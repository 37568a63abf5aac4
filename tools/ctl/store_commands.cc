// SPDX-License-Identifier: BSD-3-Clause
// The commands of the store: store status, check, repair, backup, restore, expire.
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <string>
#include <vector>

#include "controlplane/text/base64.h"
#include "controlplane/text/values.h"
#include "softwire/wall_time.h"
#include "tools/b4/file_descriptor.h"
#include "tools/ctl/families.h"
#include "tools/ctl/format.h"
#include "tools/ctl/table.h"

namespace softwire::ctl {

namespace {

constexpr int kPollMilliseconds = 100;
constexpr std::size_t kPart = std::size_t{256} * 1024;
constexpr mode_t kFileMode = 0640;

Failure failed(const std::string& path) {
  return unusable(path + ": " + std::strerror(errno));
}

// Starts a job, and waits until it ends. Returns it.
CommandResult<Json> run_job(Invocation& invocation, std::string_view method) {
  if (const auto started = invocation.call(method); !started) return started.error();
  for (;;) {
    auto state = invocation.call("store.get");
    if (!state) return state.error();
    Json job = list_of(*state, "job");
    const std::string how = text_of(job, "state");
    if (how == "failed") return Failure{ExitStatus::kRefused, text_of(job, "error")};
    if (how != "running") return job;
    poll(nullptr, 0, kPollMilliseconds);
  }
}

void print_problems(Invocation& invocation, const Json& problems) {
  for (const Json& problem : problems) invocation.out() << "  " << problem.get<std::string>() << '\n';
}

CommandResult<Done> run_status(Invocation& invocation) {
  const auto state = invocation.call("store.get");
  if (!state) return state.error();
  if (invocation.json()) {
    invocation.print(*state);
    return Done{};
  }
  Listing listing;
  const std::string how = text_of(*state, "state");
  listing.add("state", state->value("refuses-changes", false) ? how + ", refuses changes" : how);
  listing.add("directory", text_of(*state, "directory"));
  listing.add("recorded since", local_time(text_of(*state, "recorded-since")));
  const Json& check = list_of(*state, "last-check");
  listing.add("last check", check.empty() ? "-" : local_time(text_of(check, "at")));
  if (state->contains("failure") && !(*state)["failure"].is_null()) {
    listing.add("last write", text_of(*state, "failure"));
  }
  invocation.out() << listing.text(invocation.style());
  const auto print_list = [&](const char* title, const Json& list, const auto& line) {
    if (list.empty()) return;
    invocation.out() << title << ":\n";
    for (const Json& one : list) invocation.out() << "  " << line(one) << '\n';
  };
  print_list("problems", list_of(*state, "problems"), [](const Json& one) { return one.get<std::string>(); });
  print_list("steps of the system clock", list_of(*state, "clock-steps"), [](const Json& step) {
    return "from " + local_time(text_of(step, "before")) + " to " + local_time(text_of(step, "after"));
  });
  print_list("rows taken out", list_of(*state, "quarantine"), [](const Json& row) {
    return text_of(row, "table") + " (" + text_of(row, "contents") + "): " + text_of(row, "reason");
  });
  return Done{};
}

CommandResult<Done> run_check(Invocation& invocation) {
  const auto job = run_job(invocation, "store.check");
  if (!job) return job.error();
  const Json& problems = list_of(*job, "problems");
  if (invocation.json()) {
    invocation.print(*job);
  } else if (problems.empty()) {
    invocation.out() << "the store is sound: " << counted(number_of(*job, "rows"), "row") << " checked\n";
  } else {
    invocation.out() << counted(problems.size(), "problem") << ":\n";
    print_problems(invocation, problems);
  }
  if (problems.empty()) return Done{};
  return Failure{
      ExitStatus::kUnusable,
      "the store is damaged; softwirectl store repair keeps what is sound, softwirectl store restore FILE "
      "takes a backup"};
}

CommandResult<Done> run_repair(Invocation& invocation) {
  const auto job = run_job(invocation, "store.repair");
  if (!job) return job.error();
  if (invocation.json()) {
    invocation.print(*job);
    return Done{};
  }
  const Json& problems = list_of(*job, "problems");
  invocation.out() << (problems.empty() ? "nothing was wrong\n"
                                        : "the store is in order again; this was wrong:\n");
  print_problems(invocation, problems);
  return Done{};
}

// Writes the whole span.
bool write_all(int file, const std::vector<std::uint8_t>& octets) {
  for (std::size_t written = 0; written < octets.size();) {
    const ssize_t count = write(file, octets.data() + written, octets.size() - written);
    if (count < 0) return false;
    written += static_cast<std::size_t>(count);
  }
  return true;
}

CommandResult<std::uint64_t> receive_backup(Invocation& invocation, int file, const std::string& path) {
  std::uint64_t offset = 0;
  for (;;) {
    const auto part = invocation.call("store.read", {{"offset", offset}});
    if (!part) return part.error();
    const auto octets = controlplane::from_base64(part->value("data", ""));
    if (!octets) return Failure{ExitStatus::kRefused, "store.read: the answer is not base64"};
    if (!write_all(file, *octets)) return failed(path);
    offset += octets->size();
    if (!part->contains("next") || (*part)["next"].is_null()) return offset;
  }
}

CommandResult<Done> run_backup(Invocation& invocation) {
  const std::string& path = invocation.arguments.front();
  const std::string next = path + ".new";
  const b4::FileDescriptor file(open(next.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, kFileMode));
  if (file.get() < 0) return failed(next);
  static_cast<void>(fchmod(file.get(), kFileMode));
  const auto received = [&]() -> CommandResult<std::uint64_t> {
    const auto job = run_job(invocation, "store.backup");
    if (!job) return job.error();
    auto octets = receive_backup(invocation, file.get(), next);
    if (!octets) return octets;
    if (*octets != number_of(*job, "octets")) {
      return Failure{ExitStatus::kRefused,
                     "the backup is not complete; another one may have begun: try again"};
    }
    if (fsync(file.get()) != 0) return failed(next);
    return octets;
  }();
  if (!received || rename(next.c_str(), path.c_str()) != 0) {
    const Failure failure = received ? failed(path) : received.error();
    unlink(next.c_str());
    return failure;
  }
  if (invocation.json()) {
    invocation.print({{"file", path}, {"octets", *received}});
  } else {
    invocation.out() << path << ": " << *received << " octets\n";
  }
  return Done{};
}

CommandResult<Done> run_restore(Invocation& invocation) {
  const std::string& path = invocation.arguments.front();
  const b4::FileDescriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0) return failed(path);
  std::uint64_t offset = 0;
  for (;;) {
    std::vector<std::uint8_t> part(kPart);
    const ssize_t count = read(file.get(), part.data(), part.size());
    if (count < 0) return failed(path);
    if (count == 0) break;
    part.resize(static_cast<std::size_t>(count));
    const auto sent =
        invocation.call("store.write", {{"offset", offset}, {"data", controlplane::to_base64(part)}});
    if (!sent) return without_field(sent.error());
    offset += part.size();
  }
  if (offset == 0) return unusable(path + ": is empty; give a file that softwirectl store backup made");
  const auto job = run_job(invocation, "store.restore");
  if (!job) return Failure{job.error().status, path + ": " + job.error().text};
  if (invocation.json()) {
    invocation.print(*job);
  } else {
    invocation.out() << "restored from " << path << "; the store before is kept in the state directory\n";
  }
  return Done{};
}

CommandResult<Done> run_expire(Invocation& invocation) {
  const std::string& text = invocation.arguments.front();
  const auto time = parse_wall_time(text);
  if (!time) {
    return wrong_usage(
        "store expire: " + controlplane::in_quotes(text) +
        " is not a time; write 2026-11-01 12:00 (local), or add Z or an offset such as +01:00");
  }
  const auto result = invocation.call("store.expire", {{"before", to_string(*time)}});
  if (!result) return without_field(result.error());
  if (invocation.json()) {
    invocation.print(*result);
  } else {
    invocation.out() << "deleted " << number_of(*result, "deleted") << " from the history\n";
  }
  return Done{};
}

}  // namespace

void add_store_commands(Commands& commands) {
  commands.push_back(
      {.name = "store status",
       .summary = "shows the state of the store, its problems, and the steps of the system clock",
       .run = &run_status});
  commands.push_back(
      {.name = "store check",
       .summary = "checks the whole store; changes nothing",
       .details = "softwired does the same every night. The exit status is 1 when something is wrong.",
       .run = &run_check});
  commands.push_back({.name = "store repair",
                      .summary = "takes damaged rows out of the store, and keeps the others",
                      .details = "A file that cannot be mended is replaced by a new one with all its sound "
                                 "rows. It stays in the state "
                                 "directory as softwired.db.damaged-TIME. Forwarding goes on. Add softwires "
                                 "that are missing again.",
                      .run = &run_repair});
  commands.push_back({.name = "store backup",
                      .summary = "writes a copy of the store to a file, while softwired runs",
                      .inputs = {argument("FILE", "the file; one that exists is replaced", Offer::kFile)},
                      .details = "  softwirectl store backup /var/backups/softwired.db",
                      .run = &run_backup});
  commands.push_back({.name = "store restore",
                      .summary = "puts a backup in the place of the store, and activates its softwires",
                      .inputs = {argument("FILE", "a file that store backup has written", Offer::kFile)},
                      .details = "Changes since the backup are lost. softwired reads softwires.conf again. "
                                 "The store before stays in the "
                                 "state directory as softwired.db.before-restore-TIME.",
                      .run = &run_restore});
  commands.push_back(
      {.name = "store expire",
       .summary = "deletes history that ended before a time of the system clock",
       .inputs = {argument("TIME", "2026-11-01 12:00, local, or with Z or an offset such as +01:00")},
       .details =
           "softwired deletes history that is older than history-days by the time that the machine has been "
           "running. History that is older only by the system clock stays until this command.",
       .run = &run_expire});
}

}  // namespace softwire::ctl

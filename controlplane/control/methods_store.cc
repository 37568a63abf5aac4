// SPDX-License-Identifier: BSD-3-Clause
// Methods for the store: its state, check, repair, backup, restore, and the end of old history.
#include "controlplane/control/methods.h"

#include <memory>
#include <utility>

#include "controlplane/softwires/store_service.h"
#include "controlplane/text/base64.h"
#include "softwire/wall_time.h"

namespace softwire::controlplane {

namespace {

constexpr std::size_t kMaxSteps = 100;
constexpr std::size_t kMaxQuarantined = 100;

Json to_json(const StoreJob& job) {
  return {{"name", job.name},
          {"state", name_of(job.state)},
          {"error", job.error.empty() ? Json() : Json(job.error)},
          {"problems", job.problems},
          {"rows", job.rows},
          {"octets", job.octets}};
}

Json state_of(const StoreService& service) {
  const StoreState& state = service.state();
  Json json = {{"state", state.is_degraded() ? "degraded" : "ok"},
               {"directory", service.directory()},
               {"refuses-changes", state.refuses_changes},
               {"problems", state.problems},
               {"failure", state.failure.empty() ? Json() : Json(state.failure)},
               {"failed-jobs", Json::array()},
               {"job", service.job() ? to_json(*service.job()) : Json()},
               {"last-check", nullptr}};
  for (const auto& [name, why] : state.failed_jobs) {
    json["failed-jobs"].push_back({{"name", name}, {"error", why}});
  }
  if (const auto& check = service.last_check()) {
    json["last-check"] = {
        {"at", to_string(check->at)}, {"rows", check->result.rows}, {"problems", check->result.problems}};
  }
  return json;
}

// The part of the answer that the store itself has.
Json record_of(SoftwireStore& store) {
  Json steps = Json::array();
  if (const auto found = store.clock_steps(kMaxSteps)) {
    for (const ClockStep& step : *found) {
      steps.push_back({{"at", to_string(step.at)},
                       {"before", to_string(step.before)},
                       {"after", to_string(step.after)},
                       {"cause", name_of(step.cause)}});
    }
  }
  Json rows = Json::array();
  if (const auto found = quarantined(store, kMaxQuarantined)) {
    for (const Quarantined& row : *found) {
      rows.push_back({{"table", row.table}, {"contents", row.contents}, {"reason", row.reason}});
    }
  }
  return {{"recorded-since", to_string(store.timeline().shown(store.begins()))},
          {"record-time", to_string(store.now())},
          {"clock-steps", std::move(steps)},
          {"quarantine", std::move(rows)}};
}

void get(SoftwireManager& manager, const StoreService& service, RpcReply reply) {
  manager.ask<Json>([](SoftwireStore& store) { return record_of(store); },
                    [&service, reply = std::move(reply)](const Json& record) {
                      Json answer = state_of(service);
                      answer.update(record);
                      reply(std::move(answer));
                    });
}

// Makes a method that starts a job.
Method job(std::string_view name, std::string_view summary, StoreService* service,
           Result<Done> (StoreService::*start)()) {
  return {.name = name,
          .summary = summary,
          .access = RpcAccess::kWrite,
          .params = {},
          .result = "{job}: its name; store.get tells how far it is",
          .run = [service, start](const Json&, ControlSession&, const RpcReply& reply) {
            const auto begun = (service->*start)();
            if (!begun) return reply(RpcError{RpcCode::kNotNow, begun.error().text});
            reply(Json{{"job", service->job()->name}});
          }};
}

void read_part(StoreService& service, const Json& params, const RpcReply& reply) {
  const auto offset = params.value("offset", std::uint64_t{0});
  service.read(offset, [reply, offset](const Result<std::vector<std::uint8_t>>& part) {
    if (!part) {
      return reply(RpcError{RpcCode::kNotFound,
                            "there is no backup: " + part.error().text + "; store.backup makes one"});
    }
    const std::vector<std::uint8_t>& octets = *part;
    const bool is_last = octets.size() < StoreService::kPart;
    reply(Json{{"data", to_base64(octets)}, {"next", is_last ? Json() : Json(offset + octets.size())}});
  });
}

void write_part(StoreService& service, const Json& params, const RpcReply& reply) {
  auto octets = from_base64(params["data"].get<std::string>());
  if (!octets || octets->size() > StoreService::kPart) {
    return reply(
        RpcError{RpcCode::kBadParams, "data: is not base64 of at most 262144 octets", "params.data"});
  }
  service.write(params.value("offset", std::uint64_t{0}), std::move(*octets),
                [reply](const Result<Done>& written) {
                  if (!written) return reply(RpcError{RpcCode::kStore, written.error().text});
                  reply(Json::object());
                });
}

Param offset() {
  constexpr std::int64_t kMaxOffset = std::int64_t{1} << 40;
  return {.name = "offset",
          .type = ParamType::kNumber,
          .help = "where the part begins, in octets; default 0",
          .min = 0,
          .max = kMaxOffset};
}

void add_transfer_methods(std::vector<Method>& methods, StoreService* service) {
  methods.push_back(
      {.name = "store.read",
       .summary = "reads a part of the backup that store.backup made; after the last part it is gone",
       .access = RpcAccess::kWrite,
       .params = {offset()},
       .result = "{data, next}: base64 of at most 262144 octets; next: null with the last part",
       .run = [service](const Json& params, ControlSession&, const RpcReply& reply) {
         read_part(*service, params, reply);
       }});
  methods.push_back(
      {.name = "store.write",
       .summary = "writes a part of the backup that store.restore then restores; offset 0 begins anew",
       .access = RpcAccess::kWrite,
       .params = {offset(), {.name = "data", .help = "base64 of at most 262144 octets", .required = true}},
       .result = "{}",
       .run = [service](const Json& params, ControlSession&, const RpcReply& reply) {
         write_part(*service, params, reply);
       }});
}

}  // namespace

void add_store_methods(std::vector<Method>& methods, const ControlContext& context) {
  StoreService* service = context.store;
  methods.push_back(
      {.name = "store.get",
       .summary = "returns the state of the store: problems, the last check, the job, the steps of the clock",
       .params = {},
       .result =
           "{state: ok or degraded, directory, refuses-changes, problems, failure: of the last write, or "
           "null, failed-jobs: [{name: backup or expiry, error}]: whose latest attempt failed, job: {name, "
           "state: running, done or failed, error, problems, rows, octets} or null, "
           "last-check: {at, rows, problems} or null, recorded-since, record-time, clock-steps: [{at: time "
           "of the record, before: what the clock should have shown, after: what it showed, cause: step or "
           "start}], "
           "quarantine: [{table, contents, reason}]}; the latest steps and rows first, at most 100",
       .run = [service, manager = context.manager](const Json&, ControlSession&, RpcReply reply) {
         get(*manager, *service, std::move(reply));
       }});
  methods.push_back(job("store.check", "starts a check of the whole store; changes nothing", service,
                        &StoreService::check));
  methods.push_back(
      job("store.repair",
          "starts a repair of the store: damaged rows are taken out, the others stay, a damaged file "
          "is kept under another name",
          service, &StoreService::repair));
  methods.push_back(job("store.backup", "starts a backup of the store, which store.read then reads", service,
                        &StoreService::backup));
  methods.push_back(
      job("store.restore",
          "puts what store.write has written in the place of the store, and activates it; the store "
          "before is kept under another name",
          service, &StoreService::restore));
  add_transfer_methods(methods, service);
  methods.push_back(
      {.name = "store.expire",
       .summary = "deletes history that ended before a time of the system clock; without this, history that "
                  "the clock only seems to have aged stays",
       .access = RpcAccess::kWrite,
       .params = {{.name = "before", .type = ParamType::kTime, .help = "the time", .required = true}},
       .result = "{deleted}: number of softwires",
       .run = [service](const Json& params, ControlSession&, const RpcReply& reply) {
         service->expire(*parse_wall_time(params["before"].get<std::string>()),
                         [reply](const Result<std::int64_t>& deleted) {
                           if (!deleted) return reply(RpcError{RpcCode::kRefused, deleted.error().text});
                           reply(Json{{"deleted", *deleted}});
                         });
       }});
}

}  // namespace softwire::controlplane

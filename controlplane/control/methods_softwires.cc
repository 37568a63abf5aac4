// SPDX-License-Identifier: BSD-3-Clause
// Methods for bindings and rules: lists, look-ups, history, changes and transactions.
#include "controlplane/control/methods.h"

#include <memory>
#include <utility>

#include "controlplane/control/json_forms.h"
#include "controlplane/control/session.h"
#include "controlplane/store/binding_pages.h"
#include "controlplane/store/softwire_queries.h"
#include "softwire/address_text.h"
#include "softwire/wall_time.h"

namespace softwire::controlplane {

namespace {

constexpr std::int64_t kMaxPage = 10'000;
constexpr std::int64_t kPage = 1'000;
// The limit of softwires in one transaction.
constexpr std::size_t kMaxPending = 4'000'000;

Ipv4Prefix ipv4_range(const std::string& text) {
  const auto address = parse_ipv4(text);
  return address ? Ipv4Prefix{*address, 32} : *parse_ipv4_prefix(text);
}

Ipv6Prefix ipv6_range(const std::string& text) {
  const auto address = parse_ipv6(text);
  return address ? Ipv6Prefix{*address, 128} : *parse_ipv6_prefix(text);
}

// Requires: the params have been checked.
BindingFilter filter_of(const Json& params) {
  BindingFilter filter;
  if (params.contains("ipv4")) filter.ipv4 = ipv4_range(params["ipv4"]);
  if (params.contains("ipv6")) filter.b4 = ipv6_range(params["ipv6"]);
  if (params.contains("br")) filter.br = parse_ipv6(params["br"].get<std::string>());
  if (params.contains("origin")) {
    for (const Origin origin : {Origin::kOperator, Origin::kFile, Origin::kLease}) {
      if (params["origin"] == name_of(origin)) filter.origin = origin;
    }
  }
  return filter;
}

std::vector<Param> page_params(std::vector<Param> params) {
  params.push_back({.name = "limit",
                    .type = ParamType::kNumber,
                    .help = "most softwires on the page; default 1000",
                    .min = 1,
                    .max = kMaxPage});
  params.push_back({.name = "after", .help = "the value of next on the previous page"});
  return params;
}

RpcError page_error(const Error& error) {
  const bool is_cursor = error.text.starts_with("after: ");
  return {is_cursor ? RpcCode::kBadParams : RpcCode::kStore, error.text, is_cursor ? "params.after" : ""};
}

// A search whose page becomes JSON while it goes on, so that no call takes long.
template <typename Search>
class PageInJson {
 public:
  explicit PageInJson(Search search) : search_(std::move(search)) {}
  // Looks at the next rows. Returns the page when it is complete.
  std::optional<RpcOutcome> look(SoftwireStore& store) {
    const auto done = search_.look(store);
    if (!done) return page_error(done.error());
    const auto& page = search_.page();
    while (list_.size() < page.bindings.size()) list_.push_back(to_json(page.bindings[list_.size()]));
    if (!*done) return std::nullopt;
    return Json{{"bindings", std::move(list_)}, {"next", page.next.empty() ? Json() : Json(page.next)}};
  }

 private:
  Search search_;
  Json list_ = Json::array();
};

// Asks the store when it is the peer's turn, until the question has an answer: see
// SoftwireManager::ask_in_slices().
using StoreQuestion = std::function<std::optional<RpcOutcome>(SoftwireStore&)>;
void ask_in_turn(SoftwireManager& manager, ControlSession& session, StoreQuestion question, RpcReply reply) {
  session.in_store_turn(
      [&manager, question = std::move(question), reply = std::move(reply)](const FairQueue::Ended& ended) {
        manager.ask_in_slices<RpcOutcome>(question, [ended, reply](RpcOutcome outcome) {
          ended();
          reply(std::move(outcome));
        });
      });
}

// Reads the page, and makes its JSON value, on the store's thread, in slices.
template <typename Search>
auto run_page(SoftwireManager* manager) {
  return [manager](const Json& params, ControlSession& session, RpcReply reply) {
    const auto limit = static_cast<std::size_t>(params.value("limit", kPage));
    const auto page = std::make_shared<PageInJson<Search>>(
        Search(filter_of(params), limit, params.value("after", std::string())));
    ask_in_turn(
        *manager, session, [page](SoftwireStore& store) { return page->look(store); }, std::move(reply));
  };
}

RpcError to_rpc(const ChangeError& error) {
  const RpcCode code = error.kind == ChangeError::Kind::kConflict   ? RpcCode::kRefused
                       : error.kind == ChangeError::Kind::kNotFound ? RpcCode::kNotFound
                                                                    : RpcCode::kStore;
  return {code, error.text, error.field.empty() ? "" : "params." + error.field};
}

SoftwireManager::ChangeCallback answer(RpcReply reply) {
  return [reply = std::move(reply)](const Result<SoftwiresChanged, ChangeError>& changed) {
    if (!changed) return reply(to_rpc(changed.error()));
    reply(Json{{"removed", changed->removals()}, {"added", changed->additions()}});
  };
}

std::vector<Param> change_params() {
  return {{.name = "remove",
           .type = ParamType::kSoftwires,
           .help = "softwires to remove, before others are added; a binding needs only ipv4, and psid if the "
                   "address is shared; a rule needs only ipv4"},
          {.name = "add", .type = ParamType::kSoftwires, .help = "softwires to add"}};
}

RpcOutcome look_up_outcome(SoftwireStore& store, const HolderQuestion& question) {
  const auto answer = answer_of(store, question);
  if (!answer) return RpcError{RpcCode::kStore, answer.error().text};
  if (answer->kind == HolderAnswer::Kind::kFuture) {
    return RpcError{RpcCode::kBadParams,
                    to_string(*question.at) + " is in the future; it is " + to_string(answer->now) +
                        " now; give a time in the past, or leave at out",
                    "params.at"};
  }
  if (answer->kind == HolderAnswer::Kind::kNotRecorded) {
    return RpcError{RpcCode::kNotFound,
                    "not recorded before " + to_string(answer->begins) + "; give a later time", "params.at"};
  }
  if (answer->kind == HolderAnswer::Kind::kUnavailable) {
    return RpcError{RpcCode::kStore, why_no_history(store) + "; without at, the answer is for now"};
  }
  Json list = Json::array();
  for (const Holder& holder : answer->holders) list.push_back(to_json(holder));
  return Json{{"found", std::move(list)},
              {"certain", answer->is_certain},
              {"recorded-since", to_string(answer->begins)}};
}

void look_up(SoftwireManager& manager, const Json& params, ControlSession& session, const RpcReply& reply) {
  if (params.contains("ipv4") == params.contains("ipv6")) {
    return reply(RpcError{RpcCode::kBadParams, "give either ipv4 or ipv6", "params"});
  }
  if (params.contains("port") && params.contains("ipv6")) {
    return reply(RpcError{RpcCode::kBadParams,
                          "port needs ipv4; give ipv4 instead of ipv6, or leave port out", "params.port"});
  }
  HolderQuestion question;
  if (params.contains("at")) question.at = parse_wall_time(params["at"].get<std::string>());
  if (params.contains("port")) question.port = params["port"].get<Port>();
  if (params.contains("ipv4")) {
    question.ipv4 = parse_ipv4(params["ipv4"].get<std::string>());
  } else {
    question.b4 = parse_ipv6(params["ipv6"].get<std::string>());
  }
  ask_in_turn(
      manager, session, [question](SoftwireStore& store) { return look_up_outcome(store, question); }, reply);
}

RpcOutcome list_rules(SoftwireStore& store) {
  const auto rules = shown_rules(store);
  if (!rules) return RpcError{RpcCode::kStore, rules.error().text};
  Json list = Json::array();
  for (const StoredRule& rule : *rules) list.push_back(to_json(rule));
  return Json{{"rules", std::move(list)}};
}

const RpcError kNoTransaction = {RpcCode::kNotNow, "no transaction is open; softwires.begin opens one"};

// Reads the softwires of the params into the change, apart when they are many. Then calls `done` with the
// change, and with the error, if any. Requires: the params are valid until then.
using ChangeRead = std::function<void(SoftwireChange change, std::optional<RpcError> error)>;
void read_softwires(const Json& params, Port68 port_68, ControlSession& session, SoftwireChange change,
                    const ChangeRead& done) {
  constexpr std::size_t kMaxInline = 100;
  std::size_t count = 0;
  for (const char* list : {"add", "remove"}) {
    if (const auto found = params.find(list); found != params.end()) count += found->size();
  }
  if (count <= kMaxInline) {
    auto error = read_change(params, port_68, change);
    return done(std::move(change), std::move(error));
  }
  struct Read {
    SoftwireChange change;
    std::optional<RpcError> error;
  };
  const auto read = std::make_shared<Read>(Read{std::move(change), {}});
  session.run_apart([&params, port_68, read] { read->error = read_change(params, port_68, read->change); },
                    [read, done] { done(std::move(read->change), std::move(read->error)); });
}

void append(SoftwireManager& manager, const Json& params, ControlSession& session, const RpcReply& reply) {
  if (!session.transaction()) return reply(kNoTransaction);
  read_softwires(
      params, manager.config().port_68, session, std::move(*session.transaction()),
      [self = session.shared_from_this(), reply](SoftwireChange change, auto error) {
        auto& transaction = self->transaction();
        transaction = std::move(change);
        if (error) return reply(std::move(*error));
        if (const std::size_t pending = transaction->size(); pending <= kMaxPending) {
          return reply(Json{{"pending", pending}});
        }
        transaction.reset();
        reply(RpcError{RpcCode::kRefused, "the transaction has more than " + std::to_string(kMaxPending) +
                                              " softwires, and was aborted; split it"});
      });
}

void add_transaction_methods(std::vector<Method>& methods, SoftwireManager* manager) {
  methods.push_back(
      {.name = "softwires.begin",
       .summary = "opens a transaction on this connection, for more softwires than fit in a line",
       .access = RpcAccess::kWrite,
       .params = {{.name = "replace",
                   .type = ParamType::kBoolean,
                   .help = "replace all softwires of origin operator by those of the transaction; those of "
                           "softwires.conf stay"}},
       .result = "{}",
       .run = [](const Json& params, ControlSession& session, const RpcReply& reply) {
         if (session.transaction()) {
           return reply(RpcError{RpcCode::kNotNow,
                                 "a transaction is open; softwires.commit or softwires.abort ends it"});
         }
         session.transaction().emplace().replace = params.value("replace", false);
         reply(Json::object());
       }});
  methods.push_back(
      {.name = "softwires.append",
       .summary = "adds softwires to the transaction; after an error, part of the lists may have been added",
       .access = RpcAccess::kWrite,
       .params = change_params(),
       .result = "{pending}: softwires of the transaction so far",
       .run = [manager](const Json& params, ControlSession& session, const RpcReply& reply) {
         append(*manager, params, session, reply);
       }});
  methods.push_back({.name = "softwires.commit",
                     .summary = "carries out the transaction, all or nothing, and ends it",
                     .access = RpcAccess::kWrite,
                     .params = {},
                     .result = "{removed, added}: numbers of softwires",
                     .run = [manager](const Json&, ControlSession& session, RpcReply reply) {
                       auto transaction = std::exchange(session.transaction(), std::nullopt);
                       if (!transaction) return reply(kNoTransaction);
                       manager->change(std::move(*transaction), answer(std::move(reply)));
                     }});
  methods.push_back({.name = "softwires.abort",
                     .summary = "ends the transaction; changes nothing",
                     .access = RpcAccess::kWrite,
                     .params = {},
                     .result = "{}",
                     .run = [](const Json&, ControlSession& session, const RpcReply& reply) {
                       session.transaction().reset();
                       reply(Json::object());
                     }});
}

void add_list_methods(std::vector<Method>& methods, SoftwireManager* manager) {
  const Param ipv4 = {.name = "ipv4",
                      .type = ParamType::kIpv4OrPrefix,
                      .help = "only bindings of the address, or in the prefix"};
  const Param ipv6 = {.name = "ipv6",
                      .type = ParamType::kIpv6OrPrefix,
                      .help = "only bindings of the B4 address, or of B4 addresses in the prefix"};
  methods.push_back(
      {.name = "bindings.list",
       .summary = "lists the bindings, a page at a time, by address and PSID; with ipv6, by B4 address",
       .params = page_params(
           {ipv4,
            ipv6,
            {.name = "br", .type = ParamType::kIpv6, .help = "only bindings of the BR address"},
            {.name = "origin",
             .help = "where the bindings come from: softwires.conf, this socket, or a DHCPv4 lease",
             .choices = {"file", "operator", "lease"}}}),
       .result =
           "{bindings: [{ipv4, psid-offset, psid-len, psid, b4, br, origin, since}], next}; next: null on "
           "the last page",
       .run = run_page<BindingSearch>(manager)});
  methods.push_back({.name = "bindings.history",
                     .summary = "lists ended bindings, a page at a time, the latest first",
                     .params = page_params({ipv4, ipv6}),
                     .result = "{bindings: [as in bindings.list, with until, and reason: removed, replaced, "
                               "file, released, expired, refused or declined], next}",
                     .run = run_page<EndedSearch>(manager)});
  methods.push_back({.name = "rules.list",
                     .summary = "lists the MAP rules",
                     .params = {},
                     .result = "{rules: [{rule, ipv4, ipv6, ea-len, psid-offset, psid-len, psid, br or dmr, "
                               "origin, since}]}",
                     .run = [manager](const Json&, ControlSession& session, const RpcReply& reply) {
                       ask_in_turn(*manager, session, &list_rules, reply);
                     }});
}

}  // namespace

void add_softwire_methods(std::vector<Method>& methods, const ControlContext& context) {
  SoftwireManager* manager = context.manager;
  add_list_methods(methods, manager);
  methods.push_back(
      {.name = "softwires.lookup",
       .summary = "finds who has or had an address and port, or what a B4 or CE address has or had",
       .params =
           {{.name = "ipv4", .type = ParamType::kIpv4, .help = "the address"},
            {.name = "port",
             .type = ParamType::kNumber,
             .help =
                 "the port of a shared address; without it, finds everybody who has a part of the address",
             .min = 0,
             .max = 0xffff},
            {.name = "ipv6", .type = ParamType::kIpv6, .help = "the B4 or CE address, instead of ipv4"},
            {.name = "at", .type = ParamType::kTime, .help = "the time to look at; default: now"}},
       .result =
           "{found: [{ipv4, psid-offset, psid-len, psid, ports, b4, br, origin, since, until, and rule if a "
           "rule defines it}], certain, recorded-since}; until: null if it has not ended; the list is empty "
           "if nobody is found; certain: false if the system clock showed the time of `at` more than once or "
           "went over it, then the list has the holders of every moment that may be meant; error 2 if the "
           "time is before the record begins",
       .run = [manager](const Json& params, ControlSession& session, const RpcReply& reply) {
         look_up(*manager, params, session, reply);
       }});
  methods.push_back(
      {.name = "softwires.change",
       .summary =
           "removes and adds softwires, all or nothing; answers when the change is durable and in effect",
       .access = RpcAccess::kWrite,
       .params = change_params(),
       .result = "{removed, added}: numbers of softwires",
       .run = [manager](const Json& params, ControlSession& session, const RpcReply& reply) {
         read_softwires(params, manager->config().port_68, session, {},
                        [manager, reply](SoftwireChange change, auto error) {
                          if (error) return reply(std::move(*error));
                          manager->change(std::move(change), answer(reply));
                        });
       }});
  add_transaction_methods(methods, manager);
}

}  // namespace softwire::controlplane

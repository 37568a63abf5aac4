// SPDX-License-Identifier: BSD-3-Clause
// The method that explains what the hub would do with a packet.
#include "controlplane/control/methods.h"
#include "controlplane/control/session.h"
#include "controlplane/explain/explain.h"
#include "controlplane/text/base64.h"

namespace softwire::controlplane {

void add_explain_methods(std::vector<Method>& methods, const ControlContext& context) {
  methods.push_back(
      {.name = "explain.packet",
       .summary = "explains what the hub would do with a frame, stage by stage; sends and counts nothing",
       .params = {{.name = "side",
                   .help = "side that the frame arrives on",
                   .required = true,
                   .choices = {"ipv4", "ipv6"}},
                  {.name = "frame",
                   .help = "the frame from its Ethernet header on, in base64",
                   .required = true}},
       .result = "{outcome, or null if the frame would be held; disposition: sent, dropped, punted, handled "
                 "or held; stages: [{stage, text}]; sent: [{side, frame in base64}]}",
       .run = [&context](const Json& params, ControlSession&, const RpcReply& reply) {
         const auto frame = from_base64(params["frame"].get_ref<const std::string&>());
         if (!frame)
           return reply(RpcError{RpcCode::kBadParams, "params.frame is not base64", "params.frame"});
         const Side side = params["side"] == "ipv4" ? Side::kIpv4 : Side::kIpv6;
         const auto explanation = context.hub->explain(side, *frame);
         if (!explanation)
           return reply(RpcError{RpcCode::kBadParams, explanation.error().text, "params.frame"});
         reply(to_json(*explanation));
       }});
}

}  // namespace softwire::controlplane

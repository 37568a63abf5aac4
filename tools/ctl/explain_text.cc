// SPDX-License-Identifier: BSD-3-Clause
#include "tools/ctl/explain_text.h"

#include "controlplane/text/base64.h"
#include "tools/ctl/format.h"
#include "tools/ctl/packet_text.h"
#include "tools/ctl/table.h"

namespace softwire::ctl {

namespace {

// Returns a heading with the description of a frame below it.
std::string block(const std::string& heading, std::span<const std::uint8_t> frame, const Style& style) {
  std::string text = style(Look::kBold, heading) + '\n';
  std::string lines = text_of_frame(frame);
  for (std::size_t at = 0; at != std::string::npos;) {
    const std::size_t end = lines.find('\n', at);
    text += "  " + lines.substr(at, end == std::string::npos ? end : end - at) + '\n';
    at = end == std::string::npos ? end : end + 1;
  }
  return text;
}

}  // namespace

std::string text_of_explanation(const std::string& side, std::span<const std::uint8_t> frame,
                                const Json& result, const Style& style) {
  std::string text = block("in on " + side, frame, style);
  Listing stages;
  for (const Json& stage : list_of(result, "stages")) {
    stages.add("  " + text_of(stage, "stage"), text_of(stage, "text"));
  }
  const std::string disposition = text_of(result, "disposition");
  text += '\n' + stages.text(Style(false)) + '\n' + style(Look::kBold, "outcome") + "  " +
          text_of(result, "outcome") + ": " +
          style(disposition == "dropped" ? Look::kBad : Look::kGood, disposition) + '\n';
  for (const Json& sent : list_of(result, "sent")) {
    const auto octets = controlplane::from_base64(text_of(sent, "frame"));
    if (octets) text += '\n' + block("out on " + text_of(sent, "side"), *octets, style);
  }
  return text;
}

}  // namespace softwire::ctl

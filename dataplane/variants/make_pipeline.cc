// SPDX-License-Identifier: BSD-3-Clause
#include "dataplane/variants/make_pipeline.h"

#include "dataplane/variants/variant.h"

namespace softwire::dataplane {

std::unique_ptr<Pipeline> make_pipeline(InstructionSet set, const Policy& policy, const BindingTable& table,
                                        PuntChannel& punt_channel, const Engine::Resources& resources) {
  const PipelineParts parts{policy, table, punt_channel, resources};
  switch (set) {
    case InstructionSet::kX86V4:
#ifdef SOFTWIRE_HAS_V4
      return std::unique_ptr<Pipeline>(softwire_pipeline_v4(parts));
#endif
    case InstructionSet::kX86V3:
#ifdef SOFTWIRE_HAS_V3
      return std::unique_ptr<Pipeline>(softwire_pipeline_v3(parts));
#endif
    case InstructionSet::kBaseline:
      break;
  }
  return std::unique_ptr<Pipeline>(softwire_pipeline_baseline(parts));
}

}  // namespace softwire::dataplane

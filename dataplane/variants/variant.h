// SPDX-License-Identifier: BSD-3-Clause
// The functions that make an engine, one for each instruction set. Only make_pipeline() calls them.
#pragma once

#include "dataplane/pipeline/engine.h"
#include "dataplane/pipeline/pipeline.h"

namespace softwire::dataplane {

// What an engine is made from; see Engine::Engine.
struct PipelineParts {
  const Policy& policy;
  const BindingTable& table;
  PuntChannel& punt_channel;
  const Engine::Resources& resources;
};

}  // namespace softwire::dataplane

extern "C" {
softwire::dataplane::Pipeline* softwire_pipeline_baseline(const softwire::dataplane::PipelineParts& parts);
softwire::dataplane::Pipeline* softwire_pipeline_v3(const softwire::dataplane::PipelineParts& parts);
softwire::dataplane::Pipeline* softwire_pipeline_v4(const softwire::dataplane::PipelineParts& parts);
}

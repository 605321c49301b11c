// What a run did.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "graph.hpp"
#include "plan.hpp"

namespace sluice {

struct Report {
  Plan plan;
  int threads = 1;  ///< that computed, at most: fewer than planned where no more could be made
  double seconds = 0;
  std::int64_t granted_peak_bytes = 0;
  struct SourceUse {
    NodeId node = -1;
    std::string name;
    std::int64_t blocks_total = 0, blocks_decoded = 0, bytes_read = 0;
  };
  std::vector<SourceUse> sources;
  struct Output {
    NodeId node = -1;
    std::string name;
    std::int64_t bytes = 0;
  };
  std::vector<Output> outputs;
  /// With ResumeOptions::on: blocks of all outputs, and those that earlier runs had stored.
  struct Resumed {
    std::int64_t blocks_before = 0, blocks_total = 0;
  } resumed;
  struct Values {
    NodeId node = -1;
    std::string name;
    ReductionValues values;
  };
  std::vector<Values> values;
};

}  // namespace sluice

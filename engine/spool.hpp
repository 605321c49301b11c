// A temporary file for pixels that one pass makes and a later one reads in another order.
#pragma once

#include <memory>
#include <string>

#include "engine/sink.hpp"
#include "engine/source.hpp"

namespace sluice {

/// Both ends of one temporary file: raw tiles at fixed places.
struct Spool {
  std::shared_ptr<Sink> sink;
  std::shared_ptr<const Source> source;
  std::int64_t bytes = 0;  ///< of disk
};

/// A spool for an image like `info` in `folder`. The file is made when the sink begins, has no name
/// and is gone with the last of the two ends. `step` made the pixels, for messages.
Spool make_spool(const ImageInfo& info, const std::string& folder, const std::string& step);

}  // namespace sluice

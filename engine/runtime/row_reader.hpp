// Decodes an in-order source from its first row on, as far as units have asked for.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>

#include "engine/planner/pass_shape.hpp"
#include "engine/runtime/live_blocks.hpp"
#include "engine/runtime/profiler.hpp"

namespace sluice {

/// One task at a time decodes; each band of rows is a block.
class RowReader {
 public:
  RowReader(const Supply& supply, int index) : supply_(supply), index_(index) {}

  /// Units want `band`: blocks that are used on the way there are made. True when a task is to be
  /// started that calls decode_next().
  bool ask_for(std::int64_t band, const UseLedger& ledger, LiveBlocks& live);
  /// Decodes the next band. Gives its block, or nullptr when nobody wants it. `more` is set when
  /// another task is to follow.
  LiveBlock* decode_next(LiveBlocks& live, SlabPool& pool, const ImageInfo& info, Isa isa,
                         Profiler* profiler, bool& more);

 private:
  const Supply& supply_;
  const int index_;
  std::mutex mutex_;                  // guards next_, asked_to_ and decoding_
  std::unique_ptr<RowDecoder> rows_;  // of the task that decodes
  std::int64_t next_ = 0;             // the band to be decoded next
  std::int64_t asked_to_ = -1;        // the last band anybody asked for
  bool decoding_ = false;
};

}  // namespace sluice

#include "engine/planner/block_simulation.hpp"

#include <algorithm>
#include <unordered_map>

namespace sluice {

namespace {

// Uses still to come of the blocks alive. A table where blocks are few enough, as it is many times
// faster.
class Uses {
 public:
  void expect(std::int64_t blocks) {
    constexpr std::int64_t kMostInTable = 1 << 20;
    if (blocks <= kMostInTable) table_.resize(static_cast<std::size_t>(blocks));
  }
  std::int64_t alive() const { return alive_; }
  bool is_alive(std::int64_t block) const {
    return table_.empty() ? map_.contains(block) : table_[static_cast<std::size_t>(block)] > 0;
  }
  void begin(std::int64_t block, std::uint32_t uses) {
    of(block) = uses;
    ++alive_;
  }
  void end_one(std::int64_t block) {
    if (--of(block) > 0) return;
    --alive_;
    if (table_.empty()) map_.erase(block);
  }

 private:
  std::uint32_t& of(std::int64_t block) {
    return table_.empty() ? map_[block] : table_[static_cast<std::size_t>(block)];
  }
  std::vector<std::uint32_t> table_;
  std::unordered_map<std::int64_t, std::uint32_t> map_;
  std::int64_t alive_ = 0;
};

class Simulation {
 public:
  Simulation(PassPlan& pass, int credits)
      : pass_(pass), states_(pass.sources.size()), in_flight_(static_cast<std::size_t>(credits)) {
    for (int s = 0; s < pass.goals; ++s)
      walks_.emplace_back(grid(s));
    for (std::size_t i = 0; i < states_.size(); ++i)
      states_[i].uses.expect(pass.bands() * pass.sources[i].grid.count());
  }

  void run() {
    UnitOrder order = pass_.order();
    for (std::size_t n = 0; !order.done(); ++n) {
      std::vector<BlockRef>& blocks = in_flight_[n % in_flight_.size()];
      release(blocks);
      const int stage = order.next().stage;
      UnitWalk& walk = walks_[static_cast<std::size_t>(stage)];
      UnitGrid::Position unit;
      unit.column = walk.column();
      unit.row = walk.row();
      walk.advance();
      pass_.blocks_of(stage, unit, blocks);
      // Grows by the blocks of kept tiles that this unit is the first to need.
      for (std::size_t i = 0; i < blocks.size(); ++i)
        admit(BlockRef(blocks[i]), blocks);
    }
    for (std::size_t i = 0; i < states_.size(); ++i)
      // A band of rows that nobody wants is still decoded, into one more block, to get past it.
      pass_.sources[i].alive = states_[i].peak + (states_[i].skips ? 1 : 0);
  }

 private:
  struct State {
    Uses uses;
    std::int64_t peak = 0;
    std::int64_t decoded_to = 0;
    bool skips = false;
  };

  const UnitGrid& grid(int stage) const {
    return pass_.stages[static_cast<std::size_t>(stage)].grid();
  }

  void admit(const BlockRef& ref, std::vector<BlockRef>& blocks) {
    const SourcePlan& source = pass_.sources[static_cast<std::size_t>(ref.source)];
    State& state = states_[static_cast<std::size_t>(ref.source)];
    if (source.in_order) {
      for (; state.decoded_to <= ref.block; ++state.decoded_to)
        make(state, {ref.source, ref.band, state.decoded_to});
      return;
    }
    if (make(state, ref) && !source.source) {
      pass_.blocks_of(source.stage, grid(source.stage).position(ref.block), tile_blocks_);
      blocks.insert(blocks.end(), tile_blocks_.begin(), tile_blocks_.end());
    }
  }

  // True when the block was not there yet.
  bool make(State& state, const BlockRef& ref) {
    const std::int64_t key = pass_.key(ref);
    if (state.uses.is_alive(key)) return false;
    const std::uint32_t uses = pass_.uses(ref);
    if (uses == 0) {
      state.skips = true;
    } else {
      state.uses.begin(key, uses);
      state.peak = std::max(state.peak, state.uses.alive());
    }
    return true;
  }

  void release(const std::vector<BlockRef>& blocks) {
    for (const BlockRef& ref : blocks)
      states_[static_cast<std::size_t>(ref.source)].uses.end_one(pass_.key(ref));
  }

  PassPlan& pass_;
  std::vector<State> states_;
  std::vector<UnitWalk> walks_;  // of the goals
  std::vector<std::vector<BlockRef>> in_flight_;
  std::vector<BlockRef> tile_blocks_;
};

}  // namespace

void find_alive(PassPlan& pass, int credits) {
  if (!pass.sources.empty()) Simulation(pass, credits).run();
}

void count_reads(PassPlan& pass) {
  std::vector<ByteRange> ranges;
  for (std::size_t i = 0; i < pass.sources.size(); ++i) {
    SourcePlan& s = pass.sources[i];
    s.decoded = s.bytes_read = 0;
    std::int64_t last = -1;
    const auto decode = [&](std::int64_t block) {
      last = block;
      ++s.decoded;
      if (s.in_order || !s.source) return;
      ranges.clear();
      s.source->locate(block, ranges);
      for (const ByteRange& r : ranges)
        s.bytes_read += r.size;
    };
    for (std::int64_t band = 0; band < pass.bands(); ++band) {
      const Rect reach = pass.reach(static_cast<int>(i), band);
      for (std::int64_t y = reach.y; y < reach.bottom(); ++y)
        for (std::int64_t x = reach.x; x < reach.right(); ++x)
          if (const std::int64_t block = y * s.grid.columns() + x;
              pass.uses({static_cast<int>(i), band, block}) > 0)
            decode(block);
    }
    if (s.in_order) s.decoded = last + 1;
    if (s.in_order && s.source->bytes()) s.bytes_read = s.source->bytes()->size();
  }
}

}  // namespace sluice

#include "engine/runtime/live_blocks.hpp"

namespace sluice {

LiveBlock* LiveBlocks::find_or_create(const BlockRef& ref, std::uint32_t uses, bool& created) {
  const std::lock_guard lock(mutex_);
  std::unique_ptr<LiveBlock>& block = live_[ref.block];
  created = block == nullptr;
  if (created) {
    block = std::make_unique<LiveBlock>();
    block->ref = ref;
    const auto given_up = given_up_.extract(ref.block);
    block->remaining = uses - (given_up ? given_up.mapped() : 0);
  }
  return block.get();
}

LiveBlock* LiveBlocks::find(std::int64_t block) {
  const std::lock_guard lock(mutex_);
  const auto found = live_.find(block);
  return found == live_.end() ? nullptr : found->second.get();
}

bool LiveBlocks::release(LiveBlock& block) {
  const std::int64_t number = block.ref.block;
  // Another unit may free the block as soon as this one has no use of it any more.
  if (--block.remaining > 0) return false;
  std::unique_ptr<LiveBlock> last;
  const std::lock_guard lock(mutex_);
  const auto found = live_.find(number);
  last = std::move(found->second);
  live_.erase(found);
  return true;
}

void LiveBlocks::give_up(const BlockRef& ref, std::uint32_t uses) {
  std::unique_ptr<LiveBlock> last;
  const std::lock_guard lock(mutex_);
  if (const auto found = live_.find(ref.block); found != live_.end()) {
    // When this is the last use, all others have been released: its pixels are there.
    if (--found->second->remaining > 0) return;
    last = std::move(found->second);
    live_.erase(found);
    return;
  }
  if (++given_up_[ref.block] == uses) given_up_.erase(ref.block);
}

}  // namespace sluice

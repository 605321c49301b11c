// The contract of a reduction: numbers out of a whole image, the same in any order.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "image_info.hpp"
#include "simd/isa.hpp"
#include "tile.hpp"

namespace sluice {

/// The results of a reduction: named arrays, each array[i][channel]. The first is the main one, to
/// which `${p[0]}` refers; others are reached by name, `${s.mean}`.
struct ReductionValues {
  std::vector<std::pair<std::string, std::vector<std::vector<double>>>> arrays;
  /// nullptr when there is none of that name. "" is the first array.
  const std::vector<std::vector<double>>* find(const std::string& name) const;
};

/// What one worker has gathered. Not shared while a pass runs.
class Accumulator {
 public:
  virtual ~Accumulator() = default;
  virtual void add(const TileView& tile, Isa isa) = 0;
  /// Adds what `other`, of the same reduction, has gathered.
  virtual void merge(const Accumulator& other) = 0;
};

/// An exact, commutative reduction, bound to its options and input; immutable.
class Reduction {
 public:
  virtual ~Reduction() = default;
  /// The arrays it will give, with their lengths but empty channels: for checking references.
  virtual ReductionValues shape() const = 0;
  virtual std::unique_ptr<Accumulator> start() const = 0;
  virtual ReductionValues finish(const Accumulator& all) const = 0;
  /// The most that an accumulator takes, whatever its late numbers will be.
  virtual std::int64_t accumulator_bytes() const = 0;
  /// Of a step that goes over its image several times: what this time is for, as the plan says it,
  /// "1 of 2: smallest and largest".
  virtual std::string purpose() const { return {}; }
};

}  // namespace sluice

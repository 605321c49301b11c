// The operations of formulas, shared by the parser and the kernels.
#pragma once

#include <cstdint>

namespace sluice::formula {

/// Operations of the tree and opcodes of the program. Leaves first, then by number of arguments.
/// Kernel tables follow this order.
enum class Op : std::uint8_t {
  constant,
  nodata,
  column,
  row,
  load,
  negate,
  logical_not,
  abs,
  sqrt,
  floor,
  ceil,
  round,
  exp,
  log,
  log10,
  sin,
  cos,
  tan,
  asin,
  acos,
  atan,
  add,
  subtract,
  multiply,
  divide,
  modulo,
  equal,
  not_equal,
  less,
  less_equal,
  logical_and,
  logical_or,
  min,
  max,
  power,
  atan2,
  select,
};
inline constexpr int kOps = static_cast<int>(Op::select) + 1;

constexpr int arguments_of(Op op) {
  return op <= Op::load ? 0 : op <= Op::atan ? 1 : op <= Op::atan2 ? 2 : 3;
}

}  // namespace sluice::formula

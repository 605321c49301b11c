// Formulas of `expression`: text to a tree of operations, and the tree to a program of vector
// instructions.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/image_info.hpp"
#include "ops/common/formula_op.hpp"

namespace sluice::formula {

inline constexpr std::size_t kMaxLength = 10000;  ///< characters of a formula
inline constexpr int kMaxDepth = 100;             ///< of nesting
inline constexpr std::size_t kMaxNodes = 4000;    ///< of all formulas of `expression` together

/// One operation; its arguments stand before it in Tree::nodes. Equal nodes are one node.
struct Node {
  Op op = Op::constant;
  int arguments[3] = {-1, -1, -1};
  double value = 0;  ///< of a constant
  int input = -1;    ///< of a load
  int band = -1;     ///< of a load; -1: the band being computed
  friend bool operator==(const Node&, const Node&) = default;
};

struct Tree {
  std::vector<Node> nodes;
  std::vector<int> results;  ///< the node of each formula
  int per_band = 0;          ///< bands of the inputs that stand alone by their name, 0: none does
  int per_band_input = -1;   ///< the first of them
};

/// Parses the formulas over `inputs`, called `names` (one each, none empty). Throws Error (usage).
Tree parse(std::span<const std::string> formulas, std::span<const ImageInfo> inputs,
           std::span<const std::string> names, std::size_t most_nodes = kMaxNodes);

/// The value of one operation, in f32 or f64, as the kernels compute it.
template <class T>
T evaluate(Op op, T a, T b, T c);
extern template float evaluate<float>(Op, float, float, float);
extern template double evaluate<double>(Op, double, double, double);

/// Computes constant parts in T and rewrites x ** 2, 3, 0.5, -1; drops what is not used.
template <class T>
Tree folded(const Tree& tree);
extern template Tree folded<float>(const Tree&);
extern template Tree folded<double>(const Tree&);

/// One step of the program: slot `out` = op(slots in...). Slots 0 .. constants - 1 hold the
/// constants, the following the registers.
struct Instruction {
  Op op = Op::constant;
  int out = -1;
  int in[3] = {-1, -1, -1};
  int input = -1;  ///< of a load
  int band = -1;
};

struct Program {
  struct Constant {
    Op op = Op::constant;  ///< constant, nodata or row: the same along a row
    double value = 0;
  };
  std::vector<Constant> constants;
  int registers = 0;
  std::vector<Instruction> code;
  std::vector<int> results;  ///< slot of each formula, valid when all code has run

  int slots() const { return static_cast<int>(constants.size()) + registers; }
};

Program compile(const Tree& tree);

}  // namespace sluice::formula

#include "ops/common/formula.hpp"

#include <cmath>
#include <limits>
#include <map>
#include <set>
#include <tuple>
#include <type_traits>

#include "engine/error.hpp"
#include "engine/simd/math.hpp"

namespace sluice::formula {

namespace {

/// A function of f64 lanes, for f32 computed in f64 and rounded.
template <class T>
T function(Op op, T a, T b) {
  constexpr auto kAccuracy =
      std::is_same_v<T, float> ? math::Accuracy::single : math::Accuracy::full;
  const double x = static_cast<double>(a), y = static_cast<double>(b);
  switch (op) {
    case Op::exp:
      return static_cast<T>(math::exp<kAccuracy>(x));
    case Op::log:
      return static_cast<T>(math::log<kAccuracy>(x));
    case Op::log10:
      return static_cast<T>(math::log10<kAccuracy>(x));
    case Op::sin:
      return static_cast<T>(math::sin<kAccuracy>(x));
    case Op::cos:
      return static_cast<T>(math::cos<kAccuracy>(x));
    case Op::tan:
      return static_cast<T>(math::tan<kAccuracy>(x));
    case Op::asin:
      return static_cast<T>(math::asin<kAccuracy>(x));
    case Op::acos:
      return static_cast<T>(math::acos<kAccuracy>(x));
    case Op::atan:
      return static_cast<T>(math::atan<kAccuracy>(x));
    case Op::power:
      return static_cast<T>(math::pow<kAccuracy>(x, y));
    case Op::atan2:
      return static_cast<T>(math::atan2<kAccuracy>(x, y));
    default:
      throw Error(ErrorKind::internal, "a formula's function without meaning");
  }
}

/// a - b * trunc(a / b), put right where the quotient's rounding crossed an integer.
template <class T>
T modulo(T a, T b) {
  const T step = std::fabs(b);
  T r = a - b * std::trunc(a / b);
  if (a < 0) r = -r;
  if (r < 0) r += step;
  if (r >= step) r -= step;
  return a < 0 ? -r : r;
}

}  // namespace

template <class T>
T evaluate(Op op, T a, T b, T c) {
  constexpr T kNan = std::numeric_limits<T>::quiet_NaN();
  const bool nan = std::isnan(a) || std::isnan(b);
  switch (op) {
    case Op::negate:
      return -a;
    case Op::logical_not:
      return a == 0;
    case Op::abs:
      return std::fabs(a);
    case Op::sqrt:
      return std::sqrt(a);
    case Op::floor:
      return std::floor(a);
    case Op::ceil:
      return std::ceil(a);
    case Op::round:
      return std::nearbyint(a);
    case Op::add:
      return a + b;
    case Op::subtract:
      return a - b;
    case Op::multiply:
      return a * b;
    case Op::divide:
      return a / b;
    case Op::modulo:
      return modulo(a, b);
    case Op::equal:
      return a == b;
    case Op::not_equal:
      return a != b;
    case Op::less:
      return a < b;
    case Op::less_equal:
      return a <= b;
    case Op::logical_and:
      return a != 0 && b != 0;
    case Op::logical_or:
      return a != 0 || b != 0;
    case Op::min:
      return nan ? kNan : a < b ? a : b;
    case Op::max:
      return nan ? kNan : a > b ? a : b;
    case Op::select:
      return a != 0 ? b : c;
    default:
      return function(op, a, b);
  }
}
template float evaluate<float>(Op, float, float, float);
template double evaluate<double>(Op, double, double, double);

namespace {

/// Builds the folded tree node by node, one node for equal ones.
template <class T>
class Folder {
 public:
  explicit Folder(const Tree& from) : from_(from) {
    to_.per_band = from.per_band;
    to_.per_band_input = from.per_band_input;
  }

  Tree run() {
    std::vector<int> moved(from_.nodes.size());
    for (std::size_t i = 0; i < from_.nodes.size(); ++i) {
      Node node = from_.nodes[i];
      for (int& argument : node.arguments)
        if (argument >= 0) argument = moved[static_cast<std::size_t>(argument)];
      moved[i] = fold(node);
    }
    for (const int result : from_.results)
      to_.results.push_back(moved[static_cast<std::size_t>(result)]);
    return drop_unused();
  }

 private:
  const Node& argument(const Node& node, int i) const {
    return to_.nodes[static_cast<std::size_t>(node.arguments[i])];
  }
  int add(const Node& node) {
    const auto key =
        std::tuple(node.op, node.arguments[0], node.arguments[1], node.arguments[2],
                   __builtin_bit_cast(std::uint64_t, node.value), node.input, node.band);
    const auto [place, fresh] = known_.try_emplace(key, static_cast<int>(to_.nodes.size()));
    if (fresh) to_.nodes.push_back(node);
    return place->second;
  }
  int add(Op op, int a, int b = -1) { return add(Node{op, {a, b, -1}, 0, -1, -1}); }
  int constant(double v) { return add(Node{Op::constant, {-1, -1, -1}, v, -1, -1}); }

  int fold(const Node& node) {
    if (node.op == Op::constant) return constant(static_cast<double>(static_cast<T>(node.value)));
    const int n = arguments_of(node.op);
    if (n == 0) return add(node);
    T values[3] = {};
    bool constants = true;
    for (int i = 0; i < n; ++i) {
      constants = constants && argument(node, i).op == Op::constant;
      values[i] = static_cast<T>(argument(node, i).value);
    }
    if (constants)
      return constant(static_cast<double>(evaluate<T>(node.op, values[0], values[1], values[2])));
    if (node.op == Op::power && argument(node, 1).op == Op::constant) return power(node);
    return add(node);
  }

  int power(const Node& node) {
    const int base = node.arguments[0];
    const double exponent = argument(node, 1).value;
    if (exponent == 2) return add(Op::multiply, base, base);
    if (exponent == 3) return add(Op::multiply, add(Op::multiply, base, base), base);
    if (exponent == 0.5) return add(Op::sqrt, base);
    if (exponent == -1) return add(Op::divide, constant(1), base);
    return add(node);
  }

  Tree drop_unused() {
    std::vector<bool> used(to_.nodes.size(), false);
    for (const int result : to_.results)
      used[static_cast<std::size_t>(result)] = true;
    for (std::size_t i = to_.nodes.size(); i-- > 0;)
      if (used[i])
        for (const int argument : to_.nodes[i].arguments)
          if (argument >= 0) used[static_cast<std::size_t>(argument)] = true;
    std::vector<int> moved(to_.nodes.size(), -1);
    std::vector<Node> kept;
    for (std::size_t i = 0; i < to_.nodes.size(); ++i) {
      if (!used[i]) continue;
      Node node = to_.nodes[i];
      for (int& argument : node.arguments)
        if (argument >= 0) argument = moved[static_cast<std::size_t>(argument)];
      moved[i] = static_cast<int>(kept.size());
      kept.push_back(node);
    }
    to_.nodes = std::move(kept);
    for (int& result : to_.results)
      result = moved[static_cast<std::size_t>(result)];
    return std::move(to_);
  }

  const Tree& from_;
  Tree to_;
  std::map<std::tuple<Op, int, int, int, std::uint64_t, int, int>, int> known_;
};

}  // namespace

template <class T>
Tree folded(const Tree& tree) {
  return Folder<T>(tree).run();
}
template Tree folded<float>(const Tree&);
template Tree folded<double>(const Tree&);

namespace {

bool same_along_row(Op op) {
  return op == Op::constant || op == Op::nodata || op == Op::row;
}

/// The last node that reads each node; results are read by all that follows.
std::vector<std::size_t> last_uses(const Tree& tree) {
  std::vector<std::size_t> last(tree.nodes.size(), 0);
  for (std::size_t i = 0; i < tree.nodes.size(); ++i)
    for (const int argument : tree.nodes[i].arguments)
      if (argument >= 0) last[static_cast<std::size_t>(argument)] = i;
  for (const int result : tree.results)
    last[static_cast<std::size_t>(result)] = tree.nodes.size();
  return last;
}

}  // namespace

Program compile(const Tree& tree) {
  Program program;
  const std::size_t n = tree.nodes.size();
  std::vector<int> slot(n, -1);
  for (std::size_t i = 0; i < n; ++i) {
    const Node& node = tree.nodes[i];
    if (!same_along_row(node.op)) continue;
    slot[i] = static_cast<int>(program.constants.size());
    program.constants.push_back({node.op, node.value});
  }
  const int first_register = static_cast<int>(program.constants.size());
  const std::vector<std::size_t> last = last_uses(tree);
  std::set<int> free;
  for (std::size_t i = 0; i < n; ++i) {
    const Node& node = tree.nodes[i];
    if (same_along_row(node.op)) continue;
    Instruction step{node.op, -1, {-1, -1, -1}, node.input, node.band};
    for (int k = 0; k < arguments_of(node.op); ++k)
      step.in[k] = slot[static_cast<std::size_t>(node.arguments[k])];
    // An argument's register may take the result: kernels read a vector before they write it.
    for (int k = 0; k < arguments_of(node.op); ++k)
      if (step.in[k] >= first_register && last[static_cast<std::size_t>(node.arguments[k])] == i)
        free.insert(step.in[k]);
    if (free.empty()) free.insert(first_register + program.registers++);
    step.out = slot[i] = *free.begin();
    free.erase(free.begin());
    program.code.push_back(step);
  }
  for (const int result : tree.results)
    program.results.push_back(slot[static_cast<std::size_t>(result)]);
  return program;
}

}  // namespace sluice::formula

#include "ops/common/formula.kernels.hpp"

#include "engine/simd/kernel.hpp"
#include "engine/simd/math_lanes.hpp"

namespace sluice {
namespace SLUICE_KERNEL_ISA {
namespace {

template <class T>
using Arguments = const FormulaArgument<T>*;

template <class T>
inline batch<T> argument(Arguments<T> arguments, int k, std::int64_t i) {
  return load(arguments[k].data + i * arguments[k].step);
}
template <class T>
inline batch<T> zero() {
  return batch<T>(T(0));
}
template <class T>
inline batch<T> truth(const mask<T>& m) {
  return xsimd::select(m, batch<T>(T(1)), zero<T>());
}
template <class T>
inline mask<T> is_true(const batch<T>& v) {
  return not_equal(v, zero<T>());
}
template <class T>
inline batch<T> negated(const batch<T>& v) {
  return v ^ batch<T>(T(-0.0));
}

// One type per operation, applied to vectors of f32 or f64. They are local to this instruction set.

struct Negate {
  template <class V>
  static V apply(const V& a) {
    return negated(a);
  }
};
struct Not {
  template <class T, class A>
  static xsimd::batch<T, A> apply(const xsimd::batch<T, A>& a) {
    return truth<T>(a == zero<T>());
  }
};
struct Abs {
  template <class T, class A>
  static xsimd::batch<T, A> apply(const xsimd::batch<T, A>& a) {
    return and_not(a, xsimd::batch<T, A>(T(-0.0)));
  }
};
struct Sqrt {
  template <class V>
  static V apply(const V& a) {
    return xsimd::sqrt(a);
  }
};
struct Floor {
  template <class V>
  static V apply(const V& a) {
    return xsimd::floor(a);
  }
};
struct Ceil {
  template <class V>
  static V apply(const V& a) {
    return xsimd::ceil(a);
  }
};
struct Round {
  template <class V>
  static V apply(const V& a) {
    return xsimd::nearbyint(a);
  }
};
struct Add {
  template <class V>
  static V apply(const V& a, const V& b) {
    return a + b;
  }
};
struct Subtract {
  template <class V>
  static V apply(const V& a, const V& b) {
    return a - b;
  }
};
struct Multiply {
  template <class V>
  static V apply(const V& a, const V& b) {
    return a * b;
  }
};
struct Divide {
  template <class V>
  static V apply(const V& a, const V& b) {
    return a / b;
  }
};
struct Modulo {
  template <class T, class A>
  static xsimd::batch<T, A> apply(const xsimd::batch<T, A>& a, const xsimd::batch<T, A>& b) {
    const auto z = zero<T>(), step = Abs::apply(b);
    const auto below = a < z;
    auto r = a - b * xsimd::trunc(a / b);
    // Magnitudes: the remainder with the dividend's sign taken off.
    r = xsimd::select(below, negated(r), r);
    r = xsimd::select(r < z, r + step, r);
    r = xsimd::select(r >= step, r - step, r);
    return xsimd::select(below, negated(r), r);
  }
};
struct Equal {
  template <class T, class A>
  static xsimd::batch<T, A> apply(const xsimd::batch<T, A>& a, const xsimd::batch<T, A>& b) {
    return truth<T>(a == b);
  }
};
struct NotEqual {
  template <class T, class A>
  static xsimd::batch<T, A> apply(const xsimd::batch<T, A>& a, const xsimd::batch<T, A>& b) {
    return truth<T>(not_equal(a, b));
  }
};
struct Less {
  template <class T, class A>
  static xsimd::batch<T, A> apply(const xsimd::batch<T, A>& a, const xsimd::batch<T, A>& b) {
    return truth<T>(a < b);
  }
};
struct LessEqual {
  template <class T, class A>
  static xsimd::batch<T, A> apply(const xsimd::batch<T, A>& a, const xsimd::batch<T, A>& b) {
    return truth<T>(a <= b);
  }
};
struct And {
  template <class T, class A>
  static xsimd::batch<T, A> apply(const xsimd::batch<T, A>& a, const xsimd::batch<T, A>& b) {
    return truth<T>(is_true(a) & is_true(b));
  }
};
struct Or {
  template <class T, class A>
  static xsimd::batch<T, A> apply(const xsimd::batch<T, A>& a, const xsimd::batch<T, A>& b) {
    return truth<T>(is_true(a) | is_true(b));
  }
};
struct Min {
  template <class T, class A>
  static xsimd::batch<T, A> apply(const xsimd::batch<T, A>& a, const xsimd::batch<T, A>& b) {
    return xsimd::select((a == a) & (b == b), xsimd::select(a < b, a, b), quiet_nan<T>());
  }
};
struct Max {
  template <class T, class A>
  static xsimd::batch<T, A> apply(const xsimd::batch<T, A>& a, const xsimd::batch<T, A>& b) {
    return xsimd::select((a == a) & (b == b), xsimd::select(a > b, a, b), quiet_nan<T>());
  }
};

#define SLUICE_FUNCTION(Name, function)             \
  struct Name {                                     \
    template <math::Accuracy kAccuracy, class... V> \
    static auto apply(const V&... v) {              \
      return math::function<kAccuracy>(v...);       \
    }                                               \
  };
SLUICE_FUNCTION(Exp, exp)
SLUICE_FUNCTION(Log, log)
SLUICE_FUNCTION(Log10, log10)
SLUICE_FUNCTION(Sin, sin)
SLUICE_FUNCTION(Cos, cos)
SLUICE_FUNCTION(Tan, tan)
SLUICE_FUNCTION(Asin, asin)
SLUICE_FUNCTION(Acos, acos)
SLUICE_FUNCTION(Atan, atan)
SLUICE_FUNCTION(Power, pow)
SLUICE_FUNCTION(Atan2, atan2)
#undef SLUICE_FUNCTION

// --- loops
// -----------------------------------------------------------------------------------------

template <class T, class Operation>
void one(Arguments<T> arguments, T* out, std::int64_t n) {
  for (std::int64_t i = 0; i < n; i += lanes<T>())
    store(out + i, Operation::apply(argument(arguments, 0, i)));
}
template <class T, class Operation>
void two(Arguments<T> arguments, T* out, std::int64_t n) {
  for (std::int64_t i = 0; i < n; i += lanes<T>())
    store(out + i, Operation::apply(argument(arguments, 0, i), argument(arguments, 1, i)));
}
template <class T>
void choose(Arguments<T> arguments, T* out, std::int64_t n) {
  for (std::int64_t i = 0; i < n; i += lanes<T>())
    store(out + i, xsimd::select(is_true(argument(arguments, 0, i)), argument(arguments, 1, i),
                                 argument(arguments, 2, i)));
}

template <class T>
struct FullOrSingle {
  static constexpr math::Accuracy value = math::Accuracy::full;
};
template <>
struct FullOrSingle<float> {
  static constexpr math::Accuracy value = math::Accuracy::single;
};
template <class T>
inline batch<double> wide_argument(Arguments<T> arguments, int k, std::int64_t i) {
  return load_as<double>(arguments[k].data + i * arguments[k].step);
}
template <class T, class Function>
void function_of_one(Arguments<T> arguments, T* out, std::int64_t n) {
  for (std::int64_t i = 0; i < n; i += lanes<double>())
    store_as(out + i,
             Function::template apply<FullOrSingle<T>::value>(wide_argument(arguments, 0, i)));
}
template <class T, class Function>
void function_of_two(Arguments<T> arguments, T* out, std::int64_t n) {
  for (std::int64_t i = 0; i < n; i += lanes<double>())
    store_as(out + i, Function::template apply<FullOrSingle<T>::value>(
                          wide_argument(arguments, 0, i), wide_argument(arguments, 1, i)));
}

template <class T>
void column(double first, T* out, std::int64_t n) {
  T ramp[lanes<T>()];
  for (int k = 0; k < lanes<T>(); ++k)
    ramp[k] = static_cast<T>(first + k);
  batch<T> v = load(ramp);
  const batch<T> step(static_cast<T>(lanes<T>()));
  for (std::int64_t i = 0; i < n; i += lanes<T>()) {
    store(out + i, v);
    v = v + step;
  }
}

/// Loads and stores of samples, by way of f64 where the type needs it.
template <class T>
struct Row {
  template <class In>
  static void load(const void* in, T* out, std::int64_t n) {
    using Lane = Arithmetic<T, In>;
    const In* from = static_cast<const In*>(in);
    for (std::int64_t i = 0; i < n; i += lanes<Lane>())
      store_as(out + i, load_as<Lane>(from + i));
  }

  template <class Out>
  static void store(FormulaArgument<T> in, void* out, std::int64_t n) {
    using Lane = Arithmetic<T, Out>;
    Out* to = static_cast<Out*>(out);
    for (std::int64_t i = 0; i < n; i += lanes<Lane>()) {
      batch<Lane> v = load_as<Lane>(in.data + i * in.step);
      if constexpr (kIsFloat<Out>) v = canonical(v);
      store_as(to + i, v);
    }
  }
};

template <class T>
constexpr FormulaKernels<T> kernels_of() {
  return {
      {
          nullptr,
          nullptr,
          nullptr,
          nullptr,
          nullptr,
          &one<T, Negate>,
          &one<T, Not>,
          &one<T, Abs>,
          &one<T, Sqrt>,
          &one<T, Floor>,
          &one<T, Ceil>,
          &one<T, Round>,
          &function_of_one<T, Exp>,
          &function_of_one<T, Log>,
          &function_of_one<T, Log10>,
          &function_of_one<T, Sin>,
          &function_of_one<T, Cos>,
          &function_of_one<T, Tan>,
          &function_of_one<T, Asin>,
          &function_of_one<T, Acos>,
          &function_of_one<T, Atan>,
          &two<T, Add>,
          &two<T, Subtract>,
          &two<T, Multiply>,
          &two<T, Divide>,
          &two<T, Modulo>,
          &two<T, Equal>,
          &two<T, NotEqual>,
          &two<T, Less>,
          &two<T, LessEqual>,
          &two<T, And>,
          &two<T, Or>,
          &two<T, Min>,
          &two<T, Max>,
          &function_of_two<T, Power>,
          &function_of_two<T, Atan2>,
          &choose<T>,
      },
      &column<T>,
      SLUICE_ARITHMETIC_TYPES(Row<T>::template load),
      SLUICE_ARITHMETIC_TYPES(Row<T>::template store),
  };
}

}  // namespace

extern const FormulaKernelTable formula_kernels;
constexpr FormulaKernelTable formula_kernels = {kernels_of<float>(), kernels_of<double>()};

}  // namespace SLUICE_KERNEL_ISA
}  // namespace sluice

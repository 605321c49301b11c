// The elementary functions of engine/simd/math.hpp against the C library in long double.
#include "engine/simd/math.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <random>

#include "support/catch.hpp"

using namespace sluice::math;

namespace {

constexpr int kSamples = 20000;

/// Distance in units in the last place of the exact value as T; 0 when both are NaN.
template <class T>
double error_in_ulps(T got, long double exact) {
  if (std::isnan(got) && std::isnan(exact)) return 0;
  const T nearest = static_cast<T>(exact);
  if (std::isnan(got) || std::isnan(exact)) return 1e9;
  if (std::isinf(got) || std::isinf(nearest)) return got == nearest ? 0 : 1e9;
  int exponent = 0;
  std::frexp(std::fabs(nearest), &exponent);
  constexpr int kDigits = std::numeric_limits<T>::digits;
  exponent = std::max(exponent, std::numeric_limits<T>::min_exponent);
  return static_cast<double>(std::fabs(static_cast<long double>(got) - exact) /
                             std::ldexp(1.0L, exponent - kDigits));
}

class Random {
 public:
  double between(double a, double b) {
    return a + (b - a) * static_cast<double>(bits_() >> 11) * 0x1p-53;
  }
  /// Any finite bit pattern.
  double any() {
    for (;;)
      if (const double v = std::bit_cast<double>(bits_()); std::isfinite(v)) return v;
  }

 private:
  std::mt19937_64 bits_{20};
};

template <class Full, class Single, class Exact, class Next>
void check(const char* name, Full full, Single single, Exact exact, Next next, double bound) {
  INFO(name);
  double worst = 0, worst_single = 0;
  for (int i = 0; i < kSamples; ++i) {
    const double x = next();
    worst = std::max(worst, error_in_ulps<double>(full(x), exact(static_cast<long double>(x))));
    const float f = static_cast<float>(x);
    if (!std::isfinite(f)) continue;
    worst_single = std::max(worst_single,
                            error_in_ulps<float>(static_cast<float>(single(static_cast<double>(f))),
                                                 exact(static_cast<long double>(f))));
  }
  CHECK(worst <= bound);
  CHECK(worst_single <= 0.51);
}

#define CHECK_FUNCTION(f, next, bound)                                                          \
  check(                                                                                        \
      #f, [](double v) { return f<Accuracy::full>(v); },                                        \
      [](double v) { return f<Accuracy::single>(v); }, [](long double v) { return std::f(v); }, \
      [&] { return next; }, bound)

}  // namespace

TEST_CASE("elementary functions keep their stated accuracy", "[math]") {
  Random random;
  CHECK_FUNCTION(exp, random.between(-1, 1), 1);
  CHECK_FUNCTION(exp, random.between(-750, 712), 1);
  CHECK_FUNCTION(log, random.between(0, 3), 1.3);
  CHECK_FUNCTION(log, std::fabs(random.any()), 1.3);
  CHECK_FUNCTION(log10, random.between(0, 3), 2);
  CHECK_FUNCTION(log10, std::fabs(random.any()), 2);
  CHECK_FUNCTION(sin, random.between(-1e4, 1e4), 1.6);
  CHECK_FUNCTION(cos, random.between(-1e4, 1e4), 1.6);
  CHECK_FUNCTION(tan, random.between(-1e4, 1e4), 3);
  CHECK_FUNCTION(sin, random.between(-0x1p31, 0x1p31), 2.5);
  CHECK_FUNCTION(cos, random.between(-0x1p31, 0x1p31), 2.5);
  CHECK_FUNCTION(tan, random.between(-0x1p31, 0x1p31), 4);
  CHECK_FUNCTION(asin, random.between(-1, 1), 2.2);
  CHECK_FUNCTION(acos, random.between(-1, 1), 1.2);
  CHECK_FUNCTION(atan, random.between(-3, 3), 1.8);
  CHECK_FUNCTION(atan, random.any(), 1.8);
}

TEST_CASE("pow and atan2 keep their stated accuracy", "[math]") {
  Random random;
  double power = 0, power_single = 0, angle = 0, angle_single = 0;
  for (int i = 0; i < kSamples; ++i) {
    const double x = i % 3 == 0 ? std::fabs(random.any()) : random.between(0, 4);
    const double y = i % 2 ? random.between(-3, 3) : random.between(-300, 300);
    power = std::max(power, error_in_ulps<double>(pow<Accuracy::full>(x, y),
                                                  std::pow(static_cast<long double>(x),
                                                           static_cast<long double>(y))));
    const float a = static_cast<float>(random.between(0, 9)), b = static_cast<float>(y);
    power_single = std::max(
        power_single,
        error_in_ulps<float>(static_cast<float>(pow<Accuracy::single>(double{a}, double{b})),
                             std::pow(static_cast<long double>(a), static_cast<long double>(b))));
    const double u = i % 3 == 0 ? random.any() : random.between(-1, 1), v = random.between(-1, 1);
    angle = std::max(angle, error_in_ulps<double>(atan2<Accuracy::full>(u, v),
                                                  std::atan2(static_cast<long double>(u),
                                                             static_cast<long double>(v))));
    const float p = static_cast<float>(v), q = static_cast<float>(random.between(-2, 2));
    angle_single = std::max(
        angle_single,
        error_in_ulps<float>(static_cast<float>(atan2<Accuracy::single>(double{p}, double{q})),
                             std::atan2(static_cast<long double>(p), static_cast<long double>(q))));
  }
  CHECK(power <= 1.2);
  CHECK(power_single <= 0.51);
  CHECK(angle <= 2.2);
  CHECK(angle_single <= 0.51);
}

TEST_CASE("elementary functions at special values", "[math]") {
  constexpr double kInf = std::numeric_limits<double>::infinity();
  const double specials[] = {0.0,
                             -0.0,
                             1,
                             -1,
                             2,
                             -2,
                             3,
                             -3,
                             0.5,
                             -0.5,
                             1.5,
                             kInf,
                             -kInf,
                             std::numeric_limits<double>::quiet_NaN(),
                             1e308,
                             -1e308,
                             5e-324,
                             -5e-324,
                             0x1p51 + 0.5,
                             -(0x1p51 + 0.5),
                             0x1p51 + 1,
                             -(0x1p52 + 1),
                             0x1p53};
  const auto same = [](double got, double want) {
    if (std::isnan(got) || std::isnan(want)) return std::isnan(got) && std::isnan(want);
    if (std::signbit(got) != std::signbit(want)) return false;
    return got == want || std::fabs(got - want) <= 5e-16 * std::fabs(want);
  };
  for (const double x : specials) {
    INFO(x);
    CHECK(same(exp<Accuracy::full>(x), std::exp(x)));
    CHECK(same(log<Accuracy::full>(x), std::log(x)));
    CHECK(same(log10<Accuracy::full>(x), std::log10(x)));
    CHECK(same(asin<Accuracy::full>(x), std::asin(x)));
    CHECK(same(acos<Accuracy::full>(x), std::acos(x)));
    CHECK(same(atan<Accuracy::full>(x), std::atan(x)));
    if (std::fabs(x) <= 0x1p31 || std::isinf(x)) {
      CHECK(same(sin<Accuracy::full>(x), std::sin(x)));
      CHECK(same(cos<Accuracy::full>(x), std::cos(x)));
      CHECK(same(tan<Accuracy::full>(x), std::tan(x)));
    } else {
      CHECK(std::isnan(sin<Accuracy::full>(x)));
    }
    for (const double y : specials) {
      INFO(y);
      CHECK(same(pow<Accuracy::full>(x, y), std::pow(x, y)));
      CHECK(same(atan2<Accuracy::full>(x, y), std::atan2(x, y)));
      CHECK(same(static_cast<float>(pow<Accuracy::single>(x, y)),
                 static_cast<float>(std::pow(x, y))));
    }
  }
}

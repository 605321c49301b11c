// engine/simd/ against plain code, value by value, on every instruction set of this machine.
#include <cmath>
#include <cstring>
#include <limits>
#include <random>
#include <vector>

#include "engine/sample_type.hpp"
#include "engine/simd.kernels.hpp"
#include "support/catch.hpp"

using namespace sluice;

namespace {

constexpr double kInf = std::numeric_limits<double>::infinity();
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

template <class To>
To expected(double v) {
  if constexpr (std::is_floating_point_v<To>) {
    return static_cast<To>(v);
  } else {
    if (std::isnan(v)) return 0;
    v = std::nearbyint(v);
    using Limits = std::numeric_limits<To>;
    if (v <= static_cast<double>(Limits::min())) return Limits::min();
    if (v >= static_cast<double>(Limits::max())) return Limits::max();
    return static_cast<To>(v);
  }
}

const std::vector<double>& interesting() {
  static const std::vector<double> values = [] {
    std::vector<double> v = {0.,
                             -0.,
                             0.5,
                             1.5,
                             2.5,
                             -0.5,
                             -1.5,
                             254.5,
                             255.5,
                             126.5,
                             127.5,
                             -127.5,
                             -128.5,
                             32766.5,
                             32767.5,
                             -32768.5,
                             65534.5,
                             65535.5,
                             65536,
                             70000.,
                             -70000.,
                             0.49999997,
                             1e9,
                             -1e9,
                             2147483646.5,
                             2147483647.5,
                             2147483648.,
                             4294967294.5,
                             4294967295.5,
                             4294967296.,
                             -2147483648.5,
                             0.5 + 1e-12,
                             1e19,
                             -1e19,
                             2e19,
                             1e30,
                             -1e30,
                             kInf,
                             -kInf,
                             kNan,
                             9007199254740993.,
                             1e18,
                             -1e18};
    std::mt19937_64 random(7);
    for (int i = 0; i < 400; ++i)
      v.push_back(std::ldexp(static_cast<double>(static_cast<std::int64_t>(random())), -(i % 62)));
    v.resize((v.size() + 63) / 64 * 64, 3.25);
    return v;
  }();
  return values;
}

template <class From>
From bounded(double v) {
  return expected<From>(v);
}

template <class From, class Narrow>
void check_narrowing(const SimdTestKernels& k, Narrow narrow,
                     std::initializer_list<SampleType> types) {
  const int n = k.vector_bytes / static_cast<int>(sizeof(From));
  std::vector<From> from;
  for (double v : interesting())
    from.push_back(bounded<From>(v));
  for (int v = -40000; v < 80000; v += 7)
    from.push_back(bounded<From>(v / 2.0));
  from.resize((from.size() + 63) / 64 * 64, From(1));
  for (SampleType type : types)
    with_type(type, [&]<class To>() {
      std::vector<To> to(from.size() + 64);
      for (std::size_t i = 0; i < from.size(); i += static_cast<std::size_t>(n))
        narrow(&from[i], static_cast<int>(type), &to[i]);
      for (std::size_t i = 0; i < from.size(); ++i) {
        const To want = expected<To>(static_cast<double>(from[i]));
        INFO(name_of(type) << " of " << +from[i]);
        REQUIRE(std::memcmp(&to[i], &want, sizeof(To)) == 0);
      }
    });
}

template <class To, class Widen>
void check_widening(const SimdTestKernels& k, Widen widen,
                    std::initializer_list<SampleType> types) {
  const std::size_t n = static_cast<std::size_t>(k.vector_bytes) / sizeof(To);
  for (SampleType type : types)
    with_type(type, [&]<class From>() {
      std::vector<From> from;
      for (double v : interesting())
        from.push_back(bounded<From>(v));
      std::vector<To> to(from.size());
      from.resize(from.size() + 64);
      for (std::size_t i = 0; i + n <= to.size(); i += n)
        widen(static_cast<int>(type), &from[i], &to[i]);
      for (std::size_t i = 0; i < to.size(); ++i) {
        const To want = static_cast<To>(from[i]);
        INFO(name_of(type) << " " << +from[i]);
        REQUIRE(std::memcmp(&to[i], &want, sizeof(To)) == 0);
      }
    });
}

using enum SampleType;

}  // namespace

TEST_CASE("SIMD loads that widen and stores that narrow equal plain code") {
  for (Isa isa : available_isas()) {
    INFO(name_of(isa));
    const SimdTestKernels& k = simd_test_kernels_for(isa);
    check_narrowing<std::int16_t>(k, k.narrow_i16, {u8, i8});
    check_narrowing<std::int32_t>(k, k.narrow_i32, {u8, i8, u16, i16, i32});
    check_narrowing<float>(k, k.narrow_f32, {u8, i8, u16, i16, u32, i32, f32});
    check_narrowing<double>(k, k.narrow_f64, {u8, i8, u16, i16, u32, i32, u64, i64, f32});
    check_widening<std::int32_t>(k, k.widen_to_i32, {u8, i8, u16, i16, i32});
    check_widening<float>(k, k.widen_to_f32, {u8, i8, u16, i16, i32});
    check_widening<double>(k, k.widen_to_f64, {u8, i8, u16, i16, u32, i32, u64, i64, f32, f64});
    check_widening<std::int16_t>(
        k,
        [&](int type, const auto* from, std::int16_t* to) {
          if constexpr (std::is_same_v<decltype(from), const std::uint8_t*>)
            k.widen_u8_i16(from, to);
          else if constexpr (std::is_same_v<decltype(from), const std::int8_t*>)
            k.widen_i8_i16(from, to);
          (void)type;
        },
        {u8, i8});
  }
}

TEST_CASE("SIMD multiply-add, interleave and pack equal plain code") {
  std::mt19937 random(3);
  for (Isa isa : available_isas()) {
    INFO(name_of(isa));
    const SimdTestKernels& k = simd_test_kernels_for(isa);
    const int n = k.vector_bytes;
    for (int round = 0; round < 50; ++round) {
      std::int16_t a[32], b[32], wide[64];
      std::uint8_t p[64], out[64];
      std::int8_t q[64];
      std::int32_t sums[16];
      for (int i = 0; i < 32; ++i) {
        a[i] = static_cast<std::int16_t>(random());
        b[i] = static_cast<std::int16_t>(round == 0 ? 32767 : random());
      }
      for (int i = 0; i < 64; ++i) {
        p[i] = static_cast<std::uint8_t>(round == 0 ? 255 : random());
        q[i] = static_cast<std::int8_t>(round == 0 ? (i % 4 < 2 ? 127 : -128) : random());
      }
      k.madd_i16(a, b, sums);
      for (int i = 0; i < n / 4; ++i)
        REQUIRE(sums[i] == a[2 * i] * b[2 * i] + a[2 * i + 1] * b[2 * i + 1]);
      k.madd_u8(p, q, wide);
      for (int i = 0; i < n / 2; ++i)
        REQUIRE(wide[i] ==
                std::clamp(p[2 * i] * q[2 * i] + p[2 * i + 1] * q[2 * i + 1], -32768, 32767));
      k.interleave_pack(p, out);
      REQUIRE(std::memcmp(p, out, static_cast<std::size_t>(n)) == 0);
      k.widen_in_order(p, wide);
      for (int i = 0; i < n; ++i)
        REQUIRE(wide[i] == p[i]);
    }
  }
}

TEST_CASE("SIMD masks equal plain code, NaN included") {
  for (Isa isa : available_isas()) {
    INFO(name_of(isa));
    const SimdTestKernels& k = simd_test_kernels_for(isa);
    const float nan = std::numeric_limits<float>::quiet_NaN(), values[] = {-1.f, 0.f, 1.f, nan};
    float a[16], b[16];
    for (int i = 0; i < 16; ++i)
      a[i] = values[i % 4], b[i] = values[i / 4];
    std::int32_t unequal[16], below[16];
    const int n = k.vector_bytes / 4;
    for (int i = 0; i < 16; i += n)
      k.masks_f32(a + i, b + i, unequal + i, below + i);
    for (int i = 0; i < 16; ++i) {
      REQUIRE((unequal[i] != 0) == (a[i] != b[i]));
      REQUIRE((below[i] != 0) == ((a[i] < 0) != (b[i] < 0)));
    }
  }
}

TEST_CASE("SIMD transposition of blocks touches nothing beyond a row's slack") {
  std::mt19937 random(5);
  const int sizes[][2] = {{1, 1}, {3, 8}, {64, 16}, {65, 33}, {17, 70}, {128, 64}};
  for (Isa isa : available_isas())
    for (int bytes : {1, 2, 4, 8})
      for (auto [rows, columns] : sizes) {
        INFO(name_of(isa) << " " << bytes << " bytes " << rows << "x" << columns);
        const int from_stride = columns * bytes + 64, to_stride = rows * bytes + 64;
        std::vector<std::uint8_t> from(static_cast<std::size_t>(from_stride * rows));
        std::vector<std::uint8_t> to(static_cast<std::size_t>(to_stride * columns + 64), 0xCC);
        for (auto& v : from)
          v = static_cast<std::uint8_t>(random());
        simd_test_kernels_for(isa).transpose(bytes, from.data(), from_stride, rows, columns,
                                             to.data(), to_stride);
        for (int y = 0; y < rows; ++y)
          for (int x = 0; x < columns; ++x)
            REQUIRE(std::memcmp(&from[static_cast<std::size_t>(y * from_stride + x * bytes)],
                                &to[static_cast<std::size_t>(x * to_stride + y * bytes)],
                                static_cast<std::size_t>(bytes)) == 0);
        for (std::size_t i = to.size() - 64; i < to.size(); ++i)
          REQUIRE(to[i] == 0xCC);
      }
}

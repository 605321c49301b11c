#include "engine/sample_value.hpp"

#include <catch2/catch.hpp>
#include <limits>

using namespace sluice;

TEST_CASE("a sample value is read in any spelling and kept exactly") {
  const auto text = [](std::string_view given) {
    const auto value = SampleValue::parse(given);
    return value ? value->text() : std::string("none");
  };
  for (const char* nan : {"nan", "NaN", "-nan", "+NAN", "1.#QNAN", "-1.#IND", "1.#QNAN0",
                          "-1.#IND00", "nan(0x1)", " nan \n", "NANQ"}) {
    INFO(nan);
    CHECK(text(nan) == "nan");
  }
  for (const char* inf : {"inf", "Infinity", "+INF", "1.#INF", "1.#INF00"})
    CHECK(text(inf) == "inf");
  CHECK(text("-1.#INF") == "-inf");
  CHECK(text("18446744073709551615") == "18446744073709551615");
  CHECK(text("-9223372036854775808") == "-9223372036854775808");
  CHECK(text("9007199254740993") == "9007199254740993");
  CHECK(text("-9999.0") == "-9999");
  CHECK(text("-0") == "0");
  CHECK(text("1,5") == "1.5");
  CHECK(text("-3.4028234663852886e+38") == "-3.4028234663852886e+38");
  for (const char* wrong : {"", " ", "-", "--1", "+-1", "1x", "x", "1.#", "0x10", "1 2", "1e999"}) {
    INFO(wrong);
    CHECK(text(wrong) == "none");
  }
}

TEST_CASE("a sample value fits the types that can hold it") {
  CHECK(SampleValue(255).fits(SampleType::u8));
  CHECK_FALSE(SampleValue(256).fits(SampleType::u8));
  CHECK_FALSE(SampleValue(-1).fits(SampleType::u64));
  CHECK_FALSE(SampleValue(0.5).fits(SampleType::i64));
  CHECK(SampleValue(std::numeric_limits<std::uint64_t>::max()).fits(SampleType::u64));
  CHECK_FALSE(SampleValue(std::numeric_limits<std::uint64_t>::max()).fits(SampleType::i64));
  CHECK(SampleValue(std::numeric_limits<double>::quiet_NaN()).fits(SampleType::f32));
  CHECK_FALSE(SampleValue(std::numeric_limits<double>::quiet_NaN()).fits(SampleType::i32));
  CHECK_FALSE(SampleValue(1e300).fits(SampleType::f32));
  CHECK(SampleValue(9007199254740993).as<std::int64_t>() == 9007199254740993);
  CHECK(SampleValue(-3.0) == SampleValue(-3));
  CHECK(SampleValue(std::uint8_t{3}) == SampleValue(3.0));
  CHECK(SampleValue(std::numeric_limits<double>::quiet_NaN()) ==
        SampleValue(-std::numeric_limits<double>::quiet_NaN()));
}

#include "engine/sample_type.hpp"

#include <cmath>
#include <limits>

namespace sluice {

std::optional<SampleType> sample_type_named(std::string_view name) {
  for (int i = 0; i < kSampleTypes; ++i)
    if (name_of(static_cast<SampleType>(i)) == name) return static_cast<SampleType>(i);
  return std::nullopt;
}

std::pair<double, double> range_of(SampleType t) {
  if (is_float(t)) {
    const double inf = std::numeric_limits<double>::infinity();
    return {-inf, inf};
  }
  return with_type(t, []<class T>() {
    return std::pair<double, double>(static_cast<double>(std::numeric_limits<T>::min()),
                                     static_cast<double>(std::numeric_limits<T>::max()));
  });
}

double rounded_to(double v, SampleType type) {
  if (type == SampleType::f32) return static_cast<float>(v);
  if (type == SampleType::f64) return v;
  if (std::isnan(v)) return 0;
  const auto [low, high] = range_of(type);
  return std::fmin(std::fmax(std::nearbyint(v), low), high);
}

}  // namespace sluice

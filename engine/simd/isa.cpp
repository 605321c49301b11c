#include "engine/simd/isa.hpp"

#include "engine/error.hpp"

namespace sluice {

namespace {
constexpr Isa kAll[] = {Isa::sse4, Isa::avx2, Isa::avx512, Isa::neon};

// Exactly the flags that cmake/SluiceTargets.cmake compiles with. __builtin_cpu_supports asks
// XGETBV too, so a register width the operating system does not save counts as missing.
bool supports(Isa isa) {
#if defined(__x86_64__)
  switch (isa) {
    case Isa::sse4:
      return __builtin_cpu_supports("sse4.2") && __builtin_cpu_supports("popcnt");
    case Isa::avx2:
      return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    case Isa::avx512:
      return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512cd") &&
             __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw") &&
             __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("fma");
    case Isa::neon:
      return false;
  }
  return false;
#else
  return isa == Isa::neon;
#endif
}
}  // namespace

std::string_view name_of(Isa isa) {
  switch (isa) {
    case Isa::sse4:
      return "sse4";
    case Isa::avx2:
      return "avx2";
    case Isa::avx512:
      return "avx512";
    case Isa::neon:
      return "neon";
  }
  return "";
}

std::optional<Isa> isa_named(std::string_view name) {
  for (const Isa isa : kAll)
    if (name_of(isa) == name) return isa;
  return std::nullopt;
}

std::vector<Isa> available_isas() {
  std::vector<Isa> found;
  for (const Isa isa : kAll)
    if (supports(isa)) found.push_back(isa);
  if (found.empty())
    throw Error(ErrorKind::system,
                "this processor has no SSE4.2, the least instruction set Sluice is built for");
  return found;
}

Isa best_isa() {
  return available_isas().back();
}

}  // namespace sluice

#pragma once

namespace sluice::tool {

/// "0.1.0", as CMake has it.
inline const char* version() {
  return SLUICE_VERSION;
}

}  // namespace sluice::tool

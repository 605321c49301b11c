// Exit codes of the tool.
#pragma once

#include "engine/error.hpp"

namespace sluice::tool {

inline constexpr int kDone = 0;
inline constexpr int kDataSaidNo = 1;    ///< broken input; images differ
inline constexpr int kUsage = 2;         ///< wrong arguments or pipeline; memory too small
inline constexpr int kSystemSaidNo = 3;  ///< disk, permission, missing file
inline constexpr int kDefect = 70;       ///< a defect of Sluice itself
inline constexpr int kResumable = 75;    ///< stopped by SIGTERM or SIGUSR1; --resume goes on
inline constexpr int kTerminated = 143;  ///< stopped by SIGTERM or SIGUSR1

inline int exit_code(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::data:
      return kDataSaidNo;
    case ErrorKind::usage:
    case ErrorKind::memory:
      return kUsage;
    case ErrorKind::system:
      return kSystemSaidNo;
    case ErrorKind::cancelled:
      return kTerminated;
    case ErrorKind::internal:
      return kDefect;
  }
  return kDefect;
}

}  // namespace sluice::tool

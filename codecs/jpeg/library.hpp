// libjpeg held at arm's length: it never exits and never prints. Its errors end in a longjmp to the
// one setjmp below; exceptions never pass through its frames.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>  // jpeglib.h needs FILE

#include <jpeglib.h>

#include <csetjmp>
#include <string>

namespace sluice::jpeg {

/// libjpeg's error manager (first, so that libjpeg's pointer to it is a pointer to this). Not to be
/// moved once it is installed.
struct ErrorManager {
  jpeg_error_mgr manager;
  std::jmp_buf escape;
  bool damage_is_error = true;  ///< treat warnings of corrupt data as errors
  char message[JMSG_LENGTH_MAX] = {};

  /// Fills in the manager and returns what goes into `cinfo.err`.
  jpeg_error_mgr* install();

  /// Calls f(); false when libjpeg left it with an error. Neither `f` nor anything it calls may
  /// hold an object with a destructor across a call of libjpeg: the longjmp would pass over it.
  template <class F>
  bool guard(F&& f) {
    if (setjmp(escape) != 0) return false;
    f();
    return true;
  }

  /// The last error in words: the kinds of JPEG that are not supported by their names, what else is
  /// wrong in libjpeg's words.
  std::string reason() const;
};

}  // namespace sluice::jpeg

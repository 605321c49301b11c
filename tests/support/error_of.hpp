// The error that a call must throw.
#pragma once

#include <utility>

#include "engine/error.hpp"
#include "support/catch.hpp"

namespace sluice::test {

/// Fails the test when `f` throws no Error.
template <class F>
Error error_of(F&& f) {
  try {
    std::forward<F>(f)();
  } catch (const Error& error) {
    return error;
  }
  FAIL("no error");
  return Error(ErrorKind::internal, "");
}

}  // namespace sluice::test

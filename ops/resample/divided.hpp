// A quotient of integers, rounded. Private to shrink.
#pragma once

namespace sluice {

/// sum / n to nearest, ties to even.
template <class Sum>
Sum divided(Sum sum, Sum n) {
  Sum q = sum / n, r = sum % n;
  if (r < 0) r += n, --q;
  if (2 * r > n || (2 * r == n && (q & 1))) ++q;
  return q;
}

}  // namespace sluice

// convolve: a weighted sum of the pixels around each pixel.
#pragma once

#include <vector>

#include "../../engine/graph.hpp"
#include "../../engine/options.hpp"

namespace sluice {

struct ConvolveOptions {
  std::vector<std::vector<double>> matrix = {};  ///< rows of weights, 1 x 1 to 255 x 255
  double scale = 1;                              ///< not 0: the sum is divided by it
  double offset = 0;                             ///< added at the end
  Edge border = Edge::replicate;
  double value = 0;  ///< of samples outside the image, for Edge::constant
};

/// sum(matrix[j][i] * pixel(x + i - columns / 2, y + j - rows / 2)) / scale + offset, the halves
/// rounded down: the matrix is laid over the image as it is written, not mirrored. Every channel
/// alike, alpha included. All sample types but u64 and i64, and no palette indices.
///
/// Normative arithmetic:
/// - u8, i8 where matrix and offset are whole numbers: (sum + offset * scale) / scale in f64, which
///   is rounded to nearest, ties to even. That is exact, as if there was no rounding but the last,
///   where the scale is a whole number of at most 2^44 and |offset * scale| and all |weight| * 255
///   add up to at most 2^53; it is then computed in integers or f32 where these give the same.
/// - otherwise u8, i8, u16, i16, f32 in f32 and u32, i32, f64 in f64: weights that are 0 left out,
///   sum = w0 * s0, then sum = sum + wi * si row by row; sum * (1 / scale) + offset; integers
///   rounded to nearest even.
/// Results are clamped to the sample type. Where the image has a validity plane, a pixel is valid
/// when all pixels under weights other than 0 are; nodata without one is a number like any other.
///
/// Throws Error (usage) for a matrix that is empty, ragged, too large or not finite, and a scale of
/// 0.
Image convolve(const Image& image, const ConvolveOptions& options);
StepSpec convolve_step();

}  // namespace sluice

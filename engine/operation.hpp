// The contract of an operation: a pure function from regions of its inputs to a tile.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "image_info.hpp"
#include "simd/isa.hpp"
#include "tile.hpp"

namespace sluice {

/// What the engine puts where `needs` reaches outside an input.
enum class Edge : std::uint8_t { replicate, mirror, constant, wrap };

/// What an operation is, for the planner.
struct Traits {
  /// May compute into the memory of its only input: same rectangle, sample size and channels, and
  /// each sample read before it is written.
  bool in_place = false;
  /// A pixel of the output depends on the pixels in the same place of the inputs alone (and on its
  /// coordinates): needs() gives the rectangle that it is given.
  bool same_pixel = false;
  /// Beyond that: a sample of the output depends on the sample of the only input in the same place
  /// and channel, and on nothing else: neither on its coordinates nor on its validity. As many
  /// channels; the input's validity is passed on as it is.
  bool pointwise = false;
  /// Each channel of the output depends on the same channel of the only input, as pointwise and
  /// pass_through imply.
  bool by_channel = false;
  /// Columns of the output depend on rows of the input and the reverse (rotate by 90, transpose).
  bool transposes = false;
  /// The output is the input itself, moved: the engine hands on the pixels of needs(), extended at
  /// the edges, and never calls compute.
  bool pass_through = false;
  /// A sample of the output is made of many of the input's: its tiles are computed once and kept
  /// for all that use them, whatever RunOptions::keep says, so that no user's unit holds the whole
  /// window behind it. The tiles are kept_width x kept_height samples of the output, at least 1
  /// each.
  bool always_kept = false;
  std::int64_t kept_width = 0, kept_height = 0;
  /// Relative cost per output sample; copying one is 1, a 3x3 convolution about 3.
  double cost = 1;
  Edge edge = Edge::replicate;
  double edge_value = 0;  ///< for Edge::constant
};

/// What compute gets beside its tiles.
struct ComputeContext {
  Isa isa = Isa::sse4;
  std::byte* scratch = nullptr;  ///< 64-byte aligned, as many bytes as scratch() asked for
};

/// One node's function, bound to its options and inputs: immutable, shared between threads.
///
/// An operation is made from its options and the descriptions of its inputs; the constructor
/// checks both (Error of kind usage) and computes whatever table it needs, so that `info` and all
/// that follows are constant. It has no inputs (a generator), one, or several.
class Operation {
 public:
  virtual ~Operation() = default;

  /// The output. Computed once, in the constructor.
  const ImageInfo& info() const { return info_; }

  /// Exactly the pixels of input `input` that `compute` reads for `out` (not empty, inside the
  /// output image), in 64-bit integers. May reach outside the input; the engine extends it there.
  /// Separable: the columns depend on the columns of `out` alone and the rows on its rows
  /// (exchanged when Traits::transposes), and both grow with them, so that the planner can work
  /// axis by axis.
  virtual Rect needs(int input, const Rect& out) const {
    (void)input;
    return out;
  }

  /// Bytes of scratch memory `compute` wants for an output of this size; grows with both.
  virtual std::int64_t scratch(std::int64_t width, std::int64_t height) const {
    (void)width, (void)height;
    return 0;
  }

  /// Whether channel `channel` of input `input` matters when nobody looks at other channels of the
  /// output than those in `wanted`. Where it does not, the channel's samples are undefined.
  virtual bool uses_channel(int input, int channel, const std::vector<bool>& wanted) const {
    (void)input;
    const Traits t = traits();
    return t.by_channel || t.pointwise || t.pass_through ? wanted[static_cast<std::size_t>(channel)]
                                                         : true;
  }

  /// Computes out.rect. inputs[i].rect is exactly needs(i, out.rect). Pure; allocates nothing; any
  /// thread. A pixel depends on its global coordinates and the inputs, never on the unit.
  /// Validity: when info().has_validity, out.validity is there and must be filled.
  virtual void compute(std::span<const TileView> inputs, const TileView& out,
                       const ComputeContext& context) const = 0;

  virtual Traits traits() const { return {}; }

 protected:
  explicit Operation(ImageInfo info) : info_(std::move(info)) {}
  ImageInfo info_;
};

}  // namespace sluice

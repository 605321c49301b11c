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

/// What a sample of an operation's output depends on, from the least to the most.
enum class Reach : std::uint8_t {
  /// The sample in the same place and channel of the only input, and nothing else: neither its
  /// coordinates nor its validity, which is passed on as it is. As many channels.
  sample,
  /// The pixels in the same place of the inputs, and its coordinates: needs() gives the rectangle
  /// that it is given. Generators reach no further.
  pixel,
  /// Samples of the same channel of the only input, wherever they lie.
  channel,
  /// As `channel`, and the output is the input itself, moved: the engine hands on the pixels of
  /// needs(), extended at the edges, and never calls compute.
  moved,
  any,
};

/// Whether a pixel depends on the pixels in the same place alone.
constexpr bool in_same_place(Reach reach) {
  return reach == Reach::sample || reach == Reach::pixel;
}
/// Whether a channel of the output depends on the same channel of the only input alone.
constexpr bool by_channel(Reach reach) {
  return reach == Reach::sample || reach == Reach::channel || reach == Reach::moved;
}

/// What an operation is, for the planner. check_traits() says what does not go together.
struct Traits {
  Reach reach = Reach::any;
  /// May compute into the memory of its only input, where both have the same layout: each sample is
  /// read before it is written. Only where the reach is `sample` or `pixel`.
  bool in_place = false;
  /// Columns of the output depend on rows of the input and the reverse (rotate by 90, transpose).
  /// Only where the reach is `channel` or `any`.
  bool transposes = false;
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
    return by_channel(traits().reach) ? wanted[static_cast<std::size_t>(channel)] : true;
  }

  /// Computes out.rect. inputs[i].rect is exactly needs(i, out.rect). Pure; allocates nothing; any
  /// thread. A pixel depends on its global coordinates and the inputs, never on the unit.
  /// Validity: when info().has_validity(), out.validity is there and must be filled.
  virtual void compute(std::span<const TileView> inputs, const TileView& out,
                       const ComputeContext& context) const = 0;

  virtual Traits traits() const { return {}; }

 protected:
  explicit Operation(ImageInfo info) : info_(std::move(info)) {}
  ImageInfo info_;
};

/// Throws Error (usage) when the operation's traits contradict each other, its needs() or the
/// number and form of its inputs. Whatever becomes a node is checked.
void check_traits(const Operation& operation, std::span<const ImageInfo> inputs);

}  // namespace sluice

// The operation behind `expression` and all steps whose meaning a formula says.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/operation.hpp"
#include "ops/common/formula.hpp"
#include "ops/common/formula.kernels.hpp"
#include "ops/common/validity.hpp"

namespace sluice {

/// Formulas over images, ready to be computed.
struct Formulas {
  formula::Program program;
  bool f64 = false;            ///< the arithmetic; else f32
  int bands = 0;               ///< of the result
  int per_band_input = -1;     ///< the one formula is for every band, and this input has them all
  std::vector<double> nodata;  ///< the value of the word, by band of the first input
  Reach reach = Reach::pixel;  ///< sample where every band is made of the same one alone
  std::vector<std::vector<ChannelUse>> uses;  ///< by band of the result
  std::vector<bool> copies;                   ///< bands that are a band of an input as it is
  JoinedValidity validity;                    ///< by `uses`
};

/// What is not said by the formulas themselves.
struct FormulaTerms {
  std::vector<std::string> names = {"a"};  ///< of the inputs
  std::optional<SampleType> type = {};     ///< of the result
  std::optional<bool> f64 = {};  ///< when not given: where an input or the result needs it
  std::size_t most_nodes = formula::kMaxNodes;
};

/// One formula, or one for each band of the result, with the words and the arithmetic of
/// `expression`. Throws Error (usage).
Formulas make_formulas(const std::vector<std::string>& texts, std::span<const ImageInfo> inputs,
                       const FormulaTerms& terms = {});

class FormulaOperation : public Operation {
 public:
  std::int64_t scratch(std::int64_t width, std::int64_t height) const override;
  void compute(std::span<const TileView> inputs, const TileView& out,
               const ComputeContext& context) const override;
  bool uses_channel(int input, int channel, const std::vector<bool>& wanted) const override;
  Traits traits() const override;

 protected:
  /// `result` describes what the formulas give; its validity is set by what they use.
  /// `kept_alpha`: a band of the only input and of the result that keeps its opacity, whatever the
  /// one formula for all bands says; -1 for none. `kept_bits`: see keep_alpha().
  FormulaOperation(ImageInfo result, Formulas formulas, int kept_alpha = -1, int kept_bits = 0);

 private:
  std::int64_t constants_bytes() const;
  std::int64_t registers_bytes() const;
  bool by_band() const { return formulas_.per_band_input >= 0; }
  template <class T>
  void run(const FormulaKernels<T>& kernels, std::span<const TileView> inputs, const TileView& out,
           std::byte* scratch) const;
  template <class T>
  void fill_constants(std::byte* scratch, int band, std::int64_t row) const;
  template <class T>
  void run_block(const FormulaKernels<T>& kernels, std::span<const TileView> inputs,
                 std::int64_t tile_x, const Rect& block, int band, std::byte* registers,
                 FormulaArgument<T>* slots) const;
  template <class T>
  void store(const FormulaKernels<T>& kernels, const FormulaArgument<T>* slots, const TileView& out,
             const Rect& block, int band) const;

  Formulas formulas_;
  int kept_alpha_, kept_bits_;
};

/// One formula for every band of an image but alpha, in which `a` is the band's sample. An alpha
/// band keeps its opacity; what is said of the old samples is dropped.
class BandFormula : public FormulaOperation {
 public:
  BandFormula(const ImageInfo& input, const std::string& formula,
              std::optional<SampleType> type = {});
};

}  // namespace sluice

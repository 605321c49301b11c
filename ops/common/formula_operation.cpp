#include "ops/common/formula_operation.hpp"

#include <algorithm>

#include "ops/common/checks.hpp"
#include "ops/common/facts.hpp"
#include "ops/common/planes.hpp"

namespace sluice {

namespace {

using formula::Instruction;
using formula::Op;
using formula::Program;
using formula::Tree;

/// Samples that go through the whole program before the next ones: registers of 2 KiB stay in the
/// first-level cache for programs of ten or so. Kernels overwrite up to 64 bytes behind a block.
constexpr std::int64_t kBlockBytes = 2048;
constexpr std::int64_t kRegisterBytes = kBlockBytes + kRowSlack;

/// Largest column and row that f32 counts exactly.
constexpr std::int64_t kExactInF32 = std::int64_t{1} << 24;

bool needs_f64(const Tree& tree, std::span<const ImageInfo> inputs, const FormulaTerms& terms) {
  if (terms.f64) return *terms.f64;
  if (terms.type && sluice::needs_f64(*terms.type)) return true;
  const bool large = inputs[0].width > kExactInF32 || inputs[0].height > kExactInF32;
  return std::any_of(tree.nodes.begin(), tree.nodes.end(), [&](const formula::Node& node) {
    if (node.op == Op::load)
      return sluice::needs_f64(inputs[static_cast<std::size_t>(node.input)].type);
    return large && (node.op == Op::column || node.op == Op::row);
  });
}

/// The channels that the nodes behind `result` load; -1 for the band being computed.
std::vector<ChannelUse> loads_behind(const Tree& tree, int result) {
  std::vector<ChannelUse> loads;
  std::vector<bool> behind(tree.nodes.size(), false);
  behind[static_cast<std::size_t>(result)] = true;
  for (std::size_t i = tree.nodes.size(); i-- > 0;) {
    if (!behind[i]) continue;
    const formula::Node& node = tree.nodes[i];
    if (node.op == Op::load) loads.push_back({node.input, node.band});
    for (const int argument : node.arguments)
      if (argument >= 0) behind[static_cast<std::size_t>(argument)] = true;
  }
  return loads;
}

/// What each band of the result is made of.
std::vector<std::vector<ChannelUse>> uses_of(const Tree& tree, int bands) {
  std::vector<std::vector<ChannelUse>> uses;
  for (const int result : tree.results)
    uses.push_back(loads_behind(tree, result));
  if (tree.per_band > 0) uses.resize(static_cast<std::size_t>(bands), uses.front());
  for (std::size_t band = 0; band < uses.size(); ++band)
    for (ChannelUse& use : uses[band])
      if (use.channel < 0) use.channel = static_cast<int>(band);
  return uses;
}

/// Whether every band of the result depends on the samples of the same one of the only input.
bool goes_by_sample(const Tree& tree, std::span<const ImageInfo> inputs, const Formulas& made) {
  if (inputs.size() != 1 || made.bands != inputs[0].channels()) return false;
  for (int band = 0; band < made.bands; ++band)
    if (made.uses[static_cast<std::size_t>(band)] != std::vector{ChannelUse{0, band}}) return false;
  return std::none_of(tree.nodes.begin(), tree.nodes.end(), [](const formula::Node& node) {
    return node.op == Op::column || node.op == Op::row;
  });
}

ImageInfo described(ImageInfo info, std::optional<SampleType> type) {
  info.type = type.value_or(info.type);
  change_values(info);
  leave_palette(info);
  return info;
}

Formulas for_all_bands(const ImageInfo& input, const std::string& text,
                       std::optional<SampleType> type) {
  Formulas made = make_formulas({text}, {&input, 1}, {.type = type.value_or(input.type)});
  if (const int alpha = input.alpha_band(); alpha >= 0)
    made.uses[static_cast<std::size_t>(alpha)] = {{0, alpha}};
  made.validity = JoinedValidity({&input, 1}, made.uses);
  return made;
}

}  // namespace

Formulas make_formulas(const std::vector<std::string>& texts, std::span<const ImageInfo> inputs,
                       const FormulaTerms& terms) {
  const Tree parsed = formula::parse(texts, inputs, terms.names, terms.most_nodes);
  for (const formula::Node& node : parsed.nodes)
    if (node.op == Op::load)
      refuse_64_bit_integers({inputs[static_cast<std::size_t>(node.input)].type});
  if (terms.type) refuse_64_bit_integers({*terms.type});
  Formulas made;
  made.f64 = needs_f64(parsed, inputs, terms);
  const Tree tree = made.f64 ? formula::folded<double>(parsed) : formula::folded<float>(parsed);
  made.program = formula::compile(tree);
  made.per_band_input = tree.per_band > 0 ? tree.per_band_input : -1;
  made.bands = tree.per_band > 0 ? tree.per_band : static_cast<int>(texts.size());
  for (const BandInfo& band : inputs[0].bands)
    made.nodata.push_back(band.nodata ? band.nodata->as_double() : 0.0);
  made.uses = uses_of(tree, made.bands);
  for (const int result : tree.results)
    made.copies.push_back(tree.nodes[static_cast<std::size_t>(result)].op == Op::load);
  made.copies.resize(static_cast<std::size_t>(made.bands), made.copies.front());
  made.reach = goes_by_sample(tree, inputs, made) ? Reach::sample : Reach::pixel;
  made.validity = JoinedValidity(inputs, made.uses);
  return made;
}

FormulaOperation::FormulaOperation(ImageInfo result, Formulas formulas, int kept_alpha,
                                   int kept_bits)
    : Operation(std::move(result)),
      formulas_(std::move(formulas)),
      kept_alpha_(kept_alpha),
      kept_bits_(kept_bits) {
  info_.validity = formulas_.validity.kind();
  for (std::size_t c = 0; c < info_.bands.size(); ++c)
    if (!formulas_.copies[c]) keep_written_nodata(info_, info_.bands[c]);
  (void)info_.bytes();
}

BandFormula::BandFormula(const ImageInfo& input, const std::string& formula,
                         std::optional<SampleType> type)
    : FormulaOperation(described(input, type), for_all_bands(input, formula, type),
                       input.alpha_band(), input.bits) {}

std::int64_t FormulaOperation::constants_bytes() const {
  return static_cast<std::int64_t>(formulas_.program.constants.size()) * kAlignment;
}
std::int64_t FormulaOperation::registers_bytes() const {
  return formulas_.program.registers * kRegisterBytes;
}

std::int64_t FormulaOperation::scratch(std::int64_t, std::int64_t) const {
  const std::int64_t arguments = round_up(
      formulas_.program.slots() * static_cast<std::int64_t>(sizeof(FormulaArgument<double>)),
      kAlignment);
  return constants_bytes() + registers_bytes() + arguments;
}

void FormulaOperation::compute(std::span<const TileView> inputs, const TileView& out,
                               const ComputeContext& context) const {
  const FormulaKernelTable& kernels = formula_kernels_for(context.isa);
  if (formulas_.f64) {
    run(kernels.f64, inputs, out, context.scratch);
  } else {
    run(kernels.f32, inputs, out, context.scratch);
  }
  if (kept_alpha_ >= 0)
    keep_alpha(inputs[0], kept_alpha_, out, kept_alpha_, kept_bits_, context.isa);
  formulas_.validity.fill(inputs, out);
}

bool FormulaOperation::uses_channel(int input, int channel, const std::vector<bool>& wanted) const {
  const ChannelUse use{input, channel};
  for (std::size_t band = 0; band < wanted.size(); ++band) {
    const std::vector<ChannelUse>& uses = formulas_.uses[band];
    if (wanted[band] && std::find(uses.begin(), uses.end(), use) != uses.end()) return true;
  }
  return false;
}

Traits FormulaOperation::traits() const {
  double cost = 0.5;
  for (const Instruction& step : formulas_.program.code) {
    const bool function =
        (step.op >= Op::exp && step.op <= Op::atan) || step.op == Op::power || step.op == Op::atan2;
    cost += function ? 10 : 0.3;
  }
  return {.reach = formulas_.reach, .cost = cost * (formulas_.f64 ? 2 : 1)};
}

template <class T>
void FormulaOperation::run(const FormulaKernels<T>& kernels, std::span<const TileView> inputs,
                           const TileView& out, std::byte* scratch) const {
  // Scratch: the constants, 64 bytes each; the registers; where each slot's samples are just now.
  std::byte* registers = scratch + constants_bytes();
  auto* slots = reinterpret_cast<FormulaArgument<T>*>(registers + registers_bytes());
  const std::size_t constants = formulas_.program.constants.size();
  for (std::size_t i = 0; i < constants; ++i)
    slots[i] = {reinterpret_cast<const T*>(scratch + i * kAlignment), 0};

  const int passes = by_band() ? out.channels : 1;
  for (int band = 0; band < passes; ++band) {
    if (band == kept_alpha_) continue;
    for (std::int64_t y = 0; y < out.rect.height; ++y) {
      fill_constants<T>(scratch, band, out.rect.y + y);
      constexpr std::int64_t kBlock = kBlockBytes / static_cast<std::int64_t>(sizeof(T));
      for (std::int64_t x = 0; x < out.rect.width; x += kBlock) {
        const std::int64_t n = std::min(kBlock, out.rect.width - x);
        run_block(kernels, inputs, out.rect.x, {x, y, n, 1}, band, registers, slots);
        store(kernels, slots, out, {x, y, n, 1}, band);
      }
    }
  }
}

// Constants, nodata values and the row's number, which stay the same along a row.
template <class T>
void FormulaOperation::fill_constants(std::byte* scratch, int band, std::int64_t row) const {
  const std::size_t nodata_band =
      static_cast<std::size_t>(band) < formulas_.nodata.size() ? static_cast<std::size_t>(band) : 0;
  for (std::size_t i = 0; i < formulas_.program.constants.size(); ++i) {
    const Program::Constant& constant = formulas_.program.constants[i];
    const double v = constant.op == Op::constant ? constant.value
                     : constant.op == Op::row    ? static_cast<double>(row)
                                                 : formulas_.nodata[nodata_band];
    T* lanes = reinterpret_cast<T*>(scratch + i * kAlignment);
    std::fill_n(lanes, kAlignment / static_cast<std::int64_t>(sizeof(T)), static_cast<T>(v));
  }
}

// Runs the program for the samples of `block` (coordinates in the tile).
template <class T>
void FormulaOperation::run_block(const FormulaKernels<T>& kernels, std::span<const TileView> inputs,
                                 std::int64_t tile_x, const Rect& block, int band,
                                 std::byte* registers, FormulaArgument<T>* slots) const {
  const std::size_t constants = formulas_.program.constants.size();
  for (const Instruction& step : formulas_.program.code) {
    const auto out = static_cast<std::size_t>(step.out);
    T* to = reinterpret_cast<T*>(registers + (out - constants) * kRegisterBytes);
    FormulaArgument<T> result{to, 1};
    if (step.op == Op::column) {
      kernels.column(static_cast<double>(tile_x + block.x), to, block.width);
    } else if (step.op == Op::load) {
      const auto input = static_cast<std::size_t>(step.input);
      const TileView& tile = inputs[input];
      const int plane = step.band >= 0 ? step.band : band;
      const std::byte* samples =
          tile.row(plane, block.y) + block.x * static_cast<std::int64_t>(size_of(tile.type));
      if (size_of(tile.type) == sizeof(T) && is_float(tile.type)) {
        result.data = reinterpret_cast<const T*>(samples);  // as it lies in the tile
      } else {
        kernels.load[static_cast<int>(tile.type)](samples, to, block.width);
      }
    } else {
      FormulaArgument<T> arguments[3];
      for (int k = 0; k < formula::arguments_of(step.op); ++k)
        arguments[k] = slots[step.in[k]];
      kernels.compute[static_cast<int>(step.op)](arguments, to, block.width);
    }
    slots[out] = result;
  }
}

template <class T>
void FormulaOperation::store(const FormulaKernels<T>& kernels, const FormulaArgument<T>* slots,
                             const TileView& out, const Rect& block, int band) const {
  const auto to_type = kernels.store[static_cast<int>(info_.type)];
  for (std::size_t i = 0; i < formulas_.program.results.size(); ++i) {
    std::byte* to = out.row(by_band() ? band : static_cast<int>(i), block.y) +
                    block.x * static_cast<std::int64_t>(size_of(info_.type));
    to_type(slots[formulas_.program.results[i]], to, block.width);
  }
}

}  // namespace sluice

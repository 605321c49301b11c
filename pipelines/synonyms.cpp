#include "pipelines/synonyms.hpp"

#include <algorithm>

namespace sluice {

namespace {

struct Synonym {
  std::string_view word, step, text;
};

constexpr Synonym kSynonyms[] = {
    {"blur", "gaussian_blur", "'gaussian_blur' blurs"},
    {"smooth", "gaussian_blur", "'gaussian_blur' blurs"},
    {"sharpen", "convolve", "'convolve' sharpens, with a matrix"},
    {"filter", "convolve", "'convolve' filters with a matrix"},
    {"threshold", "expression", "'expression' compares, as \"a > 128\""},
    {"calc", "expression", "'expression' computes with pixels"},
    {"ndvi", "expression", "'expression' computes with bands, as \"(nir - red) / (nir + red)\""},
    {"clip", "crop", "'crop' cuts out a rectangle; 'stretch' limits values"},
    {"clamp", "stretch", "'stretch' limits values to low and high"},
    {"slope", "expression", "there is no terrain step yet; 'linear' multiplies by a gain"},
    {"uint8", "cast", "'cast' changes the sample type, here to u8"},
    {"uint16", "cast", "'cast' changes the sample type, here to u16"},
    {"float", "cast", "'cast' changes the sample type, here to f32"},
    {"convert", "cast", "'cast' changes the sample type"},
    {"astype", "cast", "'cast' changes the sample type"},
    {"scale", "resize", "'resize' changes the size, 'linear' multiplies values"},
    {"thumbnail", "resize", "'resize' changes the size"},
    {"downsample", "shrink", "'shrink' averages whole pixels, 'resize' takes any factor"},
    {"bin", "shrink", "'shrink' averages whole pixels"},
    {"normalize", "stretch", "'stretch' maps low and high to the whole range"},
    {"rescale", "stretch", "'stretch' maps low and high to the whole range"},
    {"contrast", "stretch", "'stretch' maps low and high to the whole range"},
    {"histogram", "percentile", "'percentile' and 'stats' say how values are spread"},
    {"gray", "grey", "'grey' does that"},
    {"grayscale", "grey", "'grey' does that"},
    {"greyscale", "grey", "'grey' does that"},
    {"mirror", "flip", "'flip' mirrors"},
    {"pad", "extend", "'extend' adds pixels around"},
    {"bands", "select", "'select' takes bands"},
    {"merge", "stack", "'stack' puts bands of several images together"},
    {"open", "read", "'read' opens an image"},
    {"load", "read", "'read' opens an image"},
    {"input", "read", "'read' opens an image"},
    {"save", "write", "'write' writes an image"},
    {"output", "write", "'write' writes an image"},
    {"export", "write", "'write' writes an image"},
};

}  // namespace

std::string other_word_for(std::string_view step, std::span<const std::string> known) {
  for (const Synonym& synonym : kSynonyms)
    if (synonym.word == step && std::find(known.begin(), known.end(), synonym.step) != known.end())
      return std::string(synonym.text);
  return {};
}

}  // namespace sluice

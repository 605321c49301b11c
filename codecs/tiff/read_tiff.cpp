#include "codecs/tiff/read_tiff.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "codecs/tiff/directory.hpp"
#include "codecs/tiff/read_info.hpp"
#include "codecs/tiff/read_limits.hpp"
#include "codecs/tiff/read_source.hpp"

namespace sluice {
namespace {

using namespace tiff;

/// The directory of a page is not kept for long: it may have many entries.
struct Page {
  Directory directory;
  ImageLayout layout;
};

std::uint32_t subfile_type(const TiffFile& file, const Directory& directory) {
  // The old SubfileType says 2 for a reduced image.
  if (!directory.find(tag::kNewSubfileType))
    return file.integer(directory, tag::kSubfileType, 1) == 2 ? kSubfileReduced : 0;
  return static_cast<std::uint32_t>(file.integer(directory, tag::kNewSubfileType, 0));
}

/// Whether `small` is `full` reduced: same samples, and both sides by the same factor, give or take
/// the pixel that rounding costs (per step of a pyramid that floors).
bool is_level_of(const ImageLayout& full, const ImageLayout& small) {
  if (small.samples != full.samples || small.type != full.type) return false;
  if (small.width >= full.width || small.height > full.height) return false;
  const double scale = static_cast<double>(full.width) / static_cast<double>(small.width);
  const double height = static_cast<double>(full.height) / scale;
  const double slack = 2 + 2 * height / static_cast<double>(small.width);
  return std::abs(height - static_cast<double>(small.height)) <= slack;
}

/// The layout of a directory that may be a level; nullopt for one that cannot be read.
std::optional<ImageLayout> level_layout(const TiffFile& file, const Directory& directory,
                                        const ImageLayout& full) {
  try {
    ImageLayout layout = read_layout(file, directory);
    if (is_level_of(full, layout)) return layout;
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::data) throw;
  }
  return std::nullopt;
}

/// The directory of page `page`. Throws Error (usage) when the file has fewer.
Directory find_page(const TiffFile& file, int page) {
  std::optional<Directory> found;
  int pages = 0;
  const ChainBreak broken = file.walk([&](const Directory& directory, int at) {
    pages = at + 1;
    if (at == page) found = directory;
    return !found;
  });
  if (found) return *std::move(found);
  if (!broken.reason.empty()) file.fail(broken.position, broken.reason);
  throw Error(ErrorKind::usage,
              fmt::format("there is no page {}: the file has {} (0 to {})", page, pages, pages - 1))
      .at_file(file.bytes().name());
}

/// Levels as OME keeps them: SubIFDs of the page. `levels` begins with the page's own layout.
void add_sub_levels(const TiffFile& file, const Directory& page, std::vector<ImageLayout>& levels) {
  const Field* const field = page.find(tag::kSubIfds);
  if (!field) return;
  for (const std::uint64_t offset :
       file.integers(field->first(limit::kLevels - 1), limit::kLevels)) {
    try {
      const Directory directory = file.directory(offset);
      if (!(subfile_type(file, directory) & kSubfileReduced)) continue;
      if (auto layout = level_layout(file, directory, levels[0]))
        levels.push_back(*std::move(layout));
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::data) throw;  // a level that cannot be read is no level
    }
  }
}

/// Levels in the main chain: reduced images right behind the page, or, in an Aperio file, all tiled
/// images of the same shape.
void add_chain_levels(const TiffFile& file, const Directory& page, bool aperio,
                      std::vector<ImageLayout>& levels) {
  bool behind = false;
  file.walk([&](const Directory& directory, int) {
    if (!behind) {
      behind = directory.offset == page.offset;
      return true;
    }
    std::uint32_t type = 0;
    try {
      type = subfile_type(file, directory);
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::data) throw;
      return false;
    }
    if (!aperio && !(type & (kSubfileReduced | kSubfileMask))) return false;
    if (type & kSubfileMask) return true;
    auto layout = level_layout(file, directory, levels[0]);
    // Thumbnail, label and macro of a slide are in strips.
    if (layout && (layout->tiled || !aperio)) levels.push_back(*std::move(layout));
    return levels.size() < limit::kLevels;
  });
}

std::vector<ImageLayout> find_levels(const TiffFile& file, const Page& page, bool aperio) {
  std::vector<ImageLayout> levels{page.layout};
  add_sub_levels(file, page.directory, levels);
  if (levels.size() == 1 && !(subfile_type(file, page.directory) & kSubfileReduced))
    add_chain_levels(file, page.directory, aperio, levels);
  std::stable_sort(levels.begin() + 1, levels.end(),
                   [](const ImageLayout& a, const ImageLayout& b) { return a.width > b.width; });
  return levels;
}

/// Geo-reference, resolution and mpp of a level, from those of the full image.
void scale_to_level(ImageInfo& info, const ImageLayout& level) {
  const double x = static_cast<double>(info.width) / static_cast<double>(level.width);
  const double y = static_cast<double>(info.height) / static_cast<double>(level.height);
  if (info.geo) info.geo = info.geo->after(0, x, 0, 0, 0, y);
  info.resolution.x /= x;
  info.resolution.y /= y;
  info.mpp_x *= x;
  info.mpp_y *= y;
  info.magnification /= x;
  info.width = level.width;
  info.height = level.height;
}

void check_ndpi(const TiffFile& file, const Directory& directory) {
  if (directory.find(tag::kNdpiMark) && !file.big() && file.bytes().size() >= std::int64_t{1} << 32)
    file.fail(directory.offset, "an NDPI file of 4 GiB or more is not supported");
}

/// One plane a band, since nodata may differ from band to band; one is enough for one band.
Validity validity_of(const ImageInfo& info, TiffValidity asked) {
  const bool declared = std::any_of(info.bands.begin(), info.bands.end(),
                                    [](const BandInfo& band) { return band.nodata.has_value(); });
  if (asked == TiffValidity::none || (asked == TiffValidity::automatic && !declared))
    return Validity::none;
  return info.channels() == 1 ? Validity::common : Validity::per_band;
}

}  // namespace

bool is_tiff(std::span<const std::byte> first_bytes) {
  return looks_like_tiff(first_bytes);
}

std::shared_ptr<const Source> open_tiff(std::shared_ptr<const ByteSource> bytes,
                                        const TiffReadOptions& options) {
  const auto file = std::make_shared<const TiffFile>(std::move(bytes));
  const auto refuse = [&](std::string reason) {
    throw Error(ErrorKind::usage, std::move(reason)).at_file(file->bytes().name());
  };
  if (options.page < 0)
    refuse(fmt::format("there is no page {}: pages count from 0", options.page));
  Page page{find_page(*file, options.page), {}};
  check_ndpi(*file, page.directory);
  page.layout = read_layout(*file, page.directory);
  Picture picture;
  const Warning warning = options.warning ? options.warning : [&](const std::string& text) {
    picture.warnings.push_back(text);
  };
  ImageInfo info = read_info(*file, page.directory, page.layout, warning);

  const bool aperio = is_aperio(info.meta());
  std::vector<ImageLayout> levels = find_levels(*file, page, aperio && options.page == 0);
  if (options.level < 0 || options.level >= static_cast<int>(levels.size()))
    refuse(fmt::format("there is no level {}: page {} has {} (0 to {})", options.level,
                       options.page, levels.size(), levels.size() - 1));
  for (const ImageLayout& level : levels) {
    const BlockGrid grid = virtual_grid(level);
    info.levels.push_back(
        {grid.image_width, grid.image_height, grid.block_width, grid.block_height});
  }

  picture.file = file;
  picture.layout = std::move(levels[static_cast<std::size_t>(options.level)]);
  picture.jpeg_tables = read_jpeg_tables(*file, picture.layout);
  picture.damaged = options.damaged;
  picture.white_gaps = aperio || is_philips(info.meta());
  info.validity = validity_of(info, options.validity);
  if (options.level > 0) scale_to_level(info, picture.layout);
  const Level& level = info.levels[static_cast<std::size_t>(options.level)];
  info.block_width = level.block_width;
  info.block_height = level.block_height;
  info.bytes();  // throws when the sizes cannot be
  if (!needs_rows(picture.layout)) return make_block_source(std::move(info), std::move(picture));
  if (picture.layout.subsample_y > 1)
    file->fail(0, "subsampled YCbCr in a strip of more than 32 MiB is not supported");
  return make_row_source(std::move(info), std::move(picture));
}

}  // namespace sluice

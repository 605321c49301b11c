// Listing a file's directories, for people.
#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "codecs/tiff/directory.hpp"
#include "codecs/tiff/read_tiff.hpp"

namespace sluice {
namespace {

using namespace tiff;

// Sub-images that are listed: of one page, and of all of them together with the entries of their
// directories.
constexpr std::uint64_t kMostChildren = 64;
constexpr int kMostChildrenOfAll = 4096;
constexpr std::int64_t kMostEntriesOfAll = std::int64_t{1} << 20;

std::string_view format_name(std::uint64_t format) {
  constexpr std::string_view names[] = {"unknown", "unsigned",       "signed",       "float",
                                        "untyped", "complex signed", "complex float"};
  return names[format < std::size(names) ? format : 0];
}

TiffPage list_page(const TiffFile& file, const Directory& directory, int page) {
  TiffPage out;
  out.page = page;
  out.offset = directory.offset;
  try {
    const auto get = [&](std::uint16_t tag, std::uint64_t otherwise) {
      return file.integer(directory, tag, otherwise);
    };
    out.width = static_cast<std::int64_t>(get(tag::kImageWidth, 0));
    out.height = static_cast<std::int64_t>(get(tag::kImageLength, 0));
    out.samples = static_cast<int>(get(tag::kSamplesPerPixel, 1));
    out.bits = static_cast<int>(get(tag::kBitsPerSample, 1));
    out.format = format_name(get(tag::kSampleFormat, sample_format::kUnsigned));
    const int compression = static_cast<int>(get(tag::kCompression, compression::kNone));
    out.compression = compression_name(compression);
    if (out.compression == "unknown") out.compression = fmt::format("unknown ({})", compression);
    out.photometric = photometric_name(static_cast<int>(get(tag::kPhotometric, 1)));
    out.separate = out.samples > 1 && get(tag::kPlanarConfig, kPlanarChunky) == kPlanarSeparate;
    out.subfile_type = static_cast<std::uint32_t>(get(tag::kNewSubfileType, 0));
    out.tiled = directory.find(tag::kTileWidth) != nullptr;
    const std::uint64_t rows = get(tag::kRowsPerStrip, get(tag::kImageLength, 0));
    out.block_width = out.tiled ? static_cast<std::int64_t>(get(tag::kTileWidth, 0)) : out.width;
    out.block_height = out.tiled ? static_cast<std::int64_t>(get(tag::kTileLength, 0))
                                 : std::min(static_cast<std::int64_t>(rows), out.height);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::data) throw;
    out.problem = error.reason();
  }
  return out;
}

class Lister {
 public:
  explicit Lister(const TiffFile& file) : file_(file) {}

  TiffPage page(const Directory& directory, int number) {
    TiffPage page = list_page(file_, directory, number);
    try {
      if (const Field* const field = directory.find(tag::kSubIfds))
        for (const std::uint64_t offset :
             file_.integers(field->first(kMostChildren), kMostChildren))
          if (!add_child(offset, page)) break;
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::data) throw;
      page.problem = error.reason();
    }
    return page;
  }

 private:
  /// False when no more sub-images are listed.
  bool add_child(std::uint64_t offset, TiffPage& page) {
    if (children_ == kMostChildrenOfAll || entries_ >= kMostEntriesOfAll) {
      page.problem = "has sub-images, and there are too many to list all";
      return false;
    }
    ++children_;
    try {
      const Directory directory = file_.directory(offset);
      entries_ += static_cast<std::int64_t>(directory.fields.size());
      page.children.push_back(list_page(file_, directory, -1));
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::data) throw;
      page.children.emplace_back();
      page.children.back().offset = offset;
      page.children.back().problem = error.reason();
    }
    return true;
  }

  const TiffFile& file_;
  int children_ = 0;
  std::int64_t entries_ = 0;
};

}  // namespace

TiffListing list_tiff(std::shared_ptr<const ByteSource> bytes, int limit) {
  const TiffFile file(std::move(bytes));
  TiffListing listing;
  listing.big = file.big();
  listing.big_endian = file.big_endian();
  Lister lister(file);
  const ChainBreak broken = file.walk([&](const Directory& directory, int page) {
    if (page >= limit) return false;
    listing.pages.push_back(lister.page(directory, page));
    return true;
  });
  listing.problem = broken.reason;
  return listing;
}

}  // namespace sluice

#include "codecs/jpeg/decoder.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

#include "codecs/interleave.hpp"
#include "codecs/jpeg/library.hpp"
#include "engine/error.hpp"

namespace sluice::jpeg {
namespace {

constexpr std::size_t kBufferBytes = 64 * 1024;
constexpr int kBatchRows = 16;  ///< rows taken from libjpeg before they are split into planes

// Each scan of a progressive image may pass over all coefficients and yet take next to no bytes of
// file. Encoders write some ten scans; those that search for the best script up to about 60.
constexpr int kMaxScans = 200;

/// libjpeg's own memory without the coefficients. A component has 8 + 2 rows of blocks' samples
/// in the main buffer and a row of MCUs in the upsampler; its rows are padded to 64 bytes.
std::int64_t library_bytes(const Header& header) {
  constexpr std::int64_t kTables = 128 * 1024;  // objects, quantisation, Huffman and colour tables
  constexpr std::int64_t kPerRow = 64 + 4 * sizeof(void*);
  std::int64_t sum = kTables;
  const std::int64_t full_width =
      round_up(header.width, std::int64_t{kBlock} * header.max_horizontal());
  for (const Component& c : header.components) {
    sum += (header.blocks_across(c) * kBlock + kPerRow) * c.vertical * (kBlock + 2);
    sum += (full_width + kPerRow) * header.max_vertical();
  }
  return sum;
}

std::int64_t coefficient_bytes(const Header& header) {
  if (!header.several_scans) return 0;
  constexpr std::int64_t kBlockBytes = kBlock * kBlock * sizeof(JCOEF);
  // libjpeg takes chunks of whole rows; padding and the pointers to rows are on top.
  constexpr std::int64_t kPerRow = 64 + 2 * sizeof(void*);
  std::int64_t sum = 0;
  for (const Component& c : header.components)
    sum += (header.blocks_across(c) * kBlockBytes + kPerRow) * header.blocks_down(c);
  return sum;
}

std::int64_t batch_bytes(const Header& header) {
  return std::int64_t{header.width} * static_cast<std::int64_t>(header.components.size()) *
         kBatchRows;
}

// --- libjpeg's side: plain structures and functions that a longjmp may leave ---

struct Decompressor {
  jpeg_decompress_struct cinfo{};
  ErrorManager errors{};
  StreamInput input{};
  jpeg_progress_mgr progress{};
  std::int64_t memory = 0;
  bool created = false;
  bool several_scans = false;
  bool too_many_scans = false;
};

/// Called for each row of MCUs while the scans are taken in. What is missing at the file's end
/// would be made up, for the whole image, so that a small file could take long.
void check_progress(j_common_ptr common) {
  auto* cinfo = reinterpret_cast<j_decompress_ptr>(common);
  auto* d = static_cast<Decompressor*>(cinfo->client_data);
  d->too_many_scans = cinfo->input_scan_number > kMaxScans;
  const bool missing = d->several_scans && d->input.ended && d->errors.damage_is_error;
  if (d->too_many_scans || missing) cinfo->err->error_exit(common);
}

/// Reads the header; false on an error.
bool open(Decompressor& d) {
  d.cinfo.err = install(d.errors);
  if (setjmp(d.errors.escape)) return false;
  jpeg_create_decompress(&d.cinfo);
  d.created = true;
  d.cinfo.client_data = &d;
  // libjpeg would put what passes this limit into temporary files; Debian's has none and fails.
  d.cinfo.mem->max_memory_to_use = static_cast<long>(d.memory);
  install(d.input, d.cinfo);
  d.progress.progress_monitor = &check_progress;
  d.cinfo.progress = &d.progress;
  jpeg_read_header(&d.cinfo, TRUE);
  return true;
}

/// Begins to decode; of an image of several scans, takes in all of them.
bool start(Decompressor& d) {
  if (setjmp(d.errors.escape)) return false;
  switch (d.cinfo.num_components) {
    case 1:
      d.cinfo.out_color_space = JCS_GRAYSCALE;
      break;
    case 3:
      d.cinfo.out_color_space = JCS_RGB;
      break;
    case 4:
      d.cinfo.out_color_space = JCS_CMYK;
      break;
    default:
      d.cinfo.out_color_space = d.cinfo.jpeg_color_space;
  }
  d.cinfo.dct_method = JDCT_ISLOW;
  return jpeg_start_decompress(&d.cinfo) != FALSE;
}

bool read_rows(Decompressor& d, JSAMPROW first, std::size_t row_bytes, JDIMENSION count) {
  if (setjmp(d.errors.escape)) return false;
  const JDIMENSION begin = d.cinfo.output_scanline;
  while (d.cinfo.output_scanline - begin < count) {
    JSAMPROW row = first + (d.cinfo.output_scanline - begin) * row_bytes;
    jpeg_read_scanlines(&d.cinfo, &row, 1);
  }
  return true;
}

// --- the decoder ---

class JpegRows final : public RowDecoder {
 public:
  JpegRows(std::shared_ptr<const ByteSource> bytes, std::shared_ptr<const Header> header,
           bool damaged, Isa isa)
      : header_(std::move(header)),
        isa_(isa),
        damaged_(damaged),
        stream_(std::move(bytes), kBufferBytes),
        row_bytes_(static_cast<std::size_t>(header_->width) * header_->components.size()) {
    libjpeg_.errors.damage_is_error = !damaged;
    libjpeg_.memory = library_bytes(*header_) + coefficient_bytes(*header_);
    libjpeg_.several_scans = header_->several_scans;
    libjpeg_.input.stream = &stream_;
  }
  ~JpegRows() override {
    if (libjpeg_.created) jpeg_destroy_decompress(&libjpeg_.cinfo);
  }
  JpegRows(const JpegRows&) = delete;
  JpegRows& operator=(const JpegRows&) = delete;

  void decode(const TileView& out) override {
    if (out.rect.x != 0 || out.rect.width != header_->width || out.rect.y != row_ ||
        out.rect.bottom() > header_->height)
      throw Error(ErrorKind::internal, "rows of a JPEG image asked for out of order");
    if (!libjpeg_.created) begin();
    for (std::int64_t done = 0; done < out.rect.height;) {
      const int rows = static_cast<int>(std::min<std::int64_t>(kBatchRows, out.rect.height - done));
      if (!read_rows(libjpeg_, reinterpret_cast<JSAMPROW>(batch_.data()), row_bytes_,
                     static_cast<JDIMENSION>(rows)))
        fail();
      // Arithmetic coding has no end of its own: the decoder goes on with zeros.
      if (header_->arithmetic && libjpeg_.input.ended && !damaged_)
        fail("the file ends within the image");
      if (header_->components.size() == 4 && header_->adobe)
        for (std::byte& sample :
             std::span(batch_).first(row_bytes_ * static_cast<std::size_t>(rows)))
          sample = ~sample;
      deinterleave(batch_.data(), static_cast<std::int64_t>(row_bytes_),
                   out.part({0, out.rect.y + done, out.rect.width, rows}), isa_);
      done += rows;
      row_ += rows;
    }
  }

 private:
  void begin() {
    batch_.resize(row_bytes_ * kBatchRows);
    if (!open(libjpeg_)) fail();
    const auto& cinfo = libjpeg_.cinfo;
    if (cinfo.image_width != static_cast<JDIMENSION>(header_->width) ||
        cinfo.image_height != static_cast<JDIMENSION>(header_->height) ||
        cinfo.num_components != static_cast<int>(header_->components.size()))
      fail("the file has changed since it was opened");
    if (!start(libjpeg_)) fail();
    if (header_->several_scans && libjpeg_.input.ended && !damaged_)
      fail("the file ends before its end marker: scans of the image are missing");
  }

  [[noreturn]] void fail() {
    if (libjpeg_.input.failure) std::rethrow_exception(libjpeg_.input.failure);
    if (libjpeg_.too_many_scans)
      fail(fmt::format("more than {} scans, which no encoder writes", kMaxScans));
    if (libjpeg_.input.ended)
      fail(fmt::format("the file ends within the image (libjpeg: {})", libjpeg_.errors.message));
    fail(fmt::format("damaged JPEG data (libjpeg: {})", libjpeg_.errors.message));
  }
  [[noreturn]] void fail(const std::string& reason) {
    // libjpeg's counter is ahead of row_ when the batch broke off in its middle.
    const std::int64_t row =
        libjpeg_.created ? std::max<std::int64_t>(row_, libjpeg_.cinfo.output_scanline) : row_;
    throw Error(ErrorKind::data, reason)
        .at_file(stream_.source().name())
        .at_place(fmt::format("row {}, byte {}", row, libjpeg_.input.position()));
  }

  std::shared_ptr<const Header> header_;
  Isa isa_;
  bool damaged_;
  ByteStream stream_;
  std::size_t row_bytes_;
  std::vector<std::byte> batch_;
  std::int64_t row_ = 0;
  Decompressor libjpeg_;
};

}  // namespace

std::int64_t decoder_bytes(const Header& header) {
  return static_cast<std::int64_t>(sizeof(JpegRows) + kBufferBytes) + batch_bytes(header) +
         library_bytes(header) + coefficient_bytes(header);
}

std::unique_ptr<RowDecoder> make_decoder(std::shared_ptr<const ByteSource> bytes,
                                         std::shared_ptr<const Header> header, bool damaged,
                                         Isa isa) {
  return std::make_unique<JpegRows>(std::move(bytes), std::move(header), damaged, isa);
}

}  // namespace sluice::jpeg

#include "codecs/tiff/decode_jpeg.hpp"

#include <fmt/format.h>

#include <csetjmp>
#include <cstdio>
#include <exception>
#include <utility>

#include <jerror.h>
#include <jpeglib.h>

#include "codecs/tiff/tags.hpp"
#include "engine/error.hpp"

namespace sluice::tiff {
namespace {

/// A progressive stream may repeat its scans; more than this is an attack.
constexpr int kMaxScans = 500;
constexpr JOCTET kEndMarker[2] = {0xFF, JPEG_EOI};

}  // namespace

// libjpeg reports errors by longjmp. The functions below that call setjmp, and those called back
// between, hold no object with a destructor; exceptions of the byte source are kept and thrown
// later.
struct JpegStream::State {
  jpeg_decompress_struct codec;
  jpeg_error_mgr errors;
  jpeg_source_mgr source;
  std::jmp_buf escape;
  char message[JMSG_LENGTH_MAX];
  bool made = false;

  Fill fill;
  std::exception_ptr failure;
  JpegExpectation expected;
  std::span<const std::byte> tables;

  bool create();
  bool read_tables();
  bool read_header();
  bool begin();
  bool read_rows(std::byte* to, std::int64_t rows);
  bool next_bytes() noexcept;
  void choose_colours();
  [[noreturn]] void raise() const;
  void check_header() const;
};

namespace {

JpegStream::State* state_of(j_common_ptr codec);

}  // namespace

void JpegStream::State::raise() const {
  if (failure) std::rethrow_exception(failure);
  throw Error(ErrorKind::data, fmt::format("corrupt JPEG data: {}", message));
}

bool JpegStream::State::next_bytes() noexcept {
  try {
    const std::span<const std::byte> bytes = fill();
    source.next_input_byte = reinterpret_cast<const JOCTET*>(bytes.data());
    source.bytes_in_buffer = bytes.size();
    return true;
  } catch (...) {
    failure = std::current_exception();
    return false;
  }
}

namespace {

extern "C" {

[[noreturn]] static void on_error(j_common_ptr codec) {
  JpegStream::State* const state = state_of(codec);
  codec->err->format_message(codec, state->message);
  std::longjmp(state->escape, 1);
}

static void on_message(j_common_ptr codec, int level) {
  if (level >= 0) return;  // traces
  switch (codec->err->msg_code) {
    case JWRN_EXTRANEOUS_DATA:  // bytes between segments: nothing is lost
    case JWRN_ADOBE_XFORM:
    case JWRN_JPEG_EOF:  // the end marker is missing; missing data is reported by itself
    case JWRN_TOO_MUCH_DATA:
      return;
    default:
      on_error(codec);
  }
}

static void on_output(j_common_ptr) {}

static void on_init(j_decompress_ptr) {}

static boolean on_fill(j_decompress_ptr codec) {
  JpegStream::State* const state = state_of(reinterpret_cast<j_common_ptr>(codec));
  if (!state->next_bytes()) ERREXIT(codec, JERR_FILE_READ);
  if (codec->src->bytes_in_buffer == 0) {
    WARNMS(codec, JWRN_JPEG_EOF);
    codec->src->next_input_byte = kEndMarker;
    codec->src->bytes_in_buffer = sizeof(kEndMarker);
  }
  return TRUE;
}

static void on_skip(j_decompress_ptr codec, long count) {
  while (count > 0) {
    if (codec->src->bytes_in_buffer == 0) on_fill(codec);
    if (codec->src->next_input_byte == kEndMarker) return;
    const std::size_t step = static_cast<std::size_t>(count) < codec->src->bytes_in_buffer
                                 ? static_cast<std::size_t>(count)
                                 : codec->src->bytes_in_buffer;
    codec->src->next_input_byte += step;
    codec->src->bytes_in_buffer -= step;
    count -= static_cast<long>(step);
  }
}

static void on_term(j_decompress_ptr) {}

/// Tables are in memory as a whole; some lack their end marker.
static boolean on_end_of_tables(j_decompress_ptr codec) {
  codec->src->next_input_byte = kEndMarker;
  codec->src->bytes_in_buffer = sizeof(kEndMarker);
  return TRUE;
}

}  // extern "C"

JpegStream::State* state_of(j_common_ptr codec) {
  return static_cast<JpegStream::State*>(codec->client_data);
}

}  // namespace

bool JpegStream::State::create() {
  codec.err = jpeg_std_error(&errors);
  errors.error_exit = on_error;
  errors.emit_message = on_message;
  errors.output_message = on_output;
  codec.client_data = this;
  if (setjmp(escape) != 0) return false;
  jpeg_create_decompress(&codec);
  made = true;
  codec.client_data = this;
  source.init_source = on_init;
  source.skip_input_data = on_skip;
  source.resync_to_restart = jpeg_resync_to_restart;
  source.term_source = on_term;
  codec.src = &source;
  return true;
}

bool JpegStream::State::read_tables() {
  if (setjmp(escape) != 0) return false;
  source.next_input_byte = reinterpret_cast<const JOCTET*>(tables.data());
  source.bytes_in_buffer = tables.size();
  source.fill_input_buffer = on_end_of_tables;
  jpeg_read_header(&codec, FALSE);
  return true;
}

bool JpegStream::State::read_header() {
  if (setjmp(escape) != 0) return false;
  source.next_input_byte = nullptr;
  source.bytes_in_buffer = 0;
  source.fill_input_buffer = on_fill;
  jpeg_read_header(&codec, TRUE);
  return true;
}

/// Which colours a stream of three components holds: first what it says itself, then what its
/// directory says (files with either one wrong exist, see the README).
void JpegStream::State::choose_colours() {
  J_COLOR_SPACE stored = JCS_UNKNOWN;
  if (codec.num_components == 3) {
    const jpeg_component_info* const c = codec.comp_info;
    const bool rgb_ids =
        c[0].component_id == 'R' && c[1].component_id == 'G' && c[2].component_id == 'B';
    if (codec.saw_Adobe_marker)
      stored = codec.Adobe_transform == 0 ? JCS_RGB : JCS_YCbCr;
    else if (codec.saw_JFIF_marker)
      stored = JCS_YCbCr;
    else if (!rgb_ids && expected.photometric == photometric::kYcbcr)
      stored = JCS_YCbCr;
    else
      stored = JCS_RGB;
  } else if (codec.num_components == 4 && codec.saw_Adobe_marker && codec.Adobe_transform == 2) {
    stored = JCS_YCCK;
  }
  codec.jpeg_color_space = stored;
  codec.out_color_space = stored == JCS_YCbCr ? JCS_RGB : stored == JCS_YCCK ? JCS_CMYK : stored;
}

bool JpegStream::State::begin() {
  if (setjmp(escape) != 0) return false;
  choose_colours();
  codec.dct_method = JDCT_ISLOW;
  codec.do_fancy_upsampling = TRUE;
  codec.buffered_image = FALSE;
  if (codec.progressive_mode || codec.comps_in_scan < codec.num_components) {
    // All scans come before the first row: count them.
    codec.buffered_image = TRUE;
    jpeg_start_decompress(&codec);
    while (!jpeg_input_complete(&codec)) {
      jpeg_consume_input(&codec);
      if (codec.input_scan_number > kMaxScans) ERREXIT(&codec, JERR_BAD_PROGRESSION);
    }
    jpeg_start_output(&codec, codec.input_scan_number);
    return true;
  }
  jpeg_start_decompress(&codec);
  return true;
}

bool JpegStream::State::read_rows(std::byte* to, std::int64_t rows) {
  if (setjmp(escape) != 0) return false;
  const std::size_t row_bytes = static_cast<std::size_t>(codec.output_width) *
                                static_cast<std::size_t>(codec.output_components);
  for (std::int64_t y = 0; y < rows; ++y) {
    JSAMPROW row = reinterpret_cast<JSAMPROW>(to) + static_cast<std::size_t>(y) * row_bytes;
    if (jpeg_read_scanlines(&codec, &row, 1) != 1) ERREXIT(&codec, JERR_TOO_LITTLE_DATA);
  }
  return true;
}

void JpegStream::State::check_header() const {
  const auto fail = [](std::string reason) { throw Error(ErrorKind::data, std::move(reason)); };
  if (codec.data_precision != 8)
    fail(fmt::format("JPEG with {} bits per sample is not supported", codec.data_precision));
  if (codec.num_components != expected.components)
    fail(fmt::format("the JPEG data has {} components where {} are expected", codec.num_components,
                     expected.components));
  const std::int64_t width = codec.image_width, height = codec.image_height;
  if (width != expected.width || height < expected.rows || height > expected.max_rows)
    fail(fmt::format("the JPEG data has {} x {} pixels where {} x {} are expected", width, height,
                     expected.width, expected.rows));
}

JpegStream::JpegStream(std::span<const std::byte> tables, Fill fill,
                       const JpegExpectation& expected)
    : state_(std::make_unique<State>()) {
  state_->fill = std::move(fill);
  state_->expected = expected;
  state_->tables = tables;
  const auto close = [this] {
    if (state_->made) jpeg_destroy_decompress(&state_->codec);
    state_->made = false;
  };
  try {
    if (!state_->create()) state_->raise();
    if (!tables.empty() && !state_->read_tables()) state_->raise();
    if (!state_->read_header()) state_->raise();
    state_->check_header();
    if (!state_->begin()) state_->raise();
  } catch (...) {
    close();
    throw;
  }
}

JpegStream::~JpegStream() {
  if (state_->made) jpeg_destroy_decompress(&state_->codec);
}

void JpegStream::read(std::byte* to, std::int64_t rows) {
  if (!state_->read_rows(to, rows)) state_->raise();
}

std::int64_t JpegStream::held_bytes() const {
  const jpeg_decompress_struct& codec = state_->codec;
  if (!codec.buffered_image) return 0;
  std::int64_t blocks = 0;
  for (int c = 0; c < codec.num_components; ++c)
    blocks += static_cast<std::int64_t>(codec.comp_info[c].width_in_blocks) *
              codec.comp_info[c].height_in_blocks;
  return blocks * static_cast<std::int64_t>(sizeof(JBLOCK));
}

void decode_jpeg(std::span<const std::byte> tables, std::span<const std::byte> from,
                 const JpegExpectation& expected, std::byte* to) {
  bool given = false;
  JpegStream stream(
      tables,
      [&]() -> std::span<const std::byte> {
        return std::exchange(given, true) ? from.first(0) : from;
      },
      expected);
  stream.read(to, expected.rows);
}

}  // namespace sluice::tiff

#include "codecs/jpeg/decompressor.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <utility>

#include <jerror.h>

#include "codecs/jpeg/library.hpp"
#include "engine/error.hpp"

namespace sluice::jpeg {
namespace {

// Each scan may pass over all coefficients and yet take next to no bytes of the stream. Encoders
// write some ten scans; those that search for the best script up to about 60.
constexpr int kMaxScans = 200;

constexpr JOCTET kEndOfImage[] = {0xFF, JPEG_EOI};

}  // namespace

struct Decompressor::State {
  jpeg_decompress_struct codec{};
  ErrorManager errors{};
  jpeg_source_mgr source{};
  jpeg_progress_mgr progress{};
  Fill fill;
  std::exception_ptr failure;  ///< what `fill` threw
  Frame frame;
  ColourMarks marks;
  std::int64_t given = 0;  ///< bytes that `fill` has given
  bool created = false;
  bool ended = false;
  bool too_many_scans = false;

  ~State() {
    if (created) jpeg_destroy_decompress(&codec);
  }

  // Called by libjpeg, whose errors may leave them by longjmp: they hold plain values only.
  static State& of(void* client_data) { return *static_cast<State*>(client_data); }
  bool next_bytes() noexcept;
  void hand_over(const JOCTET* bytes, std::size_t size) {
    source.next_input_byte = bytes;
    source.bytes_in_buffer = size;
  }
  static boolean fill_input(j_decompress_ptr codec);
  static boolean end_tables(j_decompress_ptr codec);
  static void skip_input(j_decompress_ptr codec, long count);
  static void check_progress(j_common_ptr codec);

  void choose_colours(StoredColours stored);
  void take_frame();
  std::pair<int, JDIMENSION> last_place{0, 0};  ///< scan and row of MCUs that was read last
  std::int64_t given_at_place = 0;              ///< `given` when it was come to
  [[noreturn]] void fail() const;
  [[noreturn]] static void fail(std::string reason) {
    throw Error(ErrorKind::data, std::move(reason));
  }
};

/// Hands over the next bytes, none at the end; false when `fill` threw.
bool Decompressor::State::next_bytes() noexcept {
  // libjpeg would look for the next marker through all of a file, however long: more bytes than a
  // row of the widest image takes, without coming any further, are no JPEG.
  constexpr std::int64_t kMostWithoutProgress = std::int64_t{64} << 20;
  try {
    const std::pair place{codec.input_scan_number, codec.input_iMCU_row};
    if (place != last_place) {
      last_place = place;
      given_at_place = given;
    }
    if (given - given_at_place > kMostWithoutProgress)
      fail(fmt::format("{} bytes of the stream go by without a marker or a row of pixels",
                       given - given_at_place));
    const std::span<const std::byte> bytes = fill();
    given += static_cast<std::int64_t>(bytes.size());
    hand_over(reinterpret_cast<const JOCTET*>(bytes.data()), bytes.size());
    return true;
  } catch (...) {
    failure = std::current_exception();
    return false;
  }
}

boolean Decompressor::State::fill_input(j_decompress_ptr codec) {
  State& state = of(codec->client_data);
  if (!state.next_bytes()) ERREXIT(codec, JERR_FILE_READ);
  if (state.source.bytes_in_buffer == 0) {
    // The entropy decoder reads ahead of what it needs, so the end alone is no error.
    state.ended = true;
    state.hand_over(kEndOfImage, sizeof kEndOfImage);
    WARNMS(codec, JWRN_JPEG_EOF);
  }
  return TRUE;
}

/// Tables are in memory as a whole; some lack their end marker.
boolean Decompressor::State::end_tables(j_decompress_ptr codec) {
  of(codec->client_data).hand_over(kEndOfImage, sizeof kEndOfImage);
  return TRUE;
}

void Decompressor::State::skip_input(j_decompress_ptr codec, long count) {
  jpeg_source_mgr& source = *codec->src;
  while (count > 0) {
    if (source.bytes_in_buffer == 0) source.fill_input_buffer(codec);
    if (source.next_input_byte == kEndOfImage) return;
    const long step = std::min(count, static_cast<long>(source.bytes_in_buffer));
    source.next_input_byte += step;
    source.bytes_in_buffer -= static_cast<std::size_t>(step);
    count -= step;
  }
}

/// Called for each row of MCUs while the scans are taken in. What is missing at the stream's end
/// would be made up, for the whole image, so that few bytes could take long.
void Decompressor::State::check_progress(j_common_ptr common) {
  auto* codec = reinterpret_cast<j_decompress_ptr>(common);
  State& state = of(codec->client_data);
  state.too_many_scans = codec->input_scan_number > kMaxScans;
  const bool missing = state.frame.several_scans && state.ended && state.errors.damage_is_error;
  if (state.too_many_scans || missing) codec->err->error_exit(common);
}

void Decompressor::State::choose_colours(StoredColours stored) {
  if (stored != StoredColours::by_marks)
    codec.jpeg_color_space = stored == StoredColours::ycbcr  ? JCS_YCbCr
                             : stored == StoredColours::ycck ? JCS_YCCK
                                                             : JCS_UNKNOWN;
  switch (codec.jpeg_color_space) {
    case JCS_YCbCr:
      codec.out_color_space = JCS_RGB;
      break;
    case JCS_YCCK:
      codec.out_color_space = JCS_CMYK;
      break;
    default:
      codec.out_color_space = codec.jpeg_color_space;
  }
}

void Decompressor::State::take_frame() {
  frame.width = static_cast<int>(codec.image_width);
  frame.height = static_cast<int>(codec.image_height);
  frame.progressive = codec.progressive_mode;
  frame.arithmetic = codec.arith_code;
  frame.several_scans = codec.progressive_mode || codec.comps_in_scan < codec.num_components;
  for (int i = 0; i < codec.num_components; ++i) {
    const jpeg_component_info& c = codec.comp_info[i];
    frame.components.push_back({c.component_id, c.h_samp_factor, c.v_samp_factor});
  }
  marks.jfif = codec.saw_JFIF_marker;
  if (codec.saw_Adobe_marker) marks.adobe_transform = codec.Adobe_transform;
  const auto& c = frame.components;
  marks.rgb_ids = c.size() == 3 && c[0].id == 'R' && c[1].id == 'G' && c[2].id == 'B';
}

void Decompressor::State::fail() const {
  if (failure) std::rethrow_exception(failure);
  if (too_many_scans)
    fail(fmt::format("it has more than {} scans, which no encoder writes", kMaxScans));
  if (ended) fail(fmt::format("the data ends within the image (libjpeg: {})", errors.message));
  fail(errors.reason());
}

Decompressor::Decompressor(Fill fill, bool damaged) : state_(std::make_unique<State>()) {
  State& s = *state_;
  s.fill = std::move(fill);
  s.codec.err = s.errors.install();
  s.errors.damage_is_error = !damaged;
  const bool made = s.errors.guard([&s] {
    jpeg_create_decompress(&s.codec);
    s.created = true;
    s.codec.client_data = &s;
    s.source.init_source = [](j_decompress_ptr) {};
    s.source.fill_input_buffer = &State::fill_input;
    s.source.skip_input_data = &State::skip_input;
    s.source.resync_to_restart = &jpeg_resync_to_restart;
    s.source.term_source = [](j_decompress_ptr) {};
    s.codec.src = &s.source;
    s.progress.progress_monitor = &State::check_progress;
    s.codec.progress = &s.progress;
  });
  if (!made) s.fail();
}

Decompressor::~Decompressor() = default;

void Decompressor::read_tables(std::span<const std::byte> tables) {
  State& s = *state_;
  int found = 0;
  s.hand_over(reinterpret_cast<const JOCTET*>(tables.data()), tables.size());
  s.source.fill_input_buffer = &State::end_tables;
  if (!s.errors.guard([&] { found = jpeg_read_header(&s.codec, FALSE); })) s.fail();
  if (found != JPEG_HEADER_TABLES_ONLY) State::fail("there is an image where only tables belong");
  s.source.fill_input_buffer = &State::fill_input;
  s.hand_over(nullptr, 0);
}

const Frame& Decompressor::read_header() {
  State& s = *state_;
  if (!s.errors.guard([&s] { jpeg_read_header(&s.codec, TRUE); })) s.fail();
  s.take_frame();
  return s.frame;
}

void Decompressor::start(StoredColours stored) {
  State& s = *state_;
  s.choose_colours(stored);
  s.codec.dct_method = JDCT_ISLOW;
  // libjpeg would put coefficients that pass this limit into temporary files; Debian's has none and
  // fails.
  s.codec.mem->max_memory_to_use = static_cast<long>(s.frame.decoder_bytes());
  if (!s.errors.guard([&s] { jpeg_start_decompress(&s.codec); })) s.fail();
  if (s.frame.several_scans && s.ended && s.errors.damage_is_error)
    State::fail("the data ends before its end marker: scans of the image are missing");
}

void Decompressor::read(std::byte* to, std::int64_t rows) {
  State& s = *state_;
  const std::int64_t row_bytes = std::int64_t{s.frame.width} * s.codec.output_components;
  const bool read = s.errors.guard([&] {
    for (std::int64_t y = 0; y < rows; ++y) {
      JSAMPROW row = reinterpret_cast<JSAMPROW>(to + y * row_bytes);
      if (jpeg_read_scanlines(&s.codec, &row, 1) != 1) ERREXIT(&s.codec, JERR_TOO_LITTLE_DATA);
    }
  });
  if (!read) s.fail();
  // Arithmetic coding has no end of its own: the decoder goes on with zeros.
  if (s.frame.arithmetic && s.ended && s.errors.damage_is_error)
    State::fail("the data ends within the image");
}

const ColourMarks& Decompressor::colour_marks() const {
  return state_->marks;
}
const Frame& Decompressor::frame() const {
  return state_->frame;
}
std::int64_t Decompressor::row() const {
  return state_->codec.output_scanline;
}
std::int64_t Decompressor::place() const {
  return state_->given - (ended() ? 0 : static_cast<std::int64_t>(state_->source.bytes_in_buffer));
}
bool Decompressor::ended() const {
  return state_->ended;
}

}  // namespace sluice::jpeg

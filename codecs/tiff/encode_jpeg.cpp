#include "codecs/tiff/encode_jpeg.hpp"

#include <fmt/format.h>

#include <csetjmp>
#include <cstdio>

#include <jpeglib.h>

#include "engine/error.hpp"

namespace sluice::tiff {

/// libjpeg's structures; its errors come back by longjmp, over frames without destructors.
struct JpegBlockEncoder::State {
  jpeg_compress_struct compress{};
  jpeg_error_mgr errors{};
  jpeg_destination_mgr to{};
  std::jmp_buf failed{};
  char message[JMSG_LENGTH_MAX] = {};
  std::span<std::byte> buffer;

  ~State() { jpeg_destroy_compress(&compress); }

  /// Calls `f`, whose frame holds plain values only, and turns libjpeg's error into an Error.
  template <class F>
  void guarded(F f) {
    if (setjmp(failed) == 0) {
      f();
      return;
    }
    jpeg_abort_compress(&compress);
    throw Error(ErrorKind::internal, fmt::format("libjpeg: {}", message));
  }
  std::int64_t used() const { return static_cast<std::int64_t>(buffer.size() - to.free_in_buffer); }
};

namespace {

template <class State>
State& state_of(void* client_data) {
  return *static_cast<State*>(client_data);
}

}  // namespace

std::int64_t jpeg_block_bound(const WritePlan& plan) {
  // A coefficient takes 26 bits at most, but an 8x8 block has not the energy for 64 such: 3 bytes a
  // sample are out of reach. One chroma sample for chroma^2 pixels, whole MCUs.
  constexpr std::int64_t kBytesPerSample = 3, kMarkers = 4096;
  const std::int64_t mcu = 8 * plan.chroma;
  const std::int64_t pixels =
      round_up(plan.grid.block_width, mcu) * round_up(plan.grid.block_height, mcu);
  const std::int64_t chroma = (plan.info.channels() - 1) * pixels / (plan.chroma * plan.chroma);
  return (pixels + chroma) * kBytesPerSample + kMarkers;
}

std::int64_t jpeg_encoder_bytes(const WritePlan& plan) {
  // libjpeg's tables, and rows of samples: a few MCU rows of every component.
  constexpr std::int64_t kTables = 64 << 10, kRows = 48;
  return kTables + kRows * round_up(plan.grid.block_width, 16) * plan.info.channels();
}

JpegBlockEncoder::JpegBlockEncoder(const WritePlan& plan) : state_(std::make_unique<State>()) {
  State& s = *state_;
  s.compress.err = jpeg_std_error(&s.errors);
  s.compress.client_data = &s;
  s.errors.error_exit = [](j_common_ptr info) {
    State& state = state_of<State>(info->client_data);
    info->err->format_message(info, state.message);
    std::longjmp(state.failed, 1);
  };
  s.errors.output_message = [](j_common_ptr) {};
  s.guarded([&s, &plan] {
    jpeg_create_compress(&s.compress);
    s.compress.client_data = &s;
    s.compress.input_components = plan.info.channels();
    s.compress.in_color_space = plan.ycbcr                  ? JCS_RGB
                                : plan.info.channels() == 1 ? JCS_GRAYSCALE
                                                            : JCS_UNKNOWN;
    jpeg_set_defaults(&s.compress);
    jpeg_set_quality(&s.compress, plan.quality, TRUE);
    s.compress.write_JFIF_header = FALSE;
    s.compress.write_Adobe_marker = FALSE;
    s.compress.comp_info[0].h_samp_factor = s.compress.comp_info[0].v_samp_factor = plan.chroma;
  });
  s.to.init_destination = [](j_compress_ptr info) {
    State& state = state_of<State>(info->client_data);
    state.to.next_output_byte = reinterpret_cast<JOCTET*>(state.buffer.data());
    state.to.free_in_buffer = state.buffer.size();
  };
  s.to.empty_output_buffer = [](j_compress_ptr info) -> boolean {
    State& state = state_of<State>(info->client_data);
    std::snprintf(state.message, sizeof state.message, "a block grew past %zu bytes",
                  state.buffer.size());
    std::longjmp(state.failed, 1);
  };
  s.to.term_destination = [](j_compress_ptr) {};
  s.compress.dest = &s.to;
}

JpegBlockEncoder::~JpegBlockEncoder() = default;

std::vector<std::byte> JpegBlockEncoder::tables() {
  constexpr std::size_t kMost = 4096;
  std::vector<std::byte> bytes(kMost);
  State& s = *state_;
  s.buffer = bytes;
  s.guarded([&s] {
    jpeg_suppress_tables(&s.compress, FALSE);
    jpeg_write_tables(&s.compress);
  });
  bytes.resize(static_cast<std::size_t>(s.used()));
  return bytes;
}

void JpegBlockEncoder::start(std::int64_t width, std::int64_t height, std::span<std::byte> to) {
  State& s = *state_;
  s.buffer = to;
  s.guarded([&s, width, height] {
    jpeg_abort_compress(&s.compress);
    s.compress.image_width = static_cast<JDIMENSION>(width);
    s.compress.image_height = static_cast<JDIMENSION>(height);
    jpeg_suppress_tables(&s.compress, TRUE);
    jpeg_start_compress(&s.compress, FALSE);
  });
}

void JpegBlockEncoder::rows(const std::byte* samples, std::int64_t row_bytes, std::int64_t count) {
  State& s = *state_;
  s.guarded([&s, samples, row_bytes, count] {
    for (std::int64_t y = 0; y < count; ++y) {
      // libjpeg does not write through the pointer.
      JSAMPROW row = reinterpret_cast<JSAMPROW>(const_cast<std::byte*>(samples + y * row_bytes));
      jpeg_write_scanlines(&s.compress, &row, 1);
    }
  });
}

std::int64_t JpegBlockEncoder::finish() {
  State& s = *state_;
  s.guarded([&s] { jpeg_finish_compress(&s.compress); });
  return s.used();
}

}  // namespace sluice::tiff

#include "support/made_tiff.hpp"

#include <algorithm>
#include <cstring>
#include <stdexcept>
#include <string>

namespace sluice::test {
namespace {

struct Stream {
  std::vector<std::byte>* bytes;
  std::size_t at = 0;
};

Stream* stream_of(thandle_t handle) {
  return static_cast<Stream*>(handle);
}

tmsize_t read_bytes(thandle_t handle, void* to, tmsize_t size) {
  Stream* const s = stream_of(handle);
  const std::size_t left = s->bytes->size() - std::min(s->at, s->bytes->size());
  const std::size_t count = std::min(static_cast<std::size_t>(size), left);
  std::memcpy(to, s->bytes->data() + s->at, count);
  s->at += count;
  return static_cast<tmsize_t>(count);
}

tmsize_t write_bytes(thandle_t handle, void* from, tmsize_t size) {
  Stream* const s = stream_of(handle);
  const std::size_t end = s->at + static_cast<std::size_t>(size);
  if (s->bytes->size() < end) s->bytes->resize(end);
  std::memcpy(s->bytes->data() + s->at, from, static_cast<std::size_t>(size));
  s->at = end;
  return size;
}

toff_t seek_bytes(thandle_t handle, toff_t offset, int whence) {
  Stream* const s = stream_of(handle);
  if (whence == SEEK_CUR) offset += s->at;
  if (whence == SEEK_END) offset += s->bytes->size();
  s->at = static_cast<std::size_t>(offset);
  return offset;
}

int close_bytes(thandle_t handle) {
  delete stream_of(handle);
  return 0;
}

toff_t size_of_bytes(thandle_t handle) {
  return stream_of(handle)->bytes->size();
}

/// One stored block: its rows, padded at the image's edge by zeros.
std::vector<std::byte> block(const Picture& picture, const Rect& rect, int plane, bool separate) {
  const std::size_t size = size_of(picture.info.type);
  const int first = separate ? plane : 0, count = separate ? 1 : picture.channels();
  std::vector<std::byte> bytes(static_cast<std::size_t>(rect.width * rect.height * count) * size);
  for (std::int64_t y = 0; y < std::min(rect.height, picture.height() - rect.y); ++y)
    for (std::int64_t x = 0; x < std::min(rect.width, picture.width() - rect.x); ++x)
      for (int c = 0; c < count; ++c)
        std::memcpy(&bytes[static_cast<std::size_t>((y * rect.width + x) * count + c) * size],
                    &picture.samples[picture.index(first + c, rect.x + x, rect.y + y) * size],
                    size);
  return bytes;
}

void set_tags(TIFF* tiff, const Picture& picture, const MadeTiff& how) {
  const auto set = [&](auto tag, auto value) {
    TIFFSetField(tiff, static_cast<std::uint32_t>(tag), value);
  };
  const SampleType type = picture.info.type;
  set(TIFFTAG_IMAGEWIDTH, static_cast<std::uint32_t>(picture.width()));
  set(TIFFTAG_IMAGELENGTH, static_cast<std::uint32_t>(picture.height()));
  set(TIFFTAG_SAMPLESPERPIXEL, picture.channels());
  set(TIFFTAG_BITSPERSAMPLE, static_cast<int>(8 * size_of(type)));
  set(TIFFTAG_SAMPLEFORMAT, is_float(type)    ? SAMPLEFORMAT_IEEEFP
                            : is_signed(type) ? SAMPLEFORMAT_INT
                                              : SAMPLEFORMAT_UINT);
  set(TIFFTAG_PLANARCONFIG, how.separate ? PLANARCONFIG_SEPARATE : PLANARCONFIG_CONTIG);
  set(TIFFTAG_COMPRESSION, how.compression);
  const int plain = picture.channels() == 3 ? PHOTOMETRIC_RGB : PHOTOMETRIC_MINISBLACK;
  set(TIFFTAG_PHOTOMETRIC, how.photometric < 0 ? plain : how.photometric);
  if (how.predictor != 1) set(TIFFTAG_PREDICTOR, how.predictor);
  if (how.fill_order != 1) set(TIFFTAG_FILLORDER, how.fill_order);
  if (how.subsampling != 0) {
    TIFFSetField(tiff, TIFFTAG_YCBCRSUBSAMPLING, how.subsampling, how.subsampling);
    set(TIFFTAG_JPEGCOLORMODE, JPEGCOLORMODE_RGB);
  }
  if (how.tile != 0) {
    set(TIFFTAG_TILEWIDTH, static_cast<std::uint32_t>(how.tile));
    set(TIFFTAG_TILELENGTH, static_cast<std::uint32_t>(how.tile));
  } else {
    set(TIFFTAG_ROWSPERSTRIP, static_cast<std::uint32_t>(how.rows_per_strip));
  }
}

}  // namespace

TIFF* open_memory(std::vector<std::byte>& bytes, const char* mode) {
  TIFF* const tiff = TIFFClientOpen(
      "memory", mode, new Stream{&bytes}, read_bytes, write_bytes, seek_bytes, close_bytes,
      size_of_bytes, [](thandle_t, void**, toff_t*) { return 0; }, [](thandle_t, void*, toff_t) {});
  if (!tiff) throw std::runtime_error("libtiff cannot open the memory");
  return tiff;
}

void add_directory(TIFF* tiff, const Picture& picture, const MadeTiff& how,
                   const std::function<void(TIFF*)>& more) {
  set_tags(tiff, picture, how);
  if (more) more(tiff);
  const std::int64_t w = how.tile ? how.tile : picture.width();
  const std::int64_t h = how.tile ? how.tile : how.rows_per_strip;
  std::uint32_t index = 0;
  for (int plane = 0; plane < (how.separate ? picture.channels() : 1); ++plane) {
    for (std::int64_t y = 0; y < picture.height(); y += h) {
      for (std::int64_t x = 0; x < picture.width(); x += w, ++index) {
        const std::int64_t rows = how.tile ? h : std::min(h, picture.height() - y);
        std::vector<std::byte> bytes = block(picture, {x, y, w, rows}, plane, how.separate);
        const tmsize_t size = static_cast<tmsize_t>(bytes.size());
        const tmsize_t done = how.tile ? TIFFWriteEncodedTile(tiff, index, bytes.data(), size)
                                       : TIFFWriteEncodedStrip(tiff, index, bytes.data(), size);
        if (done < 0) throw std::runtime_error("libtiff cannot write a block");
      }
    }
  }
  if (!TIFFWriteDirectory(tiff)) throw std::runtime_error("libtiff cannot write the directory");
}

std::vector<std::byte> make_tiff(const Picture& picture, const MadeTiff& how,
                                 const std::function<void(TIFF*)>& more) {
  std::vector<std::byte> bytes;
  const std::string mode = std::string("w") + (how.big ? "8" : "4") + (how.big_endian ? "b" : "l");
  TIFF* const tiff = open_memory(bytes, mode.c_str());
  add_directory(tiff, picture, how, more);
  TIFFClose(tiff);
  return bytes;
}

std::vector<std::byte> make_jpeg_tiff(const ImageInfo& info, std::int64_t tile,
                                      const std::vector<std::vector<std::byte>>& streams,
                                      int photometric) {
  std::vector<std::byte> bytes;
  TIFF* const tiff = open_memory(bytes, "wl");
  set_tags(tiff, Picture(info),
           {.compression = COMPRESSION_JPEG, .tile = tile, .photometric = photometric});
  TIFFSetField(tiff, TIFFTAG_JPEGTABLESMODE, 0);
  for (std::size_t i = 0; i < streams.size(); ++i)
    if (std::vector<std::byte> stream = streams[i]; !stream.empty())
      if (TIFFWriteRawTile(tiff, static_cast<std::uint32_t>(i), stream.data(),
                           static_cast<tmsize_t>(stream.size())) < 0)
        throw std::runtime_error("libtiff cannot write a tile");
  TIFFClose(tiff);
  return bytes;
}

}  // namespace sluice::test

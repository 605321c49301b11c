#include "support/tiff_header.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace sluice::test {

using tiff::FieldType;

TiffHeader::TiffHeader(bool big) : big_(big) {
  bytes_.resize(big ? 16 : 8);
  bytes_[0] = bytes_[1] = std::byte{'I'};
  put(2, big ? 43 : 42, 2);
  if (big) put(4, 8, 2);
  link_ = big ? 8 : 4;
}

void TiffHeader::put(std::size_t at, std::uint64_t value, int size) {
  if (bytes_.size() < at + static_cast<std::size_t>(size))
    bytes_.resize(at + static_cast<std::size_t>(size));
  std::memcpy(&bytes_[at], &value, static_cast<std::size_t>(size));  // little-endian
}

std::uint64_t TiffHeader::append(const std::vector<std::byte>& bytes) {
  const std::size_t at = (bytes_.size() + 7) / 8 * 8;
  bytes_.resize(at);
  bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
  return at;
}

void TiffHeader::add(std::uint16_t tag, FieldType type, std::uint64_t count,
                     const std::vector<std::byte>& bytes) {
  std::erase_if(entries_, [&](const Entry& entry) { return entry.tag == tag; });
  entries_.push_back({tag, type, count, bytes});
}

TiffHeader& TiffHeader::claim(std::uint16_t tag, FieldType type, std::uint64_t count,
                              std::uint64_t offset) {
  std::vector<std::byte> value(8);
  std::memcpy(value.data(), &offset, 8);
  value.resize(big_ ? 8 : 4);
  add(tag, type, count, value);
  return *this;
}

TiffHeader& TiffHeader::set_bytes(std::uint16_t tag, FieldType type,
                                  const std::vector<std::byte>& bytes, std::uint64_t count) {
  if (bytes.size() > (big_ ? 8u : 4u)) return claim(tag, type, count, append(bytes));
  add(tag, type, count, bytes);
  return *this;
}

TiffHeader& TiffHeader::set(std::uint16_t tag, FieldType type,
                            const std::vector<std::uint64_t>& values) {
  const std::size_t size = static_cast<std::size_t>(tiff::size_of(type));
  std::vector<std::byte> bytes(size * values.size());
  for (std::size_t i = 0; i < values.size(); ++i)
    std::memcpy(&bytes[i * size], &values[i], size);
  return set_bytes(tag, type, bytes, values.size());
}

TiffHeader& TiffHeader::set_text(std::uint16_t tag, const std::string& text) {
  std::vector<std::byte> bytes(text.size() + 1);
  std::memcpy(bytes.data(), text.data(), text.size());
  return set_bytes(tag, FieldType::ascii, bytes, bytes.size());
}

TiffHeader& TiffHeader::image(std::uint64_t width, std::uint64_t height, int samples,
                              std::uint64_t tile) {
  namespace t = tiff::tag;
  tiled_ = tile != 0;
  const FieldType size = big_ ? FieldType::u64 : FieldType::u32;
  set(t::kImageWidth, size, {width}).set(t::kImageLength, size, {height});
  set(t::kBitsPerSample, FieldType::u16,
      std::vector<std::uint64_t>(static_cast<std::size_t>(samples), 8));
  set(t::kCompression, FieldType::u16, {1});
  set(t::kPhotometric, FieldType::u16, {samples >= 3 ? 2u : 1u});
  set(t::kSamplesPerPixel, FieldType::u16, {static_cast<std::uint64_t>(samples)});
  if (tiled_)
    set(t::kTileWidth, FieldType::u32, {tile}).set(t::kTileLength, FieldType::u32, {tile});
  else
    set(t::kRowsPerStrip, size, {height});
  return *this;
}

TiffHeader& TiffHeader::blocks(const std::vector<std::uint64_t>& offsets,
                               const std::vector<std::uint64_t>& counts) {
  namespace t = tiff::tag;
  const FieldType type = big_ ? FieldType::u64 : FieldType::u32;
  set(tiled_ ? t::kTileOffsets : t::kStripOffsets, type, offsets);
  return set(tiled_ ? t::kTileByteCounts : t::kStripByteCounts, type, counts);
}

std::uint64_t TiffHeader::end_directory(bool in_chain) {
  std::sort(entries_.begin(), entries_.end(),
            [](const Entry& a, const Entry& b) { return a.tag < b.tag; });
  const std::uint64_t place = append(std::size_t{0});
  const int offset = big_ ? 8 : 4;
  put(bytes_.size(), entries_.size(), big_ ? 8 : 2);
  for (const Entry& entry : entries_) {
    put(bytes_.size(), entry.tag, 2);
    put(bytes_.size(), static_cast<std::uint64_t>(entry.type), 2);
    put(bytes_.size(), entry.count, offset);
    std::uint64_t value = 0;
    if (!entry.value.empty()) std::memcpy(&value, entry.value.data(), entry.value.size());
    put(bytes_.size(), value, offset);
  }
  put(bytes_.size(), 0, offset);
  if (in_chain) {
    put(link_, place, offset);
    link_ = bytes_.size() - static_cast<std::size_t>(offset);
  }
  entries_.clear();
  return place;
}

CountedBytes counted_bytes(std::vector<std::byte> bytes, std::int64_t size) {
  auto read = std::make_shared<std::int64_t>(0);
  size = std::max(size, static_cast<std::int64_t>(bytes.size()));
  auto held = std::make_shared<const std::vector<std::byte>>(std::move(bytes));
  return {bytes_by_callback("made.tif", size,
                            [held, read](std::int64_t offset, std::span<std::byte> to) {
                              *read += static_cast<std::int64_t>(to.size());
                              const std::int64_t there = std::clamp<std::int64_t>(
                                  std::ssize(*held) - offset, 0, std::ssize(to));
                              std::fill(to.begin() + there, to.end(), std::byte{0});
                              if (there > 0)
                                std::memcpy(to.data(), held->data() + offset,
                                            static_cast<std::size_t>(there));
                            }),
          read};
}

}  // namespace sluice::test

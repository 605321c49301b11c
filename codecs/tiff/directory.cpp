#include "codecs/tiff/directory.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <unordered_set>
#include <utility>

namespace sluice::tiff {
namespace {

template <class T>
T load(const std::byte* p, bool big_endian) {
  T v;
  std::memcpy(&v, p, sizeof(T));
  if (big_endian == (std::endian::native == std::endian::big)) return v;
  if constexpr (sizeof(T) == 2)
    return static_cast<T>(__builtin_bswap16(v));
  else if constexpr (sizeof(T) == 4)
    return __builtin_bswap32(v);
  else
    return __builtin_bswap64(v);
}

bool is_integer(FieldType type) {
  switch (type) {
    case FieldType::rational:
    case FieldType::signed_rational:
    case FieldType::f32:
    case FieldType::f64:
      return false;
    default:
      return size_of(type) != 0;
  }
}

}  // namespace

Field Field::first(std::uint64_t most) const {
  Field field = *this;
  field.count = std::min(field.count, most);
  return field;
}

const Field* Directory::find(std::uint16_t tag) const {
  for (const Field& field : fields)
    if (field.tag == tag) return &field;
  return nullptr;
}

bool looks_like_tiff(std::span<const std::byte> b) {
  const auto at = [&](std::size_t i) { return std::to_integer<int>(b[i]); };
  if (b.size() < 8) return false;
  if (at(0) == 'I' && at(1) == 'I') return (at(2) == 42 || at(2) == 43) && at(3) == 0;
  if (at(0) == 'M' && at(1) == 'M') return at(2) == 0 && (at(3) == 42 || at(3) == 43);
  return false;
}

std::uint16_t TiffFile::u16(const std::byte* p) const {
  return load<std::uint16_t>(p, big_endian_);
}
std::uint32_t TiffFile::u32(const std::byte* p) const {
  return load<std::uint32_t>(p, big_endian_);
}
std::uint64_t TiffFile::u64(const std::byte* p) const {
  return load<std::uint64_t>(p, big_endian_);
}

void TiffFile::fail(std::uint64_t position, std::string reason) const {
  throw Error(ErrorKind::data, std::move(reason))
      .at_file(bytes_->name())
      .at_place(fmt::format("byte {}", position));
}

TiffFile::TiffFile(std::shared_ptr<const ByteSource> bytes) : bytes_(std::move(bytes)) {
  size_ = static_cast<std::uint64_t>(bytes_->size());
  std::array<std::byte, 16> header{};
  const std::size_t present = static_cast<std::size_t>(std::min<std::uint64_t>(size_, 16));
  bytes_->read(0, std::span(header).first(present));
  if (!looks_like_tiff(std::span(header).first(present)))
    fail(0, "is not a TIFF file: it does not begin with its mark");
  big_endian_ = header[0] == std::byte{'M'};
  big_ = u16(&header[2]) == 43;
  if (!big_) {
    first_ = u32(&header[4]);
    return;
  }
  if (present < 16) fail(present, "the file ends inside the BigTIFF header");
  if (u16(&header[4]) != 8 || u16(&header[6]) != 0)
    fail(4, fmt::format("the BigTIFF header asks for offsets of {} bytes; they have 8",
                        u16(&header[4])));
  first_ = u64(&header[8]);
}

Directory TiffFile::directory(std::uint64_t offset) const {
  const std::uint64_t count_bytes = big_ ? 8 : 2, entry_bytes = big_ ? 20 : 12,
                      offset_bytes = big_ ? 8 : 4;
  if (offset < 8 || offset > size_ || size_ - offset < count_bytes)
    fail(offset, fmt::format("a directory should be here, but the file has {} bytes", size_));
  // Most directories fit in the first read.
  std::vector<std::byte> data(
      static_cast<std::size_t>(std::min<std::uint64_t>(size_ - offset, 4096)));
  bytes_->read(static_cast<std::int64_t>(offset), data);
  const std::uint64_t count = big_ ? u64(data.data()) : u16(data.data());
  if (count == 0) fail(offset, "the directory has no entries");
  if (count > 65535 || count * entry_bytes > size_ - offset - count_bytes)
    fail(offset,
         fmt::format("the directory claims {} entries, more than the file can hold", count));
  const std::uint64_t entries_end = count_bytes + count * entry_bytes;
  // A file may end right behind its last entry: then there is no next directory.
  const std::uint64_t whole = std::min(entries_end + offset_bytes, size_ - offset);
  if (whole > data.size()) {
    data.resize(static_cast<std::size_t>(whole));
    bytes_->read(static_cast<std::int64_t>(offset), data);
  }

  Directory directory;
  directory.offset = offset;
  directory.fields.reserve(static_cast<std::size_t>(count));
  for (std::uint64_t i = 0; i < count; ++i) {
    const std::uint64_t at = count_bytes + i * entry_bytes;
    const std::byte* const entry = data.data() + at;
    Field field;
    field.tag = u16(entry);
    field.type = static_cast<FieldType>(u16(entry + 2));
    field.count = big_ ? u64(entry + 4) : u32(entry + 4);
    const std::uint64_t value_size = static_cast<std::uint64_t>(size_of(field.type));
    const bool inside = value_size != 0 && field.count <= offset_bytes / value_size;
    const std::uint64_t value_at = big_ ? 12 : 8;
    field.position = inside ? offset + at + value_at
                     : big_ ? u64(entry + value_at)
                            : u32(entry + value_at);
    directory.fields.push_back(field);
  }
  if (whole == entries_end + offset_bytes)
    directory.next = big_ ? u64(data.data() + entries_end) : u32(data.data() + entries_end);
  return directory;
}

ChainBreak TiffFile::walk(const std::function<bool(const Directory&, int page)>& visit) const {
  std::unordered_set<std::uint64_t> seen;
  std::int64_t entries = 0;
  std::uint64_t offset = first_;
  for (int page = 0; offset != 0; ++page) {
    if (!seen.insert(offset).second)
      return {fmt::format("directory {} lies at byte {}, where an earlier one lies", page, offset),
              offset};
    if (page == kMaxDirectories)
      return {fmt::format("there are more than {} directories", kMaxDirectories), offset};
    Directory directory;
    try {
      directory = this->directory(offset);
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::data) throw;
      return {fmt::format("directory {} at byte {}: {}", page, offset, error.reason()), offset};
    }
    entries += static_cast<std::int64_t>(directory.fields.size());
    if (entries > kMaxEntries)
      return {fmt::format("the directories have more than {} entries", kMaxEntries), offset};
    if (!visit(directory, page)) return {};
    offset = directory.next;
  }
  return {};
}

void TiffFile::check_inside(const Field& field) const {
  const std::uint64_t value_size = static_cast<std::uint64_t>(size_of(field.type));
  if (value_size == 0)
    fail(field.position, fmt::format("tag {} has values of type {}, which is not known", field.tag,
                                     static_cast<int>(field.type)));
  if (field.position > size_ || field.count > (size_ - field.position) / value_size)
    fail(field.position, fmt::format("the {} values of tag {} reach beyond the file's end at {}",
                                     field.count, field.tag, size_));
}

void TiffFile::check_count(const Field& field, std::uint64_t most) const {
  check_inside(field);
  if (field.count > most)
    fail(field.position,
         fmt::format("tag {} has {} values; up to {} are read", field.tag, field.count, most));
}

std::vector<std::uint64_t> TiffFile::integers(const Field& field, std::uint64_t most) const {
  check_count(field, most);
  std::vector<std::uint64_t> values(static_cast<std::size_t>(field.count));
  read_integers(field, 0, values);
  return values;
}

void TiffFile::read_integers(const Field& field, std::uint64_t first,
                             std::span<std::uint64_t> to) const {
  if (!is_integer(field.type))
    fail(field.position, fmt::format("tag {} has values of type {} where integers are needed",
                                     field.tag, static_cast<int>(field.type)));
  check_inside(field);
  if (first > field.count || to.size() > field.count - first)
    fail(field.position, fmt::format("tag {} has {} values where {} are needed", field.tag,
                                     field.count, first + to.size()));
  const std::size_t value_size = static_cast<std::size_t>(size_of(field.type));
  std::vector<std::byte> data(to.size() * value_size);
  const std::uint64_t position = field.position + first * value_size;
  bytes_->read(static_cast<std::int64_t>(position), data);
  bool negative = false;
  for (std::size_t i = 0; i < to.size(); ++i) {
    const std::byte* const p = data.data() + i * value_size;
    switch (field.type) {
      case FieldType::u16:
        to[i] = u16(p);
        break;
      case FieldType::u32:
      case FieldType::ifd:
        to[i] = u32(p);
        break;
      case FieldType::u64:
      case FieldType::ifd64:
        to[i] = u64(p);
        break;
      case FieldType::i16:
        negative |= u16(p) >> 15 != 0;
        to[i] = u16(p);
        break;
      case FieldType::i32:
        negative |= u32(p) >> 31 != 0;
        to[i] = u32(p);
        break;
      case FieldType::i64:
        negative |= u64(p) >> 63 != 0;
        to[i] = u64(p);
        break;
      default:
        to[i] = std::to_integer<std::uint64_t>(*p);
        break;
    }
  }
  if (negative) fail(position, fmt::format("tag {} has a negative value", field.tag));
}

double TiffFile::number(FieldType type, const std::byte* p) const {
  const auto ratio = [](double a, double b) { return b == 0 ? 0.0 : a / b; };
  switch (type) {
    case FieldType::i8:
      return static_cast<std::int8_t>(std::to_integer<int>(*p));
    case FieldType::u16:
      return u16(p);
    case FieldType::i16:
      return static_cast<std::int16_t>(u16(p));
    case FieldType::u32:
    case FieldType::ifd:
      return u32(p);
    case FieldType::i32:
      return static_cast<std::int32_t>(u32(p));
    case FieldType::u64:
    case FieldType::ifd64:
      return static_cast<double>(u64(p));
    case FieldType::i64:
      return static_cast<double>(static_cast<std::int64_t>(u64(p)));
    case FieldType::f32:
      return std::bit_cast<float>(u32(p));
    case FieldType::f64:
      return std::bit_cast<double>(u64(p));
    case FieldType::rational:
      return ratio(u32(p), u32(p + 4));
    case FieldType::signed_rational:
      return ratio(static_cast<std::int32_t>(u32(p)), static_cast<std::int32_t>(u32(p + 4)));
    default:
      return std::to_integer<int>(*p);
  }
}

std::vector<double> TiffFile::numbers(const Field& field, std::uint64_t most) const {
  const std::vector<std::byte> data = raw(field, most);
  const std::size_t value_size = static_cast<std::size_t>(size_of(field.type));
  std::vector<double> values(static_cast<std::size_t>(field.count));
  for (std::size_t i = 0; i < values.size(); ++i)
    values[i] = number(field.type, data.data() + i * value_size);
  return values;
}

std::string TiffFile::text(const Field& field, std::uint64_t most) const {
  const std::vector<std::byte> data = raw(field, most);
  const char* const first = reinterpret_cast<const char*>(data.data());
  return {first, std::find(first, first + data.size(), '\0')};
}

std::vector<std::byte> TiffFile::raw(const Field& field, std::uint64_t most) const {
  check_count(field, most);
  std::vector<std::byte> data(static_cast<std::size_t>(field.count) *
                              static_cast<std::size_t>(size_of(field.type)));
  bytes_->read(static_cast<std::int64_t>(field.position), data);
  return data;
}

std::uint64_t TiffFile::integer(const Directory& directory, std::uint16_t tag,
                                std::uint64_t otherwise) const {
  const Field* const field = directory.find(tag);
  if (!field || field->count == 0) return otherwise;
  std::uint64_t value = 0;
  read_integers(*field, 0, {&value, 1});
  return value;
}

}  // namespace sluice::tiff

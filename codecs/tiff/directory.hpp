// The structure of a TIFF file: header, directories (IFDs), fields. Everything a file says about
// itself is checked against its size before memory is taken for it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "codecs/tiff/tags.hpp"
#include "engine/source.hpp"

namespace sluice::tiff {

/// One field of a directory. `position` is where its values begin in the file, also when they are
/// kept inside the entry.
struct Field {
  std::uint16_t tag = 0;
  FieldType type = FieldType::byte;
  std::uint64_t count = 0;
  std::uint64_t position = 0;

  /// The field as if it had its first `most` values alone.
  Field first(std::uint64_t most) const;
};

struct Directory {
  std::uint64_t offset = 0;
  std::uint64_t next = 0;  ///< offset of the next one in the chain, 0 at the end
  std::vector<Field> fields;

  /// The first field with this tag, null when there is none.
  const Field* find(std::uint16_t tag) const;
};

/// Why a chain of directories broke off, and where; `reason` is "" when it did not.
struct ChainBreak {
  std::string reason;
  std::uint64_t position = 0;
};

/// Most directories followed in a chain, and most entries in all of them together.
inline constexpr int kMaxDirectories = 1 << 18;
inline constexpr std::int64_t kMaxEntries = std::int64_t{1} << 23;

/// A TIFF or BigTIFF file of either byte order. Immutable and thread-safe.
class TiffFile {
 public:
  /// Reads the header. Throws Error (data) when it is not that of a TIFF file.
  explicit TiffFile(std::shared_ptr<const ByteSource> bytes);

  const ByteSource& bytes() const { return *bytes_; }
  const std::shared_ptr<const ByteSource>& shared_bytes() const { return bytes_; }
  bool big() const { return big_; }
  bool big_endian() const { return big_endian_; }
  std::uint64_t first_directory() const { return first_; }

  /// The directory at `offset`. Throws Error (data) when it does not lie inside the file.
  Directory directory(std::uint64_t offset) const;

  /// Calls visit(directory, page) along the chain from its start until visit returns false, the
  /// chain ends, comes back to a directory it has passed, or cannot be read.
  ChainBreak walk(const std::function<bool(const Directory&, int page)>& visit) const;

  /// Throws Error (data) when the type of a field is not known or not all of its values lie inside
  /// the file. Reads none of them.
  void check_inside(const Field& field) const;

  // --- values, read when they are asked for. All throw Error (data) for a type that does not fit,
  // for values outside the file and for more than `most` values: no file says how much is held.
  /// Integers of any integer type. Negative ones are an error.
  std::vector<std::uint64_t> integers(const Field& field, std::uint64_t most) const;
  /// Values [first, first + to.size()) of such a field.
  void read_integers(const Field& field, std::uint64_t first, std::span<std::uint64_t> to) const;
  /// Numbers of any type but text; a rational with denominator 0 is 0.
  std::vector<double> numbers(const Field& field, std::uint64_t most) const;
  /// Text up to its first NUL.
  std::string text(const Field& field, std::uint64_t most) const;
  std::vector<std::byte> raw(const Field& field, std::uint64_t most) const;
  /// The first integer of a field, `otherwise` when there is no such field.
  std::uint64_t integer(const Directory& directory, std::uint16_t tag,
                        std::uint64_t otherwise) const;

  /// Throws Error (data) naming the file and the byte.
  [[noreturn]] void fail(std::uint64_t position, std::string reason) const;

 private:
  std::uint16_t u16(const std::byte* p) const;
  std::uint32_t u32(const std::byte* p) const;
  std::uint64_t u64(const std::byte* p) const;
  void check_count(const Field& field, std::uint64_t most) const;
  double number(FieldType type, const std::byte* p) const;

  std::shared_ptr<const ByteSource> bytes_;
  std::uint64_t size_ = 0;
  std::uint64_t first_ = 0;
  bool big_ = false;
  bool big_endian_ = false;
};

/// Whether bytes begin like a TIFF or BigTIFF file.
bool looks_like_tiff(std::span<const std::byte> first_bytes);

}  // namespace sluice::tiff

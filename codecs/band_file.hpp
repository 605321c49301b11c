// The file behind a sink that writes bands one after the other.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "engine/sink.hpp"

namespace sluice {

/// Bytes appended to a file that gets its name at the end; bands are counted. Errors name the place
/// in the file, a band where it is one.
class BandFile {
 public:
  BandFile(std::string path, FileSinkOptions options, std::int64_t bands);

  const std::string& path() const { return path_; }
  std::int64_t written() const { return written_; }
  void begin();
  void append(std::span<const std::byte> bytes, const std::string& place);
  /// The next band is `index`, or it is a defect. Returns its name as a place.
  std::string next_band(std::int64_t index);
  /// All bands are there: appends what closes the file.
  void finish(std::span<const std::byte> end);
  // As those of Sink.
  void check() const { check_creatable(path_, options_); }
  void hold() { file_->hold(); }
  void commit();
  void abandon() noexcept;

 private:
  const std::string path_;
  const FileSinkOptions options_;
  const std::int64_t bands_;
  std::unique_ptr<ByteSink> file_;
  std::int64_t next_ = 0;
  std::int64_t written_ = 0;
};

}  // namespace sluice

// The bytes behind a sink that writes bands one after the other.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "codecs/output_bytes.hpp"

namespace sluice {

/// Bytes appended one after the other; bands are counted. Errors name the place in the file, a band
/// where it is one.
class BandFile {
 public:
  BandFile(OutputBytes to, std::int64_t bands);

  const std::string& name() const { return to_.name(); }
  const std::string& path() const { return to_.path(); }
  std::int64_t written() const { return written_; }
  void begin();
  void append(std::span<const std::byte> bytes, const std::string& place);
  /// The next band is `index`, or it is a defect. Returns its name as a place.
  std::string next_band(std::int64_t index);
  /// All bands are there: appends what closes the file.
  void finish(std::span<const std::byte> end);
  // As those of Sink.
  void check() const { to_.check(); }
  void hold() { to_.hold(); }
  void commit() { to_.commit(); }
  void abandon() noexcept { to_.abandon(); }

 private:
  OutputBytes to_;
  const std::int64_t bands_;
  std::int64_t next_ = 0;
  std::int64_t written_ = 0;
};

}  // namespace sluice

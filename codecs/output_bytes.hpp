// The bytes behind a sink: a file that gets its name when it is whole, or what the host gives.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "engine/sink.hpp"

namespace sluice {

class OutputBytes {
 public:
  OutputBytes(std::string path, FileSinkOptions options);
  /// Throws Error (usage) for null.
  explicit OutputBytes(std::shared_ptr<ByteSink> host);

  const std::string& name() const { return name_; }
  /// As Sink::path().
  const std::string& path() const { return path_; }
  /// A host's bytes are not taken up again after an interruption.
  bool is_file() const { return host_ == nullptr; }
  bool synced() const { return options_.sync; }

  void begin();
  /// In place of begin(), for a file: it stays when the run is interrupted (open_partial_file).
  PartialFile& begin_partial(bool go_on);
  void write(std::int64_t offset, std::span<const std::byte> bytes);
  // As those of Sink.
  void check() const;
  void hold();
  void commit();
  void abandon() noexcept;

 private:
  std::string name_, path_;
  FileSinkOptions options_;
  std::shared_ptr<ByteSink> host_;
  bool host_begun_ = false;
  std::unique_ptr<ByteSink> file_;  ///< from begin() on
};

}  // namespace sluice

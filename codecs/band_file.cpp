#include "codecs/band_file.hpp"

#include <fmt/format.h>

namespace sluice {

BandFile::BandFile(std::string path, FileSinkOptions options, std::int64_t bands)
    : path_(std::move(path)), options_(std::move(options)), bands_(bands) {}

void BandFile::begin() {
  file_ = create_file(path_, options_);
  written_ = 0;
  next_ = 0;
}

void BandFile::append(std::span<const std::byte> bytes, const std::string& place) {
  try {
    file_->write(written_, bytes);
  } catch (Error& error) {
    throw error.at_place(place);
  }
  written_ += static_cast<std::int64_t>(bytes.size());
}

std::string BandFile::next_band(std::int64_t index) {
  if (index != next_)
    throw Error(ErrorKind::internal,
                fmt::format("band {} was stored when band {} was due", index, next_))
        .at_file(path_);
  ++next_;
  return fmt::format("band {} of {}", index, bands_);
}

void BandFile::finish(std::span<const std::byte> end) {
  if (next_ != bands_)
    throw Error(ErrorKind::internal, fmt::format("{} of {} bands were stored", next_, bands_))
        .at_file(path_);
  append(end, "the end");
}

void BandFile::commit() {
  if (!file_) file_ = open_partial_file(path_, true, options_);
  file_->commit();
}

void BandFile::abandon() noexcept {
  file_.reset();
}

}  // namespace sluice

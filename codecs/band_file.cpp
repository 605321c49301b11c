#include "codecs/band_file.hpp"

#include <fmt/format.h>

#include <utility>

#include "engine/with_place.hpp"

namespace sluice {

BandFile::BandFile(OutputBytes to, std::int64_t bands) : to_(std::move(to)), bands_(bands) {}

void BandFile::begin() {
  to_.begin();
  written_ = 0;
  next_ = 0;
}

void BandFile::append(std::span<const std::byte> bytes, const std::string& place) {
  with_place([&] { to_.write(written_, bytes); }, [&](Error& error) { error.at_place(place); });
  written_ += static_cast<std::int64_t>(bytes.size());
}

std::string BandFile::next_band(std::int64_t index) {
  if (index != next_)
    throw Error(ErrorKind::internal,
                fmt::format("band {} was stored when band {} was due", index, next_))
        .at_file(name());
  ++next_;
  return fmt::format("band {} of {}", index, bands_);
}

void BandFile::finish(std::span<const std::byte> end) {
  if (next_ != bands_)
    throw Error(ErrorKind::internal, fmt::format("{} of {} bands were stored", next_, bands_))
        .at_file(name());
  append(end, "the end");
}

}  // namespace sluice

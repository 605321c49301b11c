#include "ops/common/facts.hpp"

#include <algorithm>
#include <cmath>

namespace sluice {

double full_sample(const ImageInfo& info) {
  if (is_float(info.type)) return 1;
  return info.bits > 0 ? std::ldexp(1, info.bits) - 1 : range_of(info.type).second;
}

void change_values(BandInfo& band) {
  band.scale = 1, band.offset = 0;
  band.unit.clear();
}

void change_values(ImageInfo& info) {
  change_bands(info);
  for (BandInfo& band : info.bands)
    change_values(band);
}

Items sample_items_of(const ImageInfo& info, int band) {
  const auto at = static_cast<std::size_t>(band);
  return info.sample_items && at < info.sample_items->size() ? (*info.sample_items)[at] : Items();
}

void set_sample_items(ImageInfo& info, std::vector<Items> items) {
  const bool any = std::any_of(items.begin(), items.end(),
                               [](const Items& of_band) { return !of_band.empty(); });
  info.sample_items = any ? std::make_shared<const std::vector<Items>>(std::move(items)) : nullptr;
}

void keep_written_nodata(const ImageInfo& info, BandInfo& band) {
  if (band.nodata && (!info.has_validity() || !band.nodata->fits(info.type))) band.nodata.reset();
}

void keep_written_nodata(ImageInfo& info) {
  for (BandInfo& band : info.bands)
    keep_written_nodata(info, band);
}

}  // namespace sluice

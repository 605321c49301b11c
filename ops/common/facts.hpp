// What operations do to the facts about an image.
#pragma once

#include "engine/image_info.hpp"

namespace sluice {

/// The sample that stands for full light, ink or opacity: the largest of `bits` or of an integer
/// type, 1 in floating types.
double full_sample(const ImageInfo& info);

/// The samples of a band, of all bands, become other numbers: drops scales, offsets and units, and
/// all that is said of the image's samples. Nodata values: see keep_written_nodata().
void change_values(BandInfo& band);
void change_values(ImageInfo& info);

/// What is said of the samples of a band (ImageInfo::sample_items), and of those of all bands.
Items sample_items_of(const ImageInfo& info, int band);
void set_sample_items(ImageInfo& info, std::vector<Items> items);

/// For results whose samples are computed, so that none of them means "no value": a band's nodata
/// value stays as what is written for pixels without a value, where the image has such pixels and
/// its type holds the value; else it is dropped. To be called when type and validity are set.
void keep_written_nodata(const ImageInfo& info, BandInfo& band);
void keep_written_nodata(ImageInfo& info);

}  // namespace sluice

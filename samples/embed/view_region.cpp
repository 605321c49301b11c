// What a viewer does: computes one region of a pipeline's output into an interleaved buffer, here
// written as a PPM file. The rest of the image is neither read nor computed.
//   view_region IN X Y WIDTH HEIGHT OUT.ppm
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <vector>

#include <sluice/sluice.hpp>

namespace {

// The image as three bands of 8 bits, whatever it was.
sluice::Image displayable(const sluice::Image& image) {
  const int bands = image.info().colour_channels();
  const sluice::Image rgb = bands >= 3 ? sluice::select(image, {.bands = {"0", "1", "2"}})
                                       : sluice::select(image, {.bands = {"0", "0", "0"}});
  if (rgb.info().type == sluice::SampleType::u8) return rgb;
  return sluice::cast(rgb, {.to = sluice::SampleType::u8, .scale = sluice::CastScale::range});
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 7) {
    std::fprintf(stderr, "usage: view_region IN X Y WIDTH HEIGHT OUT.ppm\n");
    return 2;
  }
  try {
    const auto graph = sluice::Graph::make();
    const sluice::Image view = displayable(sluice::read(graph, {.file = argv[1]}));
    const sluice::Rect region{std::atoll(argv[2]), std::atoll(argv[3]), std::atoll(argv[4]),
                              std::atoll(argv[5])};

    if (region.empty() || !view.info().rect().contains(region)) {
      std::fprintf(stderr, "view_region: the region is not inside the image, %lld x %lld\n",
                   static_cast<long long>(view.info().width),
                   static_cast<long long>(view.info().height));
      return 2;
    }

    const std::int64_t row_bytes = 3 * region.width;
    std::vector<std::byte> buffer(static_cast<std::size_t>(row_bytes * region.height));
    sluice::read_region(view, region, buffer, row_bytes);

    std::ofstream file(argv[6], std::ios::binary);
    file << "P6\n" << region.width << ' ' << region.height << "\n255\n";
    file.write(reinterpret_cast<const char*>(buffer.data()),
               static_cast<std::streamsize>(buffer.size()));
    file.close();
    if (!file) {
      std::fprintf(stderr, "view_region: %s cannot be written\n", argv[6]);
      return 3;
    }
  } catch (const sluice::Error& error) {
    std::fprintf(stderr, "view_region: %s\n", error.what());
    return 1;
  }
}

// What a server does: several images at once, each made small and encoded in memory, all within one
// memory budget. Here each JPEG is then put beside its image as NAME.thumbnail.jpg.
//   thumbnails SIZE IMAGE ...
#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <sluice/sluice.hpp>

namespace {

// The image as a JPEG whose longer side is `size`. Throws sluice::Error.
std::vector<std::byte> thumbnail(const std::string& file, std::int64_t size,
                                 const std::shared_ptr<sluice::MemoryBudget>& budget) {
  const auto graph = sluice::Graph::make();
  const sluice::Image image = sluice::read(graph, {.file = file});
  const std::int64_t longest = std::max(image.info().width, image.info().height);
  const sluice::Image small =
      sluice::resize(image, {.scale = static_cast<double>(size) / static_cast<double>(longest)});

  // It is written as to a file; the bytes are whole when run() returns.
  const auto jpeg = std::make_shared<sluice::MemorySink>(file + ", as JPEG");
  sluice::write(small, jpeg, {.format = sluice::FileFormat::jpeg, .quality = 80});

  sluice::RunOptions options;
  options.threads = 1;      // this thread alone: the images keep all processors busy
  options.budget = budget;  // waits here while the others have it all
  sluice::run(*graph, options);
  return jpeg->take();
}

}  // namespace

int main(int argc, char** argv) {
  const std::int64_t size = argc > 2 ? std::atoll(argv[1]) : 0;
  if (size < 1) {
    std::fprintf(stderr, "usage: thumbnails SIZE IMAGE ...\n");
    return 2;
  }
  const std::vector<std::string> files(argv + 2, argv + argc);
  const auto budget = std::make_shared<sluice::MemoryBudget>(std::int64_t{256} << 20);
  std::atomic<std::size_t> next{0};
  std::atomic<int> failed{0};
  const auto work = [&] {
    for (std::size_t i = next++; i < files.size(); i = next++) {
      try {
        const std::vector<std::byte> bytes = thumbnail(files[i], size, budget);
        std::ofstream out(files[i] + ".thumbnail.jpg", std::ios::binary);
        out.write(reinterpret_cast<const char*>(bytes.data()),
                  static_cast<std::streamsize>(bytes.size()));
        out.close();
        if (!out) throw sluice::Error(sluice::ErrorKind::system, "cannot be written");
      } catch (const sluice::Error& error) {
        std::fprintf(stderr, "thumbnails: %s: %s\n", files[i].c_str(), error.what());
        ++failed;
      }
    }
  };
  std::vector<std::jthread> threads;
  for (int i = 0; i < sluice::allowed_threads(); ++i)
    threads.emplace_back(work);
  threads.clear();  // joins them
  return failed == 0 ? 0 : 1;
}

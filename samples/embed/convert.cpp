// A whole run with progress: reads an image, scales it and writes it.
//   convert IN OUT SCALE
#include <cstdio>
#include <cstdlib>

#include <sluice/sluice.hpp>

int main(int argc, char** argv) {
  if (argc != 4) {
    std::fprintf(stderr, "usage: convert IN OUT SCALE\n");
    return 2;
  }
  try {
    // Describing the pipeline opens the input's header and computes nothing.
    const auto graph = sluice::Graph::make();
    const sluice::Image image = sluice::read(graph, {.file = argv[1]});
    const sluice::Image scaled = sluice::resize(image, {.scale = std::atof(argv[3])});
    sluice::write(scaled, {.to = argv[2], .overwrite = true});

    sluice::RunOptions options;
    options.memory = std::int64_t{256} << 20;
    options.progress = [](const sluice::Progress& progress) {
      std::fprintf(stderr, "\r%3.0f %%", progress.share() * 100);
    };
    options.warning = [](const std::string& text) {
      std::fprintf(stderr, "warning: %s\n", text.c_str());
    };
    const sluice::Report report = sluice::run(*graph, options);
    std::fprintf(
        stderr, "\r%lld x %lld to %lld x %lld in %.2f s, %lld bytes\n",
        static_cast<long long>(image.info().width), static_cast<long long>(image.info().height),
        static_cast<long long>(scaled.info().width), static_cast<long long>(scaled.info().height),
        report.seconds, static_cast<long long>(report.outputs.at(0).bytes));
  } catch (const sluice::Error& error) {
    std::fprintf(stderr, "convert: %s\n", error.what());
    return 1;
  }
}

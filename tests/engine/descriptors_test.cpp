// Files never take the descriptors of standard input, output and error.
#include <fcntl.h>
#include <unistd.h>

#include <string>

#include "codecs/format.hpp"
#include "engine/resume_support.hpp"
#include "engine/runtime/journal.hpp"
#include "ops/filter/gaussian_blur.hpp"

using namespace sluice;
using namespace sluice::test;

namespace {

// Standard input, closed while this lives.
class WithoutInput {
 public:
  WithoutInput() : kept_(fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3)) { close(STDIN_FILENO); }
  ~WithoutInput() {
    dup2(kept_, STDIN_FILENO);
    close(kept_);
  }
  WithoutInput(const WithoutInput&) = delete;
  WithoutInput& operator=(const WithoutInput&) = delete;
  static bool still() { return fcntl(STDIN_FILENO, F_GETFD) < 0; }

 private:
  int kept_;
};

}  // namespace

TEST_CASE("no file takes a descriptor below 3", "[descriptors]") {
  const Picture picture = random_picture(make_info(300, 200, SampleType::u8, 3), 3);
  const Folder folder;
  picture_run(picture, folder.file("in.tif"), kDeflate, kNever).run({});
  const WithoutInput closed;
  {
    const auto bytes = open_file(folder.file("in.tif"));
    CHECK(WithoutInput::still());
    const auto sink = create_file(folder.file("a"));
    CHECK(WithoutInput::still());
    sink->commit();
    const auto partial = open_partial_file(folder.file("b"), false);
    CHECK(WithoutInput::still());
    const Journal journal(journal_name(folder.file("b")));
    CHECK(WithoutInput::still());
  }
  // A whole run: input, temporary file, partial output and journal are open all at once.
  const auto graph = Graph::make();
  const Image image = read(graph, {.file = folder.file("in.tif")});
  const Image blurred = gaussian_blur(image, {.sigma = 1});
  add_sink("write", blurred, make_tiff_sink(blurred.info(), folder.file("o.tif"), kDeflate));
  HookedOptions options = resuming();
  options.spool_folder = folder.path().string();
  options.forced.spool = true;
  int told = 0, taken = 0;
  options.progress = [&](const Progress&) {
    ++told;
    if (!WithoutInput::still()) ++taken;
  };
  const Report report = run(*graph, options);
  CHECK(report.plan.passes.size() == 2);
  CHECK(told > 0);
  CHECK(taken == 0);
  CHECK(WithoutInput::still());
}

// Images written to bytes of the host's: the same bytes as in a file, committed or dropped.
#include <map>

#include "codecs/format.hpp"
#include "support/catch.hpp"
#include "support/error_of.hpp"
#include "support/picture.hpp"
#include "support/temporary_folder.hpp"

using namespace sluice;
using namespace sluice::test;

namespace {

// Notes what a run asks of it, and throws where it is told to.
class NotingSink final : public ByteSink {
 public:
  std::string name() const override { return "store/image.tif"; }
  void begin() override {
    calls.emplace_back("begin");
    bytes.clear();
  }
  void write(std::int64_t offset, std::span<const std::byte> from) override {
    if (fails) throw 5;
    if (calls.back() != "write") calls.emplace_back("write");
    if (bytes.size() < static_cast<std::size_t>(offset) + from.size())
      bytes.resize(static_cast<std::size_t>(offset) + from.size());
    std::copy(from.begin(), from.end(), bytes.begin() + offset);
  }
  void commit() override { calls.emplace_back("commit"); }
  void abandon() noexcept override { calls.emplace_back("abandon"); }

  std::vector<std::string> calls;
  std::vector<std::byte> bytes;
  bool fails = false;
};

using Calls = std::vector<std::string>;

Image picture_image(const std::shared_ptr<Graph>& graph) {
  return add_source(graph,
                    picture_source(random_picture(make_info(700, 500, SampleType::u8, 3), 3)));
}

}  // namespace

TEST_CASE("an image written to memory has the bytes of the file", "[byte_sink]") {
  const TemporaryFolder folder;
  const std::string ending = GENERATE(".tif", ".jpg", ".png");
  WriteOptions options;
  if (ending == ".tif")
    options.compression = GENERATE(TiffCompression::none, TiffCompression::zstd);
  const auto graph = Graph::make();
  const Image image = picture_image(graph);
  const auto memory = std::make_shared<MemorySink>("out" + ending);
  write(image, memory, options);
  options.to = folder.file("out" + ending);
  write(image, options);
  const Report report = run(*graph);
  const std::vector<std::byte> bytes = memory->take();
  const std::string text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  CHECK(text.size() > 1000);
  CHECK((text == content(options.to)));
  CHECK(report.outputs.at(0).name == "out" + ending);
  CHECK(report.outputs.at(0).bytes == report.outputs.at(1).bytes);
  CHECK(memory->take().empty());
  // Another run of the graph writes them again.
  const auto again = Graph::make();
  write(picture_image(again), memory, {.format = FileFormat::png});
  run(*again);
  const std::vector<std::byte> first = memory->take();
  run(*again);
  CHECK(!first.empty());
  CHECK((memory->take() == first));
}

TEST_CASE("the host's bytes are begun, then committed or abandoned, and never taken up again",
          "[byte_sink]") {
  const TemporaryFolder folder;
  const FileFormat format = GENERATE(FileFormat::tiff, FileFormat::jpeg, FileFormat::png);
  const auto graph = Graph::make();
  const Image image = picture_image(graph);
  const auto noting = std::make_shared<NotingSink>();
  write(image, noting, {.format = format});
  CHECK(noting->calls.empty());
  // Beside an output that an interrupted run can go on with.
  write(image, {.to = folder.file("beside.tif")});
  RunOptions options;
  options.resume.on = true;
  options.resume.pipeline = "a picture, written twice";

  SECTION("committed") {
    run(*graph, options);
    CHECK(noting->calls == Calls{"begin", "write", "commit"});
    CHECK(why_not_resumable(*graph, 1) != "");
  }
  SECTION("abandoned, and written by another run") {
    options.progress = [](const Progress&) { throw Error(ErrorKind::system, "no more"); };
    CHECK(error_of([&] { run(*graph, options); }).reason() == "no more");
    REQUIRE(!noting->calls.empty());
    CHECK(noting->calls.front() == "begin");
    CHECK(noting->calls.back() == "abandon");
    CHECK(std::count(noting->calls.begin(), noting->calls.end(), "commit") == 0);
    noting->calls.clear();
    options.progress = nullptr;
    run(*graph, options);
    CHECK(noting->calls == Calls{"begin", "write", "commit"});
  }
  SECTION("never begun") {
    options.planned = [](const Plan&) { throw Error(ErrorKind::system, "not now"); };
    CHECK_THROWS_AS(run(*graph, options), Error);
    CHECK(noting->calls.empty());
  }
  SECTION("what it throws names it and the step") {
    noting->fails = true;
    const Error error = error_of([&] { run(*graph, options); });
    CHECK(error.step() == "write");
    CHECK(error.file() == "store/image.tif");
    CHECK_THAT(error.reason(), contains("threw int"));
    CHECK_THROWS_AS(std::rethrow_exception(error.cause()), int);
    CHECK(noting->calls.back() == "abandon");
  }
}

TEST_CASE("bytes without a format, or none at all, are refused", "[byte_sink]") {
  const auto graph = Graph::make();
  const Image image = picture_image(graph);
  const Error nameless = error_of([&] { write(image, std::make_shared<MemorySink>()); });
  CHECK(nameless.kind() == ErrorKind::usage);
  CHECK(nameless.file() == "memory");
  CHECK_THAT(nameless.what(), contains("'format'"));
  CHECK(error_of([&] { write(image, nullptr, {.format = FileFormat::png}); }).kind() ==
        ErrorKind::usage);
  MemorySink memory;
  const std::byte one[1]{};
  CHECK(error_of([&] { memory.write(INT64_MAX, one); }).kind() == ErrorKind::system);
  CHECK(error_of([&] { memory.write(-1, one); }).kind() == ErrorKind::system);
}

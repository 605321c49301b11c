// Interrupted runs of several outputs that go on.

#include <array>
#include <fstream>

#include "codecs/png/png.hpp"
#include "engine/resume_support.hpp"
#include "support/hooked_options.hpp"

using namespace sluice;
using namespace sluice::test;

TEST_CASE("several outputs: each goes on from its own place", "[resume]") {
  const Picture picture = random_picture(make_info(500, 410, SampleType::u8, 3), 3);
  const Folder folder;
  struct Both {
    std::shared_ptr<Graph> graph = Graph::make();
    std::shared_ptr<FailingSink> plain, strips;
    std::shared_ptr<PictureSink> other;
  };
  const auto build = [&](const std::string& name, std::int64_t fails_at) {
    Both both;
    const Image read = add_source(both.graph, picture_source(picture, 64, 64));
    const Image turned =
        add_operation("turn", read, std::make_shared<TransposedOperation>(read.info()));
    both.plain = std::make_shared<FailingSink>(
        make_tiff_sink(turned.info(), folder.file(name + "-a.tif"),
                       tiff(TiffLayout::tiled, TiffCompression::none)),
        kNever);
    both.strips = std::make_shared<FailingSink>(
        make_tiff_sink(read.info(), folder.file(name + "-b.tif"),
                       tiff(TiffLayout::strips, TiffCompression::deflate)),
        fails_at);
    both.other = std::make_shared<PictureSink>(read.info(), 64, 64, false);
    add_sink("write", turned, both.plain);
    add_sink("write", read, both.strips);
    add_sink("write", read, both.other);
    return both;
  };
  run(*build("whole", kNever).graph, {});
  error_of([&] { run(*build("o", 11).graph, resuming(2, 64)); });
  std::vector<std::string> warnings;
  HookedOptions options = resuming(3);
  options.warning = [&](const std::string& text) { warnings.push_back(text); };
  Both last = build("o", kNever);
  const Report report = run(*last.graph, options);
  // What cannot go on is written from its start, in the same pass.
  REQUIRE(warnings.size() == 1);
  CHECK(warnings[0].find("'picture sink' is written from the start") != std::string::npos);
  CHECK(difference(last.other->result, picture) == "");
  CHECK(report.granted_peak_bytes <= report.plan.peak_bytes);
  CHECK(report.resumed.blocks_before > 11);
  CHECK(content(folder.file("o-a.tif")) == content(folder.file("whole-a.tif")));
  CHECK(content(folder.file("o-b.tif")) == content(folder.file("whole-b.tif")));
}

namespace {

// A PNG, which cannot go on, and two TIFFs.
struct Three {
  Three(const Picture& picture, const Folder& folder, const std::string& name) {
    const Image read = add_source(graph, picture_source(picture, 64, 64));
    const auto add = [&](std::shared_ptr<Sink> sink) {
      auto failing = std::make_shared<FailingSink>(std::move(sink), kNever);
      add_sink("write", read, failing);
      return failing;
    };
    png = add(make_png_sink(read.info(), folder.file(name + ".png"), {}));
    a = add(make_tiff_sink(read.info(), folder.file(name + "-a.tif"), kDeflate));
    b = add(make_tiff_sink(read.info(), folder.file(name + "-b.tif"), kDeflate));
  }
  Report run(const RunOptions& options) { return sluice::run(*graph, options); }

  std::shared_ptr<Graph> graph = Graph::make();
  std::shared_ptr<FailingSink> png, a, b;
};

const Names kWholeNames{"o-a.tif", "o-b.tif", "o.png", "w-a.tif", "w-b.tif", "w.png"};

void check_whole(const Folder& folder) {
  CHECK(folder.names() == kWholeNames);
  for (const char* ending : {".png", "-a.tif", "-b.tif"}) {
    INFO(ending);
    CHECK(content(folder.file(std::string("o") + ending)) ==
          content(folder.file(std::string("w") + ending)));
  }
}

}  // namespace

TEST_CASE("no output has its name while another one is not whole", "[resume]") {
  const Picture picture = random_picture(make_info(300, 200, SampleType::u8, 1), 3);
  const Folder folder;
  Three(picture, folder, "w").run({});
  Three first(picture, folder, "o");
  first.b->fail_in_finish = true;
  CHECK(error_of([&] { first.run(resuming()); }).resumable());
  CHECK(folder.names() == Names{".o-a.tif.sluice-journal", ".o-a.tif.sluice-part",
                                ".o-b.tif.sluice-journal", ".o-b.tif.sluice-part", "w-a.tif",
                                "w-b.tif", "w.png"});
  const Report report = Three(picture, folder, "o").run(resuming());
  CHECK(report.resumed.blocks_before == report.resumed.blocks_total);
  check_whole(folder);
}

TEST_CASE("a run that ended while its outputs got their names gives the others theirs",
          "[resume]") {
  const Picture picture = random_picture(make_info(300, 200, SampleType::u8, 1), 3);
  const Folder folder;
  const auto one = [&] { return Three(picture, folder, "o"); };
  Three(picture, folder, "w").run({});
  Three first = one();
  const int failing = GENERATE(0, 1, 2);
  std::array{first.png, first.a, first.b}[static_cast<std::size_t>(failing)]->fail_in_commit = true;
  CHECK(error_of([&] { first.run(resuming()); }).resumable());
  CHECK(fs::exists(folder.file("o.png")) == (failing > 0));
  CHECK(fs::exists(folder.file(".o.png.sluice-part")) == (failing == 0));
  CHECK(fs::exists(folder.file("o-a.tif")) == (failing > 1));

  SECTION("nothing is computed or written again") {
    Three last = one();
    const Report report = last.run(resuming());
    CHECK(report.sources.at(0).blocks_decoded == 0);
    CHECK((last.png->encoded == 0 && last.a->encoded == 0 && last.b->encoded == 0));
    REQUIRE(report.outputs.size() == 3);
    CHECK(report.outputs[1].bytes ==
          static_cast<std::int64_t>(fs::file_size(folder.file("o-a.tif"))));
    check_whole(folder);
  }
  SECTION("a journal alone speaks for all outputs: killed while they were removed") {
    for (const char* name : {".png", "-a.tif", "-b.tif"}) {
      const std::string output = folder.file(std::string("o") + name);
      if (fs::exists(partial_name(output))) fs::rename(partial_name(output), output);
    }
    fs::remove(journal_name(folder.file("o-a.tif")));
    one().run(resuming());
    check_whole(folder);
  }
  SECTION("another one in the place of what it made is refused") {
    const std::string made =
        failing > 1 ? folder.file("o-a.tif") : folder.file(".o-a.tif.sluice-part");
    fs::remove(made);
    std::ofstream(folder.file("o-a.tif")) << "another";
    const Error error = error_of([&] { one().run(resuming()); });
    CHECK(error.kind() == ErrorKind::data);
    CHECK(error.file() == folder.file("o-a.tif"));
    CHECK(error.reason().find("neither this file nor '") != std::string::npos);
    CHECK(error.reason().find("to start from the beginning") != std::string::npos);
    CHECK(content(folder.file("o-a.tif")) == "another");
  }
  SECTION("dropped") {
    std::stop_source discard;
    discard.request_stop();
    HookedOptions options = resuming();
    options.resume.discard = discard.get_token();
    Three last = one();
    last.b->fail_in_commit = last.a->fail_in_commit = last.png->fail_in_commit = true;
    if (failing < 2) {
      error_of([&] { last.run(options); });
      for (const std::string& name : folder.names())
        CHECK(name.find(".sluice-") == std::string::npos);
    }
  }
}

// Interrupted runs that go on.
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <map>
#include <optional>

#include "codecs/png/png.hpp"
#include "codecs/tiff/write_sink.hpp"
#include "engine/run.hpp"
#include "engine/runtime/fingerprint.hpp"
#include "engine/runtime/journal.hpp"
#include "engine/runtime/record.hpp"
#include "support/catch.hpp"
#include "support/doubles.hpp"
#include "support/temporary_folder.hpp"

using namespace sluice;
using namespace sluice::test;
namespace fs = std::filesystem;

namespace {

using Folder = TemporaryFolder;

// A TIFF sink that fails after some blocks, and counts those it encodes.
class FailingSink final : public Sink {
 public:
  FailingSink(std::shared_ptr<Sink> sink, std::int64_t blocks)
      : sink_(std::move(sink)), blocks_(blocks) {}
  std::string name() const override { return sink_->name(); }
  std::string path() const override { return sink_->path(); }
  void check() const override { sink_->check(); }
  BlockGrid grid() const override { return sink_->grid(); }
  bool any_order() const override { return sink_->any_order(); }
  std::int64_t encoded_bound() const override { return sink_->encoded_bound(); }
  std::int64_t scratch_bytes() const override { return sink_->scratch_bytes(); }
  std::int64_t encoder_bytes() const override { return sink_->encoder_bytes(); }
  ResumableSink* resumable() override { return sink_->resumable(); }
  void begin() override { sink_->begin(); }
  std::int64_t encode(std::int64_t index, const TileView& pixels, std::span<std::byte> to,
                      const CodecContext& context) const override {
    ++encoded;
    return sink_->encode(index, pixels, to, context);
  }
  void store(std::int64_t index, std::span<const std::byte> bytes) override {
    if (blocks_-- == 0) throw Error(ErrorKind::system, "no space left on device");
    sink_->store(index, bytes);
  }
  void finish() override {
    if (fail_in_finish) throw Error(ErrorKind::system, "no space left on device");
    sink_->finish();
  }
  void hold() override { sink_->hold(); }
  void commit() override {
    if (fail_in_commit) throw Error(ErrorKind::system, "no permission");
    sink_->commit();
  }
  void abandon() noexcept override { sink_->abandon(); }
  std::int64_t bytes_written() const override { return sink_->bytes_written(); }

  mutable std::atomic<std::int64_t> encoded{0};
  bool fail_in_finish = false, fail_in_commit = false;

 private:
  std::shared_ptr<Sink> sink_;
  std::int64_t blocks_;
};

constexpr std::int64_t kNever = -1;

RunOptions resuming(int threads = 2, std::int64_t unit = 0) {
  RunOptions options;
  options.threads = threads;
  options.resume.on = true;
  options.resume.pipeline = "a picture, written";
  options.debug.unit_width = options.debug.unit_height = unit;
  return options;
}

struct Run {
  std::shared_ptr<Graph> graph = Graph::make();
  std::shared_ptr<FailingSink> sink;
  Report run(const RunOptions& options) { return sluice::run(*graph, options); }
};

Run picture_run(const Picture& picture, const std::string& path, const TiffWriteOptions& options,
                std::int64_t fails_at) {
  Run run;
  const Image read = add_source(run.graph, picture_source(picture, 64, 64));
  run.sink = std::make_shared<FailingSink>(make_tiff_sink(read.info(), path, options), fails_at);
  add_sink("write", read, run.sink);
  return run;
}

TiffWriteOptions tiff(TiffLayout layout, TiffCompression compression) {
  TiffWriteOptions options;
  options.layout = layout;
  options.compression = compression;
  if (layout == TiffLayout::tiled)
    options.tile = {64, 64};
  else
    options.rows_per_strip = 16;
  return options;
}

// The sum of two pixels far apart, modulo 256; costly where told so.
class TwoApart final : public Operation {
 public:
  TwoApart(ImageInfo info, std::int64_t radius, double cost)
      : Operation(std::move(info)), radius_(radius), cost_(cost) {}
  Rect needs(int, const Rect& out) const override {
    return out.grown(radius_, radius_, radius_, radius_);
  }
  Traits traits() const override {
    Traits traits;
    traits.cost = cost_;
    return traits;
  }
  void compute(std::span<const TileView> in, const TileView& out,
               const ComputeContext&) const override {
    for (int c = 0; c < out.channels; ++c)
      for (std::int64_t y = 0; y < out.rect.height; ++y)
        for (std::int64_t x = 0; x < out.rect.width; ++x)
          out.row<std::uint8_t>(c, y)[x] = static_cast<std::uint8_t>(
              in[0].row<std::uint8_t>(c, y)[x] +
              in[0].row<std::uint8_t>(c, y + 2 * radius_)[x + 2 * radius_]);
  }

 private:
  std::int64_t radius_;
  double cost_;
};

Image two_apart(const Image& image, std::int64_t radius, double cost) {
  return add_operation("two", image, std::make_shared<TwoApart>(image.info(), radius, cost));
}

template <class F>
Error error_of(F&& f) {
  try {
    f();
  } catch (const Error& error) {
    return error;
  }
  FAIL("no error");
  return Error(ErrorKind::internal, "");
}

const TiffWriteOptions kDeflate = tiff(TiffLayout::tiled, TiffCompression::deflate);

}  // namespace

TEST_CASE("a run that failed goes on: equal bytes, less work, nothing left beside", "[resume]") {
  const auto compression =
      GENERATE(TiffCompression::none, TiffCompression::deflate, TiffCompression::zstd,
               TiffCompression::lzw, TiffCompression::jpeg);
  const auto layout = GENERATE(TiffLayout::tiled, TiffLayout::strips);
  const Picture picture = random_picture(make_info(500, 410, SampleType::u8, 3), 3);
  const TiffWriteOptions options = tiff(layout, compression);
  const Folder folder;
  Run whole = picture_run(picture, folder.file("whole.tif"), options, kNever);
  whole.run({});
  const std::int64_t blocks = whole.sink->grid().count();
  const std::string expected = content(folder.file("whole.tif"));

  // Interrupted twice; units and threads are others each time.
  Run first = picture_run(picture, folder.file("o.tif"), options, blocks / 3);
  const Error error = error_of([&] { first.run(resuming(2, 64)); });
  CHECK(error.kind() == ErrorKind::system);
  CHECK(error.resumable());
  CHECK(folder.names() ==
        std::vector<std::string>{".o.tif.sluice-journal", ".o.tif.sluice-part", "whole.tif"});
  Run second = picture_run(picture, folder.file("o.tif"), options, blocks / 3);
  error_of([&] { second.run(resuming(1, 128)); });
  Run third = picture_run(picture, folder.file("o.tif"), options, kNever);
  const Report report = third.run(resuming(3, 0));
  CHECK(report.resumed.blocks_before == 2 * (blocks / 3));
  CHECK(report.resumed.blocks_total == blocks);
  CHECK(third.sink->encoded == blocks - report.resumed.blocks_before);
  CHECK(report.sources.at(0).blocks_decoded < report.plan.passes[0].sources[0].blocks_decoded);
  CHECK(report.granted_peak_bytes <= report.plan.peak_bytes);
  CHECK(content(folder.file("o.tif")) == expected);
  CHECK(folder.names() == std::vector<std::string>{"o.tif", "whole.tif"});
}

TEST_CASE("a run that failed while it closed its file goes on", "[resume]") {
  const Picture picture = random_picture(make_info(300, 200, SampleType::u16, 1), 3);
  const Folder folder;
  Run whole = picture_run(picture, folder.file("whole.tif"), kDeflate, kNever);
  whole.run({});
  Run first = picture_run(picture, folder.file("o.tif"), kDeflate, kNever);
  first.sink->fail_in_finish = true;
  error_of([&] { first.run(resuming()); });
  Run second = picture_run(picture, folder.file("o.tif"), kDeflate, 0);
  const Report report = second.run(resuming());
  CHECK(report.sources.at(0).blocks_decoded == 0);
  CHECK(content(folder.file("o.tif")) == content(folder.file("whole.tif")));
}

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
  RunOptions options = resuming(3);
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

TEST_CASE("kept tiles, bands and columns: what stored blocks alone need is not made", "[resume]") {
  const auto travel = GENERATE(as<std::optional<Travel>>{}, std::nullopt, Travel::blocks,
                               Travel::rows, Travel::columns, Travel::bands);
  const bool branch = GENERATE(false, true);
  const Picture picture = random_picture(make_info(700, 610, SampleType::u8, 1), 3);
  const Folder folder;
  struct Built {
    std::shared_ptr<Graph> graph = Graph::make();
    std::vector<std::shared_ptr<FailingSink>> sinks;
  };
  const auto build = [&](const std::string& name, std::int64_t fails_at) {
    Built built;
    const Image costly =
        two_apart(add_source(built.graph, picture_source(picture, 64, 64)), 5, 3000);
    for (int i = 0; i < (branch ? 2 : 1); ++i) {
      const Image image = two_apart(costly, 20 + 9 * i, 2);
      const std::string path = folder.file(fmt::format("{}{}", name, i));
      built.sinks.push_back(std::make_shared<FailingSink>(
          make_tiff_sink(image.info(), path, tiff(TiffLayout::tiled, TiffCompression::none)),
          i == 0 ? fails_at : kNever));
      add_sink("write", image, built.sinks.back());
    }
    return built;
  };
  const auto options = [&](std::int64_t unit, std::uint64_t seed) {
    RunOptions options = resuming(3, unit);
    options.debug.travel = travel;
    options.debug.shuffle_seed = seed;
    return options;
  };
  run(*build("whole", kNever).graph, {});
  error_of([&] { run(*build("o", 31).graph, options(64, 1)); });
  error_of([&] { run(*build("o", 31).graph, options(128, 2)); });
  Built last = build("o", kNever);
  const Report report = run(*last.graph, options(0, 3));
  CHECK(report.resumed.blocks_before >= 62);
  std::int64_t encoded = 0;
  for (std::size_t i = 0; i < last.sinks.size(); ++i) {
    encoded += last.sinks[i]->encoded;
    CHECK(content(folder.file(fmt::format("o{}", i))) ==
          content(folder.file(fmt::format("whole{}", i))));
  }
  CHECK(encoded == report.resumed.blocks_total - report.resumed.blocks_before);
  CHECK(report.granted_peak_bytes <= report.plan.peak_bytes);
  if (branch && !travel) CHECK_FALSE(report.plan.passes.at(0).kept.empty());
}

TEST_CASE("going on in the middle asks for no more kept tiles at once than planned", "[resume]") {
  const auto seed = GENERATE(range(std::uint64_t{1}, std::uint64_t{7}));
  // A unit needs the kept tiles of many rows; the first one that is computed is in the middle.
  const Picture picture = random_picture(make_info(96, 2400, SampleType::u8, 1), 3);
  const Folder folder;
  const auto build = [&](const std::string& name, std::int64_t fails_at) {
    auto graph = Graph::make();
    const Image costly = two_apart(add_source(graph, picture_source(picture, 96, 16)), 2, 3000);
    const Image image = two_apart(costly, 200, 2);
    auto sink = std::make_shared<FailingSink>(
        make_tiff_sink(image.info(), folder.file(name),
                       tiff(TiffLayout::tiled, TiffCompression::none)),
        fails_at);
    add_sink("write", image, sink);
    return std::pair(graph, sink);
  };
  RunOptions options = resuming(3, 16);
  options.debug.credits = 3;
  run(*build("whole", kNever).first, {});
  error_of([&] { run(*build("o", 38).first, options); });
  options.debug.shuffle_seed = seed;
  const Report report = run(*build("o", kNever).first, options);
  CHECK(report.resumed.blocks_before >= 30);
  CHECK_FALSE(report.plan.passes.at(0).kept.empty());
  CHECK(report.granted_peak_bytes <= report.plan.peak_bytes);
  CHECK(content(folder.file("o")) == content(folder.file("whole")));
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

using Names = std::vector<std::string>;
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
    RunOptions options = resuming();
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

TEST_CASE("an output that exists is refused before anything is computed", "[resume]") {
  const bool resume = GENERATE(false, true);
  const Picture picture = random_picture(make_info(300, 200, SampleType::u8, 1), 3);
  const Folder folder;
  std::ofstream(folder.file("o.tif")) << "old";
  Run run = picture_run(picture, folder.file("o.tif"), kDeflate, kNever);
  const Error error = error_of([&] { run.run(resume ? resuming() : RunOptions()); });
  CHECK(error.kind() == ErrorKind::usage);
  CHECK_FALSE(error.resumable());
  CHECK(error.reason().find("overwrite") != std::string::npos);
  CHECK(folder.names() == Names{"o.tif"});
}

TEST_CASE("a damaged journal is refused, whichever byte it is", "[resume]") {
  const Picture picture = random_picture(make_info(300, 200, SampleType::u8, 1), 3);
  const Folder folder;
  const std::string path = folder.file("o.tif"), journal = journal_name(path);
  error_of([&] { picture_run(picture, path, kDeflate, 7).run(resuming()); });
  const std::string good = content(journal);
  std::size_t last = 0;
  for (auto at = good.find("SLrj"); at != std::string::npos; at = good.find("SLrj", at + 1))
    last = at;
  REQUIRE(last > 0);
  for (std::size_t i = 0; i < good.size(); ++i) {
    std::string bad = good;
    bad[i] = static_cast<char>(bad[i] ^ 0x20);
    std::ofstream(journal, std::ios::binary | std::ios::trunc) << bad;
    INFO("byte " << i << " of " << good.size());
    if (i >= last) {
      CHECK_NOTHROW(Journal(journal));  // torn at its end
      continue;
    }
    const Error error = error_of([&] { const Journal opened(journal); });
    CHECK(error.kind() == ErrorKind::data);
    CHECK(error.reason().find("remove '" + journal + "'") != std::string::npos);
    CHECK(content(journal) == bad);
  }
  std::ofstream(journal, std::ios::binary | std::ios::trunc) << good;
  picture_run(picture, path, kDeflate, kNever).run(resuming());
}

TEST_CASE("what may not have reached the disk is not counted on", "[resume]") {
  const Picture picture = random_picture(make_info(300, 200, SampleType::u8, 1), 3);
  const Folder folder;
  const std::string path = folder.file("o.tif"), journal = journal_name(path);
  error_of([&] { picture_run(picture, path, kDeflate, 7).run(resuming()); });
  using Bytes = std::vector<std::byte>;
  std::map<JournalRecord, Bytes> records;
  {
    Journal old(journal);
    old.read([&](JournalRecord type, std::span<const std::byte> payload) {
      records[type] = Bytes(payload.begin(), payload.end());
    });
    old.remove();
  }
  RecordReader mine(records.at(JournalRecord::session));
  mine.number<std::int64_t>();
  const std::string host = mine.text(), boot = mine.text();
  const auto session = [&](const std::string& on, const std::string& since, bool synced) {
    RecordWriter record;
    record.put(std::int64_t{1});
    record.put(std::string_view(on));
    record.put(std::string_view(since));
    record.put(static_cast<std::uint8_t>(synced));
    return Bytes(record.bytes().begin(), record.bytes().end());
  };
  struct Step {
    JournalRecord type;
    Bytes payload;
  };
  const Step blocks{JournalRecord::blocks, records.at(JournalRecord::blocks)};
  const Step reached{JournalRecord::synced, {}};
  const Step here{JournalRecord::session, session(host, boot, false)},
      earlier{JournalRecord::session, session(host, "an earlier start", false)},
      earlier_synced{JournalRecord::session, session(host, "an earlier start", true)},
      elsewhere{JournalRecord::session, session("elsewhere", "its start", false)};
  const auto reason = [&](const std::vector<Step>& steps) -> std::string {
    {
      Journal made(journal);
      made.append(JournalRecord::fingerprint, records.at(JournalRecord::fingerprint));
      for (const Step& step : steps)
        made.append(step.type, step.payload);
    }
    try {
      const Report report = picture_run(picture, path, kDeflate, kNever).run(resuming());
      CHECK(report.resumed.blocks_before == 7);
    } catch (const Error& error) {
      CHECK(error.kind() == ErrorKind::data);
      return error.reason();
    }
    return "";
  };
  SECTION("restarted") {
    CHECK(reason({earlier, blocks}).find("has been restarted since") != std::string::npos);
  }
  SECTION("restarted, and gone on with") {
    CHECK(reason({earlier, blocks, here}).find("has been restarted since") != std::string::npos);
  }
  SECTION("another machine") {
    CHECK(reason({elsewhere, blocks}).find("ran on another machine, 'elsewhere'") !=
          std::string::npos);
  }
  SECTION("restarted before anything was stored") {
    CHECK(reason({earlier, here, blocks}) == "");
  }
  SECTION("elsewhere nothing was stored") {
    CHECK(reason({elsewhere, here, blocks}) == "");
  }
  SECTION("stopped in an orderly way") {
    CHECK(reason({earlier, blocks, reached, here}) == "");
  }
  SECTION("stopped in an orderly way elsewhere") {
    CHECK(reason({elsewhere, blocks, reached}) == "");
  }
  SECTION("synced") {
    CHECK(reason({earlier_synced, blocks}) == "");
  }
}

TEST_CASE("what has no journal is written anew, and the run says so", "[resume]") {
  const Picture picture = random_picture(make_info(300, 200, SampleType::u8, 1), 3);
  const Folder folder;
  const std::string path = folder.file("o.tif");
  error_of([&] { picture_run(picture, path, kDeflate, 7).run(resuming()); });
  fs::remove(journal_name(path));
  std::vector<std::string> warnings;
  RunOptions options = resuming();
  options.warning = [&](const std::string& text) { warnings.push_back(text); };
  picture_run(picture, path, kDeflate, kNever).run(options);
  REQUIRE(warnings.size() == 1);
  CHECK(warnings[0].find("is written from its beginning") != std::string::npos);
  CHECK(folder.names() == Names{"o.tif"});
}

TEST_CASE("discarded: nothing is left", "[resume]") {
  const Picture picture = random_picture(make_info(300, 200, SampleType::u8, 1), 3);
  const Folder folder;
  error_of([&] { picture_run(picture, folder.file("o.tif"), kDeflate, 5).run(resuming()); });
  CHECK(folder.names().size() == 2);
  RunOptions options = resuming();
  std::stop_source discard;
  discard.request_stop();
  options.stop = options.resume.discard = discard.get_token();
  const Error error =
      error_of([&] { picture_run(picture, folder.file("o.tif"), kDeflate, kNever).run(options); });
  CHECK(error.kind() == ErrorKind::cancelled);
  CHECK_FALSE(error.resumable());
  CHECK(folder.names().empty());
}

TEST_CASE("what is refused, and left as it is", "[resume]") {
  const Picture picture = random_picture(make_info(300, 200, SampleType::u8, 1), 3);
  const Folder folder;
  const std::string path = folder.file("o.tif"), journal = journal_name(path);
  error_of([&] { picture_run(picture, path, kDeflate, 7).run(resuming()); });
  const auto refusal = [&](const TiffWriteOptions& tiff_options, const RunOptions& options) {
    const std::string before = content(partial_name(path));
    const Error error =
        error_of([&] { picture_run(picture, path, tiff_options, kNever).run(options); });
    CHECK((error.file() == path || error.file() == journal));
    CHECK_FALSE(error.resumable());
    CHECK(content(partial_name(path)) == before);
    return error.reason();
  };
  SECTION("another pipeline") {
    RunOptions options = resuming();
    options.resume.pipeline = "another picture, written";
    const std::string reason = refusal(kDeflate, options);
    CHECK(reason.find("the pipeline has changed ('a picture, written' then, 'another picture, "
                      "written' now); remove '" +
                      journal + "'") != std::string::npos);
  }
  SECTION("another form of the output") {
    const std::string reason = refusal(tiff(TiffLayout::tiled, TiffCompression::zstd), resuming());
    CHECK(reason.find("the form of the output has changed") != std::string::npos);
  }
  SECTION("no journal of ours") {
    std::ofstream(journal, std::ios::binary | std::ios::trunc) << "something else, and longer";
    CHECK(refusal(kDeflate, resuming()).find("is not a journal") != std::string::npos);
  }
  SECTION("a partial file that is shorter than the journal says") {
    fs::resize_file(partial_name(path), 500);
    CHECK(refusal(kDeflate, resuming()).find("has 500 bytes") != std::string::npos);
  }
  SECTION("no partial file") {
    fs::remove(partial_name(path));
    CHECK(refusal(kDeflate, resuming()).find("is missing") != std::string::npos);
  }
  SECTION("another run has it") {
    const Journal other(journal);
    const std::string reason = refusal(kDeflate, resuming());
    CHECK(reason.find("process " + std::to_string(getpid())) != std::string::npos);
  }
  SECTION("no text for the pipeline") {
    RunOptions options = resuming();
    options.resume.pipeline.clear();
    CHECK(error_of([&] { picture_run(picture, path, kDeflate, kNever).run(options); }).kind() ==
          ErrorKind::usage);
  }
  SECTION("another version") {
    // The journal as another version would have written it.
    std::vector<Fact> facts;
    {
      Journal old(journal);
      old.read([&](JournalRecord type, std::span<const std::byte> payload) {
        if (type == JournalRecord::fingerprint) facts = decoded_facts(payload);
      });
      old.remove();
    }
    facts.at(0).value = "0.0.9";
    Journal(journal).append(JournalRecord::fingerprint, encoded(facts));
    CHECK(refusal(kDeflate, resuming()).find("the version of Sluice has changed ('0.0.9' then") !=
          std::string::npos);
  }
}

TEST_CASE("a journal with a torn end loses its last record alone", "[resume]") {
  const Picture picture = random_picture(make_info(500, 410, SampleType::u8, 3), 3);
  const Folder folder;
  const std::string path = folder.file("o.tif");
  Run whole = picture_run(picture, folder.file("whole.tif"), kDeflate, kNever);
  whole.run({});
  error_of([&] { picture_run(picture, path, kDeflate, 20).run(resuming()); });
  const auto size = fs::file_size(journal_name(path));
  // From a cut in the first record, where all begins anew, to the last byte.
  for (const std::uintmax_t cut : {std::uintmax_t{5}, std::uintmax_t{60}, size / 2, size - 1}) {
    INFO("cut at " << cut << " of " << size);
    const Folder copy;
    for (const std::string& name : folder.names())
      fs::copy(folder.file(name), copy.file(name));
    fs::resize_file(journal_name(copy.file("o.tif")), cut);
    const Report report =
        picture_run(picture, copy.file("o.tif"), kDeflate, kNever).run(resuming());
    CHECK(report.resumed.blocks_before <= 20);
    CHECK(content(copy.file("o.tif")) == content(folder.file("whole.tif")));
    CHECK(copy.names() == std::vector<std::string>{"o.tif", "whole.tif"});
  }
}

TEST_CASE("in-order sources and other sinks: the plan says that they start again", "[resume]") {
  const Picture picture = random_picture(make_info(300, 200, SampleType::u8, 1), 3);
  const Folder folder;
  auto graph = Graph::make();
  const Image read = add_source(graph, picture_source(picture));
  const Image rows = add_source(graph, std::make_shared<InOrderPicture>(picture, 16));
  add_sink("write", read, make_tiff_sink(read.info(), folder.file("a.tif"), kDeflate));
  add_sink("write", rows, make_tiff_sink(rows.info(), folder.file("b.tif"), kDeflate));
  add_sink("write", read, std::make_shared<PictureSink>(read.info(), 64, 64, false));
  const Plan planned = plan(*graph);
  REQUIRE(planned.outputs.size() == 3);
  CHECK(planned.outputs[0].why_not_resumable.empty());
  CHECK(planned.outputs[1].why_not_resumable ==
        "'in-order picture' can only be decoded from its first row on");
  CHECK_FALSE(planned.outputs[2].why_not_resumable.empty());
}

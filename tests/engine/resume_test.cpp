// Interrupted runs that go on, and those that are refused.
#include <unistd.h>

#include <fstream>
#include <map>

#include "engine/checksum.hpp"
#include "engine/resume_support.hpp"
#include "engine/runtime/fingerprint.hpp"
#include "engine/runtime/journal.hpp"
#include "engine/runtime/record.hpp"
#include "support/hooked_options.hpp"

using namespace sluice;
using namespace sluice::test;

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

TEST_CASE("an output that exists is refused before anything is computed", "[resume]") {
  const bool resume = GENERATE(false, true);
  const Picture picture = random_picture(make_info(300, 200, SampleType::u8, 1), 3);
  const Folder folder;
  std::ofstream(folder.file("o.tif")) << "old";
  Run run = picture_run(picture, folder.file("o.tif"), kDeflate, kNever);
  const Error error = error_of([&] { run.run(resume ? resuming() : HookedOptions()); });
  CHECK(error.kind() == ErrorKind::usage);
  CHECK_FALSE(error.resumable());
  CHECK(error.reason().find("overwrite") != std::string::npos);
  CHECK(folder.names() == Names{"o.tif"});
}

TEST_CASE("where what was kept is gone, nobody is told to go on with it", "[resume]") {
  const Picture picture = random_picture(make_info(300, 200, SampleType::u8, 1), 3);
  const Folder folder;
  const fs::path inner = folder.path() / "inner";
  fs::create_directory(inner);
  Run run = picture_run(picture, inner / "o.tif", kDeflate, 7);
  SECTION("the folder") {
    run.sink->before_failing = [&] { fs::remove_all(inner); };
  }
  SECTION("the partial file") {
    run.sink->before_failing = [&] { fs::remove(partial_name(inner / "o.tif")); };
  }
  SECTION("the journal") {
    run.sink->before_failing = [&] { fs::remove(journal_name(inner / "o.tif")); };
  }
  SECTION("another file has the journal's name") {
    run.sink->before_failing = [&] {
      fs::remove(journal_name(inner / "o.tif"));
      std::ofstream(journal_name(inner / "o.tif")) << "of somebody else";
    };
  }
  const Error error = error_of([&] { run.run(resuming()); });
  CHECK(error.kind() == ErrorKind::system);
  CHECK_FALSE(error.resumable());
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
      // Blocks are noted in as many records as the time asks for.
      Bytes& all = records[type];
      if (type != JournalRecord::blocks) all.clear();
      all.insert(all.end(), payload.begin(), payload.end());
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
  HookedOptions options = resuming();
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
  HookedOptions options = resuming();
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
    HookedOptions options = resuming();
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
    HookedOptions options = resuming();
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

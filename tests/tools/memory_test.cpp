// --memory bounds the process: for every codec, on one and on many threads, at the least budget and
// above, the plan is under the budget and what was resident under the plan.
#include "support/catch.hpp"
#include "support/jpeg_support.hpp"
#include "support/made_tiff.hpp"
#include "tools/tool.hpp"

using nlohmann::json;
using sluice::test::Ended;
using sluice::test::Folder;

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)  // shadow memory is resident

TEST_CASE("memory: resident under the plan, the plan under the budget", "[tools][memory]") {
  const Folder folder;
  const auto pipe = [&](const std::string& words) {
    const Ended ended = folder.run("pipe " + words + " --overwrite -q");
    INFO(words + ": " + ended.err);
    REQUIRE(ended.code == 0);
  };
  pipe("synth kind=tissue width=1600 height=1200 ! write in.tif");
  for (const char* compression : {"deflate", "zstd", "lzw", "jpeg"})
    pipe(std::string("read in.tif ! write ") + compression + ".tif compression=" + compression);
  pipe("read in.tif ! write jpegs.tif compression=jpeg layout=strips");
  pipe("read in.tif ! write in.jpg");
  pipe("read in.tif ! write in.png");
  const char* const pipelines[] = {
      "read deflate.tif ! gaussian_blur 4 ! write o.tif compression=deflate level=12",
      "read zstd.tif ! resize scale=0.3 ! write o.tif compression=zstd level=19",
      "read jpeg.tif ! crop margin=100 ! write o.tif compression=jpeg",
      "read jpegs.tif ! rotate 90 ! write o.tif compression=lzw",
      "read in.jpg ! rotate 90 ! write o.jpg",
      "read in.png ! expression sqrt(a)*9 type=u8 ! write o.png",
      "read lzw.tif as=a ! percentile [2,98] as=p ! stretch low=${p[0]} high=${p[1]} from=a ! "
      "write o.tif ! stats from=a",
  };
  for (const std::string pipeline : pipelines)
    for (const std::string threads : {"1", "8", "64"}) {
      const std::string words = pipeline + " --overwrite --threads " + threads;
      const Ended planned = folder.run("plan " + words + " --json");
      REQUIRE(planned.code == 0);
      const std::int64_t least = json::parse(planned.out)["memory"]["least_bytes"];
      for (const std::int64_t budget : {least, 2 * least}) {
        const Ended ended =
            folder.run("pipe " + words + " -q --report r.json --memory " + std::to_string(budget));
        INFO(words + ": " + ended.err);
        REQUIRE(ended.code == 0);
        const json memory = folder.json("r.json")["memory"];
        INFO(memory.dump(2));
        CHECK(memory["planned_bytes"] <= budget);
        CHECK(memory["resident_peak_bytes"] <= memory["planned_bytes"]);
      }
      CHECK(folder.run("pipe " + words + " -q --memory " + std::to_string(least - 1)).code == 2);
    }
}

namespace {

/// Runs the words at the least memory and with the default, and checks that what was resident is
/// under the plan, and the plan under the budget.
void check_resident(const Folder& folder, const std::vector<std::string>& words) {
  const auto run = [&](std::vector<std::string> all, const std::vector<std::string>& more) {
    all.insert(all.end(), words.begin(), words.end());
    all.insert(all.end(), more.begin(), more.end());
    return folder.run(all);
  };
  const Ended planned = run({"plan"}, {"--json", "--threads", "2"});
  INFO(planned.err);
  REQUIRE(planned.code == 0);
  const std::int64_t least = json::parse(planned.out)["memory"]["least_bytes"];
  for (const std::string& budget : {std::to_string(least), std::string("2G")}) {
    const Ended ended =
        run({"pipe"}, {"-q", "--threads", "2", "--report", "r.json", "--memory", budget});
    INFO(ended.err);
    REQUIRE(ended.code == 0);
    const json memory = folder.json("r.json")["memory"];
    INFO(memory.dump(2));
    CHECK(memory["planned_bytes"] <= memory["budget_bytes"]);
    CHECK(memory["resident_peak_bytes"] <= memory["planned_bytes"]);
  }
  const Ended refused =
      run({"pipe"}, {"-q", "--threads", "2", "--memory", std::to_string(least - 1)});
  CHECK(refused.code == 2);
  CHECK(refused.err.find(std::to_string(least) + " bytes") != std::string::npos);
}

std::string text_of(const std::vector<std::byte>& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace

TEST_CASE("memory: coefficients of progressive JPEG are in the plan", "[tools][memory]") {
  using namespace sluice;
  using namespace sluice::test;
  const Folder folder;
  constexpr std::int64_t kSide = 2048;
  const std::vector<std::byte> stream = libjpeg_encode(
      smooth_picture(kSide, kSide, 3), {.horizontal = 1, .vertical = 1, .progressive = true});
  folder.write("p.jpg", text_of(stream));
  folder.write("p.tif",
               text_of(make_jpeg_tiff(make_info(kSide, 3 * kSide, SampleType::u8, 3, Colour::rgb),
                                      kSide, {stream, stream, stream}, PHOTOMETRIC_YCBCR)));
  for (const char* name : {"p.jpg", "p.tif"}) {
    INFO(name);
    check_resident(folder, words_of(std::string("read ") + name +
                                    " ! shrink 8 ! write o.png "
                                    "overwrite=true"));
  }
}

TEST_CASE("memory: the plans of 300 passes are in the plan", "[tools][memory]") {
  const Folder folder;
  std::string words = "synth kind=tissue width=64 height=64 as=s0";
  for (int i = 0; i < 300; ++i) {
    const std::string n = std::to_string(i);
    words += " ! percentile [2,98] as=p" + n + " from=s" + n + " ! stretch low=${p" + n +
             "[0]} high=${p" + n + "[1]} from=s" + n;
    if (i < 299) words += " as=s" + std::to_string(i + 1);
  }
  check_resident(folder, sluice::test::words_of(words + " ! write o.tif overwrite=true"));
}

TEST_CASE("memory: results of 65,535 bands are in the plan", "[tools][memory]") {
  using namespace sluice;
  using namespace sluice::test;
  const Folder folder;
  Picture picture(make_info(9, 8, SampleType::u8, 65535, Colour::multiband));
  for (std::size_t i = 0; i < picture.samples.size(); ++i)
    picture.samples[i] = static_cast<std::byte>(i * 37 >> 3);
  folder.write("many.tif", text_of(make_tiff(picture, {})));
  for (const char* words : {"read many.tif ! stats", "read many.tif ! stats --json",
                            "read many.tif as=a ! percentile [2,50,98] ! stats from=a"}) {
    INFO(words);
    check_resident(folder, words_of(words));
  }
}

TEST_CASE("memory: a strip of a million columns takes no more than a narrow one",
          "[tools][memory]") {
  const Folder folder;
  const std::string behind =
      " ! gaussian_blur 3 ! resize scale=0.1 ! write o.tif compression=deflate --overwrite -q "
      "--report r.json ";
  const auto peak = [&](const std::string& width) {
    const Ended ended =
        folder.run("pipe synth height=1000 width=" + width + behind + "--memory 300M");
    INFO(ended.err);
    REQUIRE(ended.code == 0);
    const json memory = folder.json("r.json")["memory"];
    INFO(memory.dump(2));
    CHECK(memory["planned_bytes"] <= 300 << 20);
    CHECK(memory["resident_peak_bytes"] <= memory["planned_bytes"]);
    return memory["planned_bytes"].get<std::int64_t>();
  };
  const std::int64_t narrow = peak("10000");
  CHECK(peak("1000000") <= narrow + (4 << 20));  // 20 bytes a block of what is written
  // The same pixels as of a part by itself.
  REQUIRE(folder.run("pipe read o.tif ! crop x=70100 width=300 height=100 ! write a.tif -q").code ==
          0);
  REQUIRE(folder
              .run("pipe synth height=1000 width=1000000 ! crop x=700000 width=6000 height=1000" +
                   behind)
              .code == 0);
  REQUIRE(folder.run("pipe read o.tif ! crop x=100 width=300 height=100 ! write b.tif -q").code ==
          0);
  CHECK(folder.read("a.tif") == folder.read("b.tif"));
}

#endif

TEST_CASE("memory: the plan's parts add up", "[tools][memory]") {
  const Folder folder;
  REQUIRE(folder.run("pipe synth width=900 height=700 ! write in.png -q").code == 0);
  const Ended planned = folder.run(
      "plan read in.png as=a ! stats ! write o.tif from=a compression=zstd --json --threads 3");
  REQUIRE(planned.code == 0);
  const json plan = json::parse(planned.out);
  for (const json& pass : plan["passes"]) {
    std::int64_t sum = 0;
    for (const json& part : pass["memory"])
      sum += part.get<std::int64_t>();
    CHECK(sum == pass["peak_bytes"]);
  }
  CHECK(plan["memory"]["planned_bytes"].get<std::int64_t>() ==
        plan["passes"][0]["peak_bytes"].get<std::int64_t>() +
            plan["memory"]["process_bytes"].get<std::int64_t>());
}

TEST_CASE("several reductions and sinks share one pass and every decoded block",
          "[tools][passes]") {
  const Folder folder;
  REQUIRE(folder.run("pipe synth width=2100 height=1700 ! write in.tif -q").code == 0);
  const Ended ended = folder.run(
      "pipe read in.tif as=a ! stats ! percentile [2,50,98] from=a ! resize scale=0.5 from=a ! "
      "write half.tif ! gaussian_blur 2 from=a ! stats as=blurred ! grey from=a ! write grey.tif "
      "-q --report r.json --json");
  INFO(ended.err);
  REQUIRE(ended.code == 0);
  const json report = folder.json("r.json");
  CHECK(report["passes"] == 1);
  REQUIRE(report["sources"].size() == 1);
  CHECK(report["sources"][0]["blocks_total"] == 9 * 7);
  CHECK(report["sources"][0]["blocks_decoded"] == 9 * 7);
  const json values = json::parse(ended.out);
  CHECK(values.size() == 3);
  CHECK(values == report["values"]);
  CHECK(values["stats"]["channels"] == json{"red", "green", "blue"});
  CHECK(values["stats"]["count"] == json{{3570000, 3570000, 3570000}});
  CHECK(values["stats"]["count"][0][0].is_number_integer());
  CHECK(values["percentile"]["p"].size() == 3);
  CHECK(values["blurred"]["mean"][0].size() == 3);
}

TEST_CASE("results that JSON has no number for are null", "[tools][passes]") {
  const Folder folder;
  const Ended ended = folder.run(
      "pipe synth kind=terrain width=60 height=50 as=t ! expression log(0*t) ! stats as=low ! "
      "expression (t-t)/(t-t) from=t ! stats ! stats from=t --json -q");
  INFO(ended.err);
  REQUIRE(ended.code == 0);
  const json values = json::parse(ended.out);
  CHECK(values["low"]["min"] == json{{nullptr}});  // minus infinity
  CHECK(values["low"]["count"] == json{{3000}});
  CHECK(values["stats"]["mean"] == json{{nullptr}});  // of no samples
  CHECK(values["stats"]["count"] == json{{0}});
  CHECK(values["stats-2"]["mean"][0][0].is_number_float());
  CHECK(folder.run("pipe synth width=60 height=50 ! write o.tif --json -q").out == "{}\n");
}

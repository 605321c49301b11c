// Inputs that are changed while a run reads them.
#include <chrono>
#include <fstream>

#include "codecs/format.hpp"
#include "engine/resume_support.hpp"
#include "ops/statistics/stats.hpp"

using namespace sluice;
using namespace sluice::test;

namespace {

using Change = std::function<void(const std::string& path)>;

// An image that was written an hour ago: a change within the clock's tick would have its time.
std::string made(const Folder& folder, const std::string& name) {
  const Picture picture = random_picture(make_info(300, 200, SampleType::u8, 3), 3);
  const auto graph = Graph::make();
  write(add_source(graph, picture_source(picture, 64, 64)), {.to = folder.file(name)});
  run(*graph, {});
  const fs::path path = folder.path() / name;
  fs::last_write_time(path, fs::last_write_time(path) - std::chrono::hours(1));
  return path.string();
}

void overwrite(const std::string& path) {
  std::fstream file(path, std::ios::binary | std::ios::in | std::ios::out);
  file.seekp(static_cast<std::streamoff>(fs::file_size(path) / 2));
  file << "other pixels";
}
void append(const std::string& path) {
  std::ofstream(path, std::ios::binary | std::ios::app) << "more";
}
void replace(const std::string& path) {
  fs::copy_file(path, path + ".new");
  fs::last_write_time(path + ".new", fs::last_write_time(path));
  fs::rename(path + ".new", path);
}

}  // namespace

TEST_CASE("an input that is changed during the run: an error, and no output", "[inputs]") {
  struct Case {
    Change change;
    std::string says;
  };
  const Case c =
      GENERATE(Case{overwrite, "it has been written to since it was opened"},
               Case{append, "bytes when it was opened, and has"},
               Case{replace, "its name has been given to another file since it was opened"});
  const std::string name = GENERATE(std::string("in.tif"), std::string("in.png"));
  const bool resume = GENERATE(false, true);
  const Folder folder;
  const std::string input = made(folder, name);
  const auto graph = Graph::make();
  const Image image = read(graph, {.file = input});
  write(image, {.to = folder.file("o.tif")});
  stats(image);
  HookedOptions options = resume ? resuming() : HookedOptions();
  bool changed = false;
  options.progress = [&](const Progress&) {
    if (!std::exchange(changed, true)) c.change(input);
  };
  const Error error = error_of([&] { run(*graph, options); });
  REQUIRE(changed);
  CHECK(error.kind() == ErrorKind::data);
  CHECK(error.file() == input);
  CHECK(error.step() == "read");
  CHECK(error.reason().find("the file has changed during the run: ") != std::string::npos);
  CHECK(error.reason().find(c.says) != std::string::npos);
  // What is stored may be of both images: there is nothing to go on with.
  CHECK_FALSE(error.resumable());
  CHECK(folder.names() == Names{name});
}

TEST_CASE("results alone are of one image too", "[inputs]") {
  const Folder folder;
  const std::string input = made(folder, "in.tif");
  const auto graph = Graph::make();
  stats(read(graph, {.file = input}));
  RunOptions options;
  options.progress = [&](const Progress&) { append(input); };
  CHECK(error_of([&] { run(*graph, options); }).kind() == ErrorKind::data);
}

TEST_CASE("an input whose name is taken away is as it was", "[inputs]") {
  const Folder folder;
  const std::string input = made(folder, "in.tif");
  const auto graph = Graph::make();
  write(read(graph, {.file = input}), {.to = folder.file("o.tif")});
  RunOptions options;
  options.progress = [&](const Progress&) { fs::remove(input); };
  run(*graph, options);
  CHECK(folder.names() == Names{"o.tif"});
}

TEST_CASE("a host that goes to another folder changes no input", "[inputs]") {
  const Folder folder, elsewhere;
  made(folder, "in.tif");
  std::ofstream(elsewhere.file("in.tif")) << "another file of that name";
  const fs::path here = fs::current_path();
  fs::current_path(folder.path());
  const auto bytes = open_file("in.tif");
  fs::current_path(elsewhere.path());
  CHECK(bytes->change() == "");
  fs::current_path(here);
  append(folder.file("in.tif"));
  CHECK(bytes->change() != "");
}

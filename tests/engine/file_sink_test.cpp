// Files that appear under their name only when whole.
#include <fcntl.h>
#include <limits.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <thread>
#include <vector>

#include "engine/error.hpp"
#include "engine/sink.hpp"
#include "support/catch.hpp"
#include "support/error_of.hpp"
#include "support/temporary_folder.hpp"

namespace sluice::test {
namespace {

namespace fs = std::filesystem;

using Folder = TemporaryFolder;

std::span<const std::byte> bytes_of(const std::string& text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}
void put(const std::string& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
}

TEST_CASE("a file appears with commit, whole", "[file_sink]") {
  for (const bool sync : {false, true}) {
    const Folder folder;
    const auto file = create_file(folder.file("a"), {.overwrite = false, .sync = sync});
    file->write(6, bytes_of("world"));
    file->write(0, bytes_of("hello "));
    CHECK(!fs::exists(folder.file("a")));
    file->commit();
    CHECK(content(folder.file("a")) == "hello world");
    CHECK(folder.names() == std::vector<std::string>{"a"});
  }
}

TEST_CASE("without commit nothing is left", "[file_sink]") {
  const Folder folder;
  create_file(folder.file("a"))->write(0, bytes_of("x"));
  CHECK(folder.names().empty());
  put(folder.file("b"), "old");
  create_file(folder.file("b"), {.overwrite = true, .sync = false})->write(0, bytes_of("new"));
  CHECK(content(folder.file("b")) == "old");
  CHECK(folder.names() == std::vector<std::string>{"b"});
}

TEST_CASE("an existing file is replaced only when asked", "[file_sink]") {
  const Folder folder;
  put(folder.file("a"), "old");
  const Error error = error_of([&] { create_file(folder.file("a")); });
  CHECK(error.kind() == ErrorKind::usage);
  CHECK(error.reason().find("overwrite") != std::string::npos);
  for (const bool sync : {false, true}) {
    const auto file = create_file(folder.file("a"), {.overwrite = true, .sync = sync});
    file->write(0, bytes_of("new"));
    CHECK(content(folder.file("a")) != "");
    file->commit();
    CHECK(content(folder.file("a")) == "new");
    CHECK(folder.names() == std::vector<std::string>{"a"});
  }
}

TEST_CASE("a file that came up meanwhile is not replaced", "[file_sink]") {
  const Folder folder;
  const auto file = create_file(folder.file("a"));
  file->write(0, bytes_of("mine"));
  put(folder.file("a"), "other");
  CHECK(error_of([&] { file->commit(); }).kind() == ErrorKind::usage);
  CHECK(content(folder.file("a")) == "other");
}

TEST_CASE("behind a symbolic link that leads nowhere yet the file is made there", "[file_sink]") {
  const Folder folder;
  fs::create_directory(folder.path() / "deep");
  fs::create_symlink("deep/a", folder.path() / "link");
  fs::create_symlink("link", folder.path() / "link2");
  const auto file = create_file(folder.file("link2"));
  file->write(0, bytes_of("new"));
  file->commit();
  CHECK(content(folder.file("deep/a")) == "new");
  CHECK(fs::is_symlink(folder.path() / "link"));
  CHECK(fs::is_symlink(folder.path() / "link2"));
  CHECK(error_of([&] { create_file(folder.file("link2")); }).kind() == ErrorKind::usage);
  fs::create_symlink("ring", folder.path() / "ring");
  CHECK(error_of([&] {
          create_file(folder.file("ring"), {.overwrite = true, .sync = false});
        }).kind() == ErrorKind::system);
}

TEST_CASE("a file that is held stays until it gets its name", "[file_sink]") {
  const Folder folder;
  put(partial_name(folder.file("a")), "of an earlier run");
  {
    const auto file = create_file(folder.file("a"));
    file->write(0, bytes_of("whole"));
    file->hold();
  }
  CHECK(folder.names() == std::vector<std::string>{".a.sluice-part"});
  open_partial_file(folder.file("a"), true)->commit();
  CHECK(content(folder.file("a")) == "whole");
  CHECK(folder.names() == std::vector<std::string>{"a"});
}

TEST_CASE("behind a symbolic link the file is replaced, not the link", "[file_sink]") {
  const Folder folder;
  fs::create_directory(folder.path() / "deep");
  put(folder.file("deep/a"), "old");
  fs::create_symlink("deep/a", folder.path() / "link");
  const auto file = create_file(folder.file("link"), {.overwrite = true, .sync = false});
  file->write(0, bytes_of("new"));
  file->commit();
  CHECK(fs::is_symlink(folder.path() / "link"));
  CHECK(content(folder.file("deep/a")) == "new");
}

TEST_CASE("places where no file can be", "[file_sink]") {
  const Folder folder;
  CHECK(error_of([&] { check_creatable("", {}); }).kind() == ErrorKind::usage);
  CHECK(error_of([&] { check_creatable(folder.path().string(), {}); }).kind() == ErrorKind::usage);
  const Error missing = error_of([&] { check_creatable(folder.file("no/a"), {}); });
  CHECK(missing.kind() == ErrorKind::system);
  CHECK(missing.file() == folder.file("no/a"));
  put(folder.file("plain"), "");
  CHECK(error_of([&] { check_creatable(folder.file("plain/a"), {}); }).kind() == ErrorKind::system);
  CHECK(error_of([&] {
          check_creatable("/dev/null", {.overwrite = true, .sync = false});
        }).kind() == ErrorKind::usage);
  CHECK_NOTHROW(check_creatable(folder.file("a"), {}));
  if (geteuid() != 0) {
    fs::permissions(folder.path(), fs::perms::owner_read | fs::perms::owner_exec);
    CHECK(error_of([&] { check_creatable(folder.file("a"), {}); }).kind() == ErrorKind::system);
    fs::permissions(folder.path(), fs::perms::owner_all);
  }
  CHECK(folder.names() == std::vector<std::string>{"plain"});
}

TEST_CASE("names as long as the file system takes them", "[file_sink]") {
  const Folder folder;
  const auto longest = static_cast<std::size_t>(pathconf(folder.path().c_str(), _PC_NAME_MAX));
  for (const std::size_t length : {longest - 5, longest}) {
    const std::string name(length, 'n'), other(length - 1, 'n');
    INFO(length);
    create_file(folder.file(name))->commit();
    create_file(folder.file(name), {.overwrite = true, .sync = false})->commit();
    fs::remove(folder.file(name));
    {
      const auto partial = open_partial_file(folder.file(name), false);
      partial->write(0, bytes_of("part"));
      partial->keep();
    }
    const auto again = open_partial_file(folder.file(name), true);
    CHECK(again->size() == 4);
    again->hold();
    again->commit();
    CHECK(folder.names() == std::vector<std::string>{name});
    CHECK(partial_name(folder.file(name)) != partial_name(folder.file(other + "m")));
    fs::remove(folder.file(name));
  }
  const std::string too_long(longest + 1, 'n');
  const auto refused = [&](const std::string& path) {
    const Error error = error_of([&] { check_creatable(path, {.overwrite = true}); });
    CHECK(error.kind() == ErrorKind::usage);
    CHECK(error_of([&] { create_file(path); }).kind() == ErrorKind::usage);
    return error.reason();
  };
  CHECK(refused(folder.file(too_long)) == "the name has " + std::to_string(longest + 1) +
                                              " bytes; names in '" + folder.path().string() +
                                              "' may have " + std::to_string(longest));
  CHECK(folder.names().empty());
}

TEST_CASE("a path whose hidden names would be too long is refused at once", "[file_sink]") {
  const Folder folder;
  const fs::path here = fs::current_path();
  fs::current_path(folder.path());
  // As deep as one path may lead, but for a short name.
  std::string path;
  while (path.size() + 101 < PATH_MAX - 10) {
    const std::string part(100, 'd');
    fs::create_directory(part);
    fs::current_path(part);
    path += part + '/';
  }
  fs::current_path(folder.path());
  path += std::string(PATH_MAX - 10 - path.size(), 'd') + "/o";
  fs::create_directory(fs::path(path).parent_path());
  const Error error = error_of([&] { create_file(path, {.overwrite = true, .sync = false}); });
  CHECK(error.kind() == ErrorKind::usage);
  CHECK(error.reason().find("with hidden names beside it more than the 4095") != std::string::npos);
  fs::current_path(here);
  // Too deep for one path: step by step.
  CHECK(std::system(("rm -rf '" + folder.path().string() + "'/d*").c_str()) == 0);
}

TEST_CASE("many threads write one file", "[file_sink]") {
  const Folder folder;
  const auto file = create_file(folder.file("a"));
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&, t] {
      for (int i = t; i < 256; i += 4)
        file->write(i * 1000, bytes_of(std::string(1000, static_cast<char>(i))));
    });
  for (std::thread& thread : threads)
    thread.join();
  file->commit();
  const std::string all = content(folder.file("a"));
  REQUIRE(all.size() == 256000);
  for (std::size_t i = 0; i < all.size(); ++i)
    REQUIRE(static_cast<unsigned char>(all[i]) == i / 1000);
}

/// Runs `f` in a process of its own and returns how that ended.
template <class F>
int in_child(F f) {
  const pid_t child = fork();
  if (child == 0) {
    f();
    _exit(99);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return status;
}

TEST_CASE("a limit on the size of files is an error, not a signal", "[file_sink]") {
  const Folder folder;
  const int status = in_child([&] {
    const rlimit limit{1000, 1000};
    setrlimit(RLIMIT_FSIZE, &limit);
    int code = 0;
    try {
      const auto file = create_file(folder.file("a"));
      file->write(0, bytes_of(std::string(900, 'x')));
      file->write(900, bytes_of(std::string(900, 'x')));
    } catch (const Error& error) {
      const std::string text = error.what();
      code = error.kind() == ErrorKind::system && text.find("900 bytes at offset 900") < text.size()
                 ? 7
                 : 8;
    }
    _exit(code);
  });
  REQUIRE(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 7);
  CHECK(folder.names().empty());
}

TEST_CASE("a killed writer leaves nothing under the name", "[file_sink]") {
  const Folder folder;
  const int status = in_child([&] {
    const auto file = create_file(folder.file("a"));
    file->write(0, bytes_of(std::string(100000, 'x')));
    raise(SIGKILL);
  });
  CHECK(WIFSIGNALED(status));
  CHECK(!fs::exists(folder.file("a")));
  // With O_TMPFILE nothing at all is left, else the hidden file.
  for (const std::string& name : folder.names())
    CHECK(name.starts_with(".a."));
}

TEST_CASE("the same file by other names", "[file_sink]") {
  const Folder folder;
  put(folder.file("a"), "");
  put(folder.file("b"), "");
  fs::create_symlink("a", folder.path() / "c");
  fs::create_hard_link(folder.path() / "a", folder.path() / "d");
  CHECK(same_file(folder.file("a"), folder.file("./a")));
  CHECK(same_file(folder.file("a"), folder.file("c")));
  CHECK(same_file(folder.file("a"), folder.file("d")));
  CHECK(!same_file(folder.file("a"), folder.file("b")));
  CHECK(!same_file(folder.file("a"), folder.file("none")));
}

}  // namespace
}  // namespace sluice::test

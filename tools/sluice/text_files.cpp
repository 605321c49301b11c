#include "text_files.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstdio>
#include <filesystem>
#include <system_error>
#include <vector>

#include "engine/error.hpp"

namespace sluice::tool {

namespace {

Error system_error(const std::string& path, const std::string& what, int code) {
  return Error(ErrorKind::system,
               fmt::format("{}: {}", what, std::generic_category().message(code)))
      .at_file(path);
}

// The descriptor of this process that the path leads to, over links as /dev/stdout is one; -1 for
// all other paths. Opening such a path anew would begin at the file's first byte.
int descriptor_of(std::filesystem::path path) {
  constexpr int kMostLinks = 40;  // as the kernel follows
  std::error_code error;
  const std::string process = std::filesystem::canonical("/proc/self", error).string() + "/";
  for (int links = 0; links < kMostLinks && !error; ++links) {
    const auto folder =
        std::filesystem::canonical(path.has_parent_path() ? path.parent_path() : ".", error);
    if (error) return -1;
    const std::string name = path.filename().string();
    if (folder.filename() == "fd" && folder.string().starts_with(process)) {
      int descriptor = -1;
      const auto [end, wrong] = std::from_chars(name.data(), name.data() + name.size(), descriptor);
      return wrong == std::errc() && end == name.data() + name.size() ? descriptor : -1;
    }
    path = folder / std::filesystem::read_symlink(folder / name, error);
  }
  return -1;
}

// True for what is written to as it is, by opening it.
bool is_device_or_pipe(const struct stat& status) {
  return S_ISCHR(status.st_mode) || S_ISFIFO(status.st_mode);
}

void check_text_file(const std::string& path) {
  if (const int descriptor = descriptor_of(path); descriptor >= 0) {
    struct stat opened {};
    const int flags = fcntl(descriptor, F_GETFL);
    if (flags < 0 || fstat(descriptor, &opened) != 0)
      throw system_error(path, "cannot be written to", errno);
    // Descriptors that this program opened for itself, to await signals, are no kind of file.
    if ((opened.st_mode & S_IFMT) == 0) throw system_error(path, "cannot be written to", EBADF);
    if ((flags & O_ACCMODE) == O_RDONLY)
      throw Error(ErrorKind::usage, "is open for reading alone").at_file(path);
    return;
  }
  struct stat status {};
  if (stat(path.c_str(), &status) == 0) {
    if (is_device_or_pipe(status)) {
      if (access(path.c_str(), W_OK) != 0) throw system_error(path, "cannot be written to", errno);
      return;
    }
    if (!S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode))
      throw Error(ErrorKind::usage, "is not an ordinary file, and is not replaced").at_file(path);
  }
  check_creatable(path, {.overwrite = true});
}

// Something that bytes are added to.
class Stream final : public ByteSink {
 public:
  Stream(std::string name, int file) : name_(std::move(name)), file_(file) {}
  ~Stream() override {
    if (file_ >= 0) close(file_);
  }
  std::string name() const override { return name_; }
  void write(std::int64_t offset, std::span<const std::byte> bytes) override {
    if (offset != at_)
      throw Error(ErrorKind::internal, "a text is not written from its beginning to its end")
          .at_file(name_);
    while (!bytes.empty()) {
      const ssize_t n = ::write(file_, bytes.data(), bytes.size());
      if (n < 0 && errno == EINTR) continue;
      if (n <= 0)
        throw system_error(name_, fmt::format("cannot write {} bytes", bytes.size()),
                           n < 0 ? errno : EIO);
      bytes = bytes.subspan(static_cast<std::size_t>(n));
      at_ += n;
    }
  }
  void hold() override {}  // what a stream was given cannot be lost with this object
  void commit() override {
    if (close(std::exchange(file_, -1)) != 0 && errno != EINTR)
      throw system_error(name_, "cannot finish writing", errno);
  }

 private:
  std::string name_;
  int file_;
  std::int64_t at_ = 0;
};

std::unique_ptr<ByteSink> stream_to(const std::string& path, int file) {
  if (file < 0) throw system_error(path, "cannot be written to", errno);
  std::fflush(stdout);  // what was printed before comes first
  return std::make_unique<Stream>(path, file);
}

// True when both paths lead to one place, whether anything is there yet or not.
bool same_place(const std::string& a, const std::string& b) {
  const auto whole = [](const std::string& path) {
    std::error_code error;
    const auto plain = std::filesystem::absolute(path, error);
    const auto resolved = std::filesystem::weakly_canonical(plain, error);
    return error ? plain : resolved;  // a pipe behind /dev/stdout has no path
  };
  return whole(a) == whole(b);
}

std::string path_of(const Source& source) {
  const ByteSource* bytes = source.bytes();
  const std::string path = bytes ? bytes->path() : "";
  return path.empty() ? source.name() : path;
}

struct TextFile {
  const char* option;
  std::string path;
};

void check_apart(const TextFile& text, const Graph& graph, const std::string& pipeline_file) {
  const auto refuse = [&](const std::string& what) {
    throw Error(ErrorKind::usage, fmt::format("{} '{}' is {}", text.option, text.path, what));
  };
  if (!pipeline_file.empty() && same_place(text.path, pipeline_file))
    refuse(fmt::format("the pipeline file '{}'", pipeline_file));
  for (const Node& node : graph.nodes()) {
    const std::string image = node.sink     ? node.sink->name()
                              : node.source ? path_of(*node.source)
                                            : std::string();
    if (!image.empty() && same_place(text.path, image))
      refuse(fmt::format("the image file '{}' of {}", image, node.place.text()));
  }
}

}  // namespace

std::unique_ptr<ByteSink> create_text_file(const std::string& path, bool sync) {
  if (const int descriptor = descriptor_of(path); descriptor >= 0)
    return stream_to(path, fcntl(descriptor, F_DUPFD_CLOEXEC, 0));
  struct stat status {};
  if (stat(path.c_str(), &status) == 0 && is_device_or_pipe(status))
    return stream_to(path, open(path.c_str(), O_WRONLY | O_CLOEXEC | O_NOCTTY));
  return create_file(path, {.overwrite = true, .sync = sync});
}

void check_files(const Graph& graph, const CommonOptions& options, const std::string& pipeline_file,
                 const std::string& svg) {
  if (!pipeline_file.empty())
    for (const Node& node : graph.nodes())
      if (node.sink && same_place(node.sink->name(), pipeline_file))
        throw Error(ErrorKind::usage,
                    fmt::format("'{}' is the pipeline file '{}'", node.sink->name(), pipeline_file))
            .at_step(node.place.text());
  const TextFile all[] = {
      {"--report", options.report}, {"--profile", options.profile}, {"--svg", svg}};
  std::vector<TextFile> before;
  for (const TextFile& text : all) {
    if (text.path.empty()) continue;
    check_apart(text, graph, pipeline_file);
    for (const TextFile& other : before)
      if (same_place(text.path, other.path))
        throw Error(ErrorKind::usage, fmt::format("{} '{}' is the file of {} '{}'", text.option,
                                                  text.path, other.option, other.path));
    try {
      check_text_file(text.path);
    } catch (Error& error) {
      error.at_step(text.option);
      throw;
    }
    before.push_back(text);
  }
}

}  // namespace sluice::tool

#include "text_files.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstdio>
#include <filesystem>
#include <optional>
#include <system_error>
#include <vector>

#include "engine/descriptors.hpp"
#include "engine/error.hpp"
#include "engine/file_conflicts.hpp"
#include "engine/file_identity.hpp"

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
class Stream : public ByteSink {
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

// Standard output with an image in it.
class ImageStream final : public Stream {
 public:
  using Stream::Stream;
  void begin() override {
    if (isatty(STDOUT_FILENO))
      throw Error(ErrorKind::usage,
                  "is a terminal: send it to a file or a program, or name a file to write")
          .at_file(name());
  }
};

std::unique_ptr<ByteSink> stream_to(const std::string& path, int file) {
  if (file < 0) throw system_error(path, "cannot be written to", errno);
  std::fflush(stdout);  // what was printed before comes first
  return std::make_unique<Stream>(path, file);
}

// Where a path leads, whether anything is there yet or not: a file, or the stream of that name.
struct Spot {
  std::optional<FilePlace> file;
  std::filesystem::path name;

  explicit Spot(const std::string& path) : file(place_of(path)) {
    std::error_code error;
    const auto plain = std::filesystem::absolute(path, error);
    name = std::filesystem::weakly_canonical(plain, error);
    if (error) name = plain;  // a pipe behind /dev/stdout has no path
  }
  bool operator==(const Spot& other) const {
    return file ? file == other.file : name == other.name;
  }
};

struct TextFile {
  const char* option;
  std::string path;
  Spot spot{path};

  [[noreturn]] void refuse(const std::string& what) const {
    throw Error(ErrorKind::usage, fmt::format("{} '{}' is {}", option, path, what));
  }
};

// The images of the graph, and with --resume what is kept beside those that are written.
void check_apart(const TextFile& text, const Graph& graph, bool resume) {
  if (!text.spot.file) return;
  for (const Node& node : graph.nodes()) {
    if (const ByteSource* bytes = node.source ? node.source->bytes() : nullptr) {
      const auto file = bytes->identity();
      if (file && FilePlace{file->device, file->inode, ""} == text.spot.file)
        text.refuse(fmt::format("the image file '{}' of {}", bytes->path(), node.place.text()));
    }
    if (!node.sink || node.sink->path().empty()) continue;
    const std::string path = node.sink->path();
    if (place_of(path) == text.spot.file)
      text.refuse(fmt::format("the image file '{}' of {}", path, node.place.text()));
    if (resume)
      for (const std::string& hidden : {partial_name(path), journal_name(path)})
        if (place_of(hidden) == text.spot.file)
          text.refuse(fmt::format("where --resume keeps what is done of '{}'", path));
  }
}

}  // namespace

std::unique_ptr<ByteSink> create_text_file(const std::string& path, bool sync) {
  if (const int descriptor = descriptor_of(path); descriptor >= 0)
    return stream_to(path, fcntl(descriptor, F_DUPFD_CLOEXEC, STDERR_FILENO + 1));
  struct stat status {};
  if (stat(path.c_str(), &status) == 0 && is_device_or_pipe(status))
    return stream_to(path, above_standard(open(path.c_str(), O_WRONLY | O_CLOEXEC | O_NOCTTY)));
  return create_file(path, {.overwrite = true, .sync = sync});
}

OpenStream standard_output() {
  return [taken = std::make_shared<bool>(false)]() -> std::shared_ptr<ByteSink> {
    if (std::exchange(*taken, true))
      throw Error(ErrorKind::usage, "standard output is written by an earlier step already");
    const int file = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    if (file < 0) throw system_error("standard output", "cannot be written to", errno);
    return std::make_shared<ImageStream>("standard output", file);
  };
}

void check_files(const Graph& graph, const CommonOptions& options, const std::string& pipeline_file,
                 const std::string& svg) {
  const std::optional<Spot> pipeline =
      pipeline_file.empty() ? std::nullopt : std::optional<Spot>(pipeline_file);
  for (const Node& node : graph.nodes())
    if (pipeline && node.sink && !node.sink->path().empty() &&
        place_of(node.sink->path()) == pipeline->file)
      throw Error(ErrorKind::usage,
                  fmt::format("'{}' is the pipeline file '{}'", node.sink->name(), pipeline_file))
          .at_step(node.place.text());
  const auto conflicts = file_conflicts(graph, options.resume);
  if (!conflicts.empty())
    throw Error(ErrorKind::usage, conflicts.front().reason)
        .at_step(graph.node(conflicts.front().sink).place.text());
  std::vector<TextFile> before;
  for (const auto& [option, path] :
       {std::pair("--report", options.report), std::pair("--profile", options.profile),
        std::pair("--svg", svg)}) {
    if (path.empty()) continue;
    const TextFile text{option, path};
    if (pipeline && text.spot == *pipeline)
      text.refuse(fmt::format("the pipeline file '{}'", pipeline_file));
    check_apart(text, graph, options.resume);
    for (const TextFile& other : before)
      if (text.spot == other.spot)
        text.refuse(fmt::format("the file of {} '{}'", other.option, other.path));
    try {
      check_text_file(path);
    } catch (Error& error) {
      error.at_step(option);
      throw;
    }
    before.push_back(text);
  }
}

}  // namespace sluice::tool

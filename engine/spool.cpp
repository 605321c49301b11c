#include "engine/spool.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <system_error>

#include "engine/checked_size.hpp"
#include "engine/descriptors.hpp"
#include "engine/file_size_limit.hpp"

namespace sluice {

namespace {

constexpr std::int64_t kTile = 256;

Error spool_error(const std::string& folder, const std::string& what, int code) {
  return Error(ErrorKind::system,
               fmt::format("{}: {}", what, std::generic_category().message(code)))
      .at_file(folder);
}

// The file. Has no name, so that even kill -9 leaves nothing.
class SpoolFile final : public ByteSource {
 public:
  SpoolFile(std::string folder, std::int64_t bytes) : folder_(std::move(folder)), bytes_(bytes) {}
  ~SpoolFile() override { drop(); }
  SpoolFile(const SpoolFile&) = delete;
  SpoolFile& operator=(const SpoolFile&) = delete;

  void make() {
    drop();
    if (bytes_ > file_size_limit())
      throw too_large(fmt::format("files of this process may have {}", file_size_limit()));
    create();
    // Reserves the bytes where the file system can do that, so that the run cannot run out of them.
    if (fallocate(file_, 0, 0, bytes_) == 0) return;
    if (errno != ENOSPC && free_bytes() >= bytes_) return;
    drop();
    throw too_large(fmt::format("{} are free", free_bytes()));
  }
  void create() {
    file_ = above_standard(open(folder_.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
    if (file_ >= 0) return;
    std::string name = folder_ + "/.sluice-spool-XXXXXX";
    file_ = above_standard(mkostemp(name.data(), O_CLOEXEC));
    if (file_ < 0) throw spool_error(folder_, "no temporary file can be made here", errno);
    unlink(name.c_str());
  }
  std::int64_t free_bytes() const {
    struct statvfs disk {};
    if (statvfs(folder_.c_str(), &disk) != 0)
      throw spool_error(folder_, "no temporary file can be made here", errno);
    const CheckedSize blocks = static_cast<std::int64_t>(disk.f_bavail);
    return (blocks * static_cast<std::int64_t>(disk.f_frsize))
        .get()
        .value_or(std::numeric_limits<std::int64_t>::max());
  }
  Error too_large(const std::string& found) const {
    return std::move(
        Error(ErrorKind::system,
              fmt::format("a temporary file of {} bytes is needed here and {}; another "
                          "folder, or more memory, would do",
                          bytes_, found))
            .at_file(folder_));
  }
  void drop() noexcept {
    if (file_ >= 0) close(file_);
    file_ = -1;
  }

  void write(std::int64_t offset, std::span<const std::byte> bytes) const {
    for (std::size_t done = 0; done < bytes.size();) {
      const ssize_t n = pwrite(file_, bytes.data() + done, bytes.size() - done,
                               offset + static_cast<std::int64_t>(done));
      if (n < 0 && errno == EINTR) continue;
      if (n <= 0)
        throw spool_error(folder_,
                          fmt::format("the temporary file of {} bytes cannot be written", bytes_),
                          n < 0 ? errno : EIO);
      done += static_cast<std::size_t>(n);
    }
  }

  std::string name() const override { return folder_; }
  std::int64_t size() const override { return bytes_; }
  void read(std::int64_t offset, std::span<std::byte> to) const override {
    for (std::size_t done = 0; done < to.size();) {
      const ssize_t n = pread(file_, to.data() + done, to.size() - done,
                              offset + static_cast<std::int64_t>(done));
      if (n < 0 && errno == EINTR) continue;
      if (n <= 0)
        throw spool_error(folder_, "the temporary file cannot be read", n < 0 ? errno : EIO);
      done += static_cast<std::size_t>(n);
    }
  }

 private:
  const std::string folder_;
  const std::int64_t bytes_;
  int file_ = -1;
};

// Tiles lie one after the other, all as long as a whole one: planes, rows, samples without gaps,
// then the validity planes.
struct TilePlaces {
  BlockGrid grid;
  std::int64_t stride = 0;

  explicit TilePlaces(const ImageInfo& info) {
    grid = {info.width, info.height, std::min(kTile, info.width), std::min(kTile, info.height)};
    stride = bytes(grid.block_width, grid.block_height, info);
  }
  static std::int64_t bytes(std::int64_t width, std::int64_t height, const ImageInfo& info) {
    return width * height *
           (info.channels() * static_cast<std::int64_t>(size_of(info.type)) +
            info.validity_planes());
  }
};

// Calls f(row, bytes) for each row of pixels in the order of the file.
template <class F>
void for_each_row(const TileView& tile, F&& f) {
  const auto bytes = static_cast<std::size_t>(tile.rect.width) * size_of(tile.type);
  for (int c = 0; c < tile.channels; ++c)
    for (std::int64_t y = 0; y < tile.rect.height; ++y)
      f(tile.row(c, y), bytes);
  for (int plane = 0; plane < tile.validity_planes(); ++plane)
    for (std::int64_t y = 0; y < tile.rect.height; ++y)
      f(reinterpret_cast<std::byte*>(tile.validity_row(plane, y)),
        static_cast<std::size_t>(tile.rect.width));
}

class SpoolSink final : public Sink {
 public:
  SpoolSink(std::shared_ptr<SpoolFile> file, const ImageInfo& info, std::string step)
      : file_(std::move(file)), places_(info), step_(std::move(step)) {}
  std::string name() const override {
    return fmt::format("{} (temporary file of {})", file_->name(), step_);
  }
  BlockGrid grid() const override { return places_.grid; }
  bool any_order() const override { return true; }
  std::int64_t encoded_bound() const override { return places_.stride; }
  void begin() override { file_->make(); }
  std::int64_t encode(std::int64_t, const TileView& pixels, std::span<std::byte> to,
                      const CodecContext&) const override {
    std::byte* at = to.data();
    for_each_row(pixels, [&](const std::byte* row, std::size_t bytes) {
      std::memcpy(at, row, bytes);
      at += bytes;
    });
    return at - to.data();
  }
  void store(std::int64_t index, std::span<const std::byte> bytes) override {
    file_->write(index * places_.stride, bytes);
    written_ += static_cast<std::int64_t>(bytes.size());
  }
  void finish() override {}
  void abandon() noexcept override { file_->drop(); }
  std::int64_t bytes_written() const override { return written_; }

 private:
  std::shared_ptr<SpoolFile> file_;
  TilePlaces places_;
  std::string step_;
  std::int64_t written_ = 0;
};

class SpoolSource final : public Source {
 public:
  SpoolSource(std::shared_ptr<SpoolFile> file, const ImageInfo& info)
      : Source(info), file_(std::move(file)), places_(info) {}
  std::string name() const override { return "a temporary file in " + file_->name(); }
  BlockGrid grid() const override { return places_.grid; }
  void locate(std::int64_t index, std::vector<ByteRange>& ranges) const override {
    const Rect rect = places_.grid.rect(index);
    ranges.push_back({index * places_.stride, TilePlaces::bytes(rect.width, rect.height, info_)});
  }
  std::int64_t encoded_bytes() const override { return places_.stride; }
  void decode(std::int64_t, std::span<const ByteRange>, std::span<const std::byte> bytes,
              const TileView& out, const CodecContext&) const override {
    const std::byte* at = bytes.data();
    for_each_row(out, [&](std::byte* row, std::size_t n) {
      std::memcpy(row, at, n);
      at += n;
    });
  }
  const ByteSource* bytes() const override { return file_.get(); }

 private:
  std::shared_ptr<SpoolFile> file_;
  TilePlaces places_;
};

}  // namespace

Spool make_spool(const ImageInfo& info, const std::string& folder, const std::string& step) {
  const TilePlaces places(info);
  const auto bytes = (CheckedSize(places.grid.count()) * places.stride).get();
  if (!bytes)
    throw Error(ErrorKind::usage, "the image is too large for a temporary file").at_step(step);
  const auto file = std::make_shared<SpoolFile>(folder, *bytes);
  return {std::make_shared<SpoolSink>(file, info, step), std::make_shared<SpoolSource>(file, info),
          *bytes};
}

}  // namespace sluice

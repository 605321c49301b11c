#include "engine/runtime/journal.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string_view>
#include <system_error>
#include <vector>

#include "engine/descriptors.hpp"
#include "engine/checksum.hpp"
#include "engine/error.hpp"
#include "engine/file_identity.hpp"
#include "engine/file_size_limit.hpp"
#include "engine/runtime/record.hpp"

namespace sluice {

namespace {

constexpr std::string_view kKind = "sluice-journal 2\n";
// Begins each record, so that good ones are found behind a damaged one.
constexpr std::uint32_t kMark = 0x6a724c53;  // "SLrj"
constexpr std::int64_t kFrame = 3 * sizeof(std::uint32_t), kSeal = sizeof(std::uint64_t);

Error system_error(const std::string& path, const char* what, int code) {
  return Error(ErrorKind::system,
               fmt::format("{}: {}", what, std::generic_category().message(code)))
      .at_file(path);
}

// Reads up to to.size() bytes; fewer at the end of the file.
std::size_t read_bytes(int file, const std::string& path, std::int64_t offset,
                       std::span<std::byte> to) {
  std::size_t done = 0;
  while (done < to.size()) {
    const ssize_t got =
        pread(file, to.data() + done, to.size() - done, offset + static_cast<std::int64_t>(done));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw system_error(path, "cannot be read", errno);
    if (got == 0) break;
    done += static_cast<std::size_t>(got);
  }
  return done;
}

void write_bytes(int file, const std::string& path, std::int64_t offset,
                 std::span<const std::byte> bytes) {
  if (offset > file_size_limit() - static_cast<std::int64_t>(bytes.size()))
    throw system_error(path, "the journal cannot be written", EFBIG);
  for (std::size_t done = 0; done < bytes.size();) {
    const ssize_t put = pwrite(file, bytes.data() + done, bytes.size() - done,
                               offset + static_cast<std::int64_t>(done));
    if (put < 0 && errno == EINTR) continue;
    if (put <= 0) throw system_error(path, "the journal cannot be written", put < 0 ? errno : EIO);
    done += static_cast<std::size_t>(put);
  }
}

}  // namespace

Error journal_refusal(ErrorKind kind, const std::string& reason, const std::string& path) {
  return Error(kind, fmt::format("cannot go on with the interrupted run: {}; remove '{}' to start "
                                 "from the beginning",
                                 reason, path));
}

Journal::Journal(std::string path) : path_(std::move(path)) {
  try {
    open();
    find_end();
  } catch (...) {
    if (file_ >= 0) close(file_);
    throw;
  }
}

Journal::~Journal() {
  close(file_);
}

// The file may be removed by the run that had it, between opening and locking: then again.
void Journal::open() {
  for (;;) {
    file_ = above_standard(::open(path_.c_str(), O_CREAT | O_RDWR | O_CLOEXEC | O_NOFOLLOW, 0666));
    if (file_ < 0) throw system_error(path_, "the journal cannot be opened", errno);
    locked_ = lock();
    if (has_its_name()) return;
    close(file_);
    file_ = -1;
  }
}

bool Journal::has_its_name() const {
  const auto mine = identity_of(file_), named = identity_of(path_);
  return mine && named && mine->device == named->device && mine->inode == named->inode;
}

bool Journal::lock() {
  while (flock(file_, LOCK_EX | LOCK_NB) != 0) {
    if (errno == EINTR) continue;
    if (errno == EWOULDBLOCK) refuse_locked();
    return false;
  }
  return true;
}

void Journal::refuse_locked() const {
  std::string who = "another process";
  Journal::Visitor last_session = [&](JournalRecord type, std::span<const std::byte> payload) {
    if (type != JournalRecord::session) return;
    RecordReader record(payload);
    const auto process = record.number<std::int64_t>();
    who = fmt::format("process {} on {}", process, record.text());
  };
  try {
    read(last_session);
  } catch (const Error&) {
    // It is being written; who has it does not matter more than that.
  }
  throw Error(ErrorKind::usage, fmt::format("{} is writing this output", who)).at_file(path_);
}

std::int64_t Journal::size() const {
  struct stat status {};
  if (fstat(file_, &status) != 0) throw system_error(path_, "cannot be examined", errno);
  return status.st_size;
}

std::int64_t Journal::read_at(std::int64_t offset, std::int64_t size, const Visitor& visit) const {
  std::uint32_t frame[3];
  if (size - offset < kFrame + kSeal) return 0;
  const auto frame_bytes = std::as_writable_bytes(std::span(frame));
  read_bytes(file_, path_, offset, frame_bytes);
  const std::int64_t length = frame[1];
  if (frame[0] != kMark || length > size - offset - kFrame - kSeal) return 0;
  std::vector<std::byte> bytes(static_cast<std::size_t>(length + kSeal));
  if (read_bytes(file_, path_, offset + kFrame, bytes) != bytes.size()) return 0;
  const std::span<const std::byte> all = bytes;
  const auto payload = all.first(static_cast<std::size_t>(length));
  RecordReader seal(all.subspan(payload.size()));
  if (seal.number<std::uint64_t>() != checksum(payload, checksum(frame_bytes))) return 0;
  visit(static_cast<JournalRecord>(frame[2]), payload);
  return offset + kFrame + length + kSeal;
}

bool Journal::empty() const {
  return end_ <= static_cast<std::int64_t>(kKind.size());
}

void Journal::read(const Visitor& visit) const {
  const std::int64_t end = end_ > 0 ? end_ : size();
  for (auto at = static_cast<std::int64_t>(kKind.size()); at > 0 && at < end;)
    at = read_at(at, end, visit);
}

std::int64_t Journal::next_good(std::int64_t offset, std::int64_t size) const {
  const auto mark = std::as_bytes(std::span(&kMark, 1));
  constexpr std::int64_t kPiece = 1 << 16;
  std::vector<std::byte> piece(kPiece);
  // Pieces overlap by what a mark may begin in one and end in the next.
  for (auto at = offset + 1; at < size; at += kPiece - static_cast<std::int64_t>(mark.size()) + 1) {
    const auto bytes = std::span(piece).first(read_bytes(file_, path_, at, piece));
    for (auto found = bytes.begin();; ++found) {
      found = std::search(found, bytes.end(), mark.begin(), mark.end());
      if (found == bytes.end()) break;
      const std::int64_t place = at + (found - bytes.begin());
      if (read_at(place, size, [](auto, auto) {})) return place;
    }
  }
  return 0;
}

void Journal::begin_file() {
  try {
    write_bytes(file_, path_, 0, std::as_bytes(std::span(kKind)));
  } catch (...) {
    remove();
    throw;
  }
  end_ = static_cast<std::int64_t>(kKind.size());
}

// Records are written one after the other, so only the last one can be torn: what is wrong in front
// of a good one is damage, and counting on what lies around it would lose work or pixels.
void Journal::find_end() {
  std::byte start[kKind.size()];
  const auto begin = std::span(start).first(read_bytes(file_, path_, 0, start));
  const auto kind = std::as_bytes(std::span(kKind));
  if (!std::equal(begin.begin(), begin.end(), kind.begin()))
    throw journal_refusal(ErrorKind::data,
                          fmt::format("'{}' is not a journal of this version of Sluice", path_),
                          path_);
  if (begin.size() < kind.size()) return begin_file();
  const std::int64_t size = this->size();
  end_ = static_cast<std::int64_t>(kind.size());
  while (const std::int64_t next = read_at(end_, size, [](auto, auto) {}))
    end_ = next;
  if (const std::int64_t good = next_good(end_, size))
    throw journal_refusal(
        ErrorKind::data,
        fmt::format("its journal is damaged at byte {} of {}, and goes on at byte {}", end_, size,
                    good),
        path_);
  if (end_ < size) cut();
}

void Journal::cut() {
  if (ftruncate(file_, end_) != 0)
    throw system_error(path_, "the journal cannot be shortened", errno);
}

void Journal::append(JournalRecord type, std::span<const std::byte> payload) {
  RecordWriter record;
  record.put(kMark);
  record.put(static_cast<std::uint32_t>(payload.size()));
  record.put(static_cast<std::uint32_t>(type));
  std::vector<std::byte> bytes(record.bytes().begin(), record.bytes().end());
  bytes.insert(bytes.end(), payload.begin(), payload.end());
  const std::uint64_t seal = checksum(bytes);
  const auto seal_bytes = std::as_bytes(std::span(&seal, 1));
  bytes.insert(bytes.end(), seal_bytes.begin(), seal_bytes.end());
  try {
    write_bytes(file_, path_, end_, bytes);
  } catch (...) {
    cut();  // a later, shorter record would have the rest of this one behind it
    throw;
  }
  end_ += static_cast<std::int64_t>(bytes.size());
}

void Journal::sync() {
  if (fdatasync(file_) != 0)
    throw system_error(path_, "the journal cannot be brought to the disk", errno);
}

void Journal::remove() noexcept {
  unlink(path_.c_str());
}

}  // namespace sluice

// A file of checksummed records that only grows: what of a run is done.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>

#include "engine/error.hpp"

namespace sluice {

enum class JournalRecord : std::uint32_t {
  fingerprint = 1,  ///< of the run that it belongs to; the first record
  session = 2,      ///< a process took it up
  blocks = 3,       ///< stored blocks
  values = 4,       ///< of a reduction
  synced = 5,       ///< all before has reached the disk
  whole = 6,        ///< all outputs of the run are; what is left is to give them their names
};

/// "cannot go on with the interrupted run: ...; remove '...' to start from the beginning".
Error journal_refusal(ErrorKind kind, const std::string& reason, const std::string& path);

/// Opened by one process at a time. Layout: a line that names the kind of file, then records: a
/// mark, length of the payload and type (u32 each), payload, checksum of all that (u64), as they
/// lie in memory.
class Journal {
 public:
  /// Opens or makes the file and locks it. A torn record at the end is cut off. Throws Error
  /// (usage) when another run has it, Error (data) when it is no journal or damaged elsewhere than
  /// at its end, Error (system).
  explicit Journal(std::string path);
  ~Journal();
  Journal(const Journal&) = delete;
  Journal& operator=(const Journal&) = delete;

  const std::string& path() const { return path_; }
  /// It has no record yet.
  bool empty() const;
  /// False where the file system knows no locks.
  bool locked() const { return locked_; }

  using Visitor = std::function<void(JournalRecord, std::span<const std::byte> payload)>;
  /// All records, from the first on.
  void read(const Visitor& visit) const;

  /// Hands the record to the system in one piece; what the system has survives the process.
  void append(JournalRecord type, std::span<const std::byte> payload);
  /// Returns when the records have reached the disk.
  void sync();
  void remove() noexcept;
  /// False when the file has been removed, or replaced by another.
  bool has_its_name() const;

 private:
  void open();
  bool lock();
  void find_end();
  void begin_file();
  void cut();  ///< drops what lies behind the last record
  /// Where a good record begins behind `offset`, 0 when none does.
  std::int64_t next_good(std::int64_t offset, std::int64_t size) const;
  /// Visits the record at `offset`; returns where it ends, 0 for a torn one.
  std::int64_t read_at(std::int64_t offset, std::int64_t size, const Visitor& visit) const;
  std::int64_t size() const;
  [[noreturn]] void refuse_locked() const;

  std::string path_;
  int file_ = -1;
  std::int64_t end_ = 0;
  bool locked_ = false;
};

}  // namespace sluice

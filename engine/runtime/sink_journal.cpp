#include "engine/runtime/sink_journal.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <string>
#include <string_view>

#include "engine/descriptors.hpp"
#include "engine/callbacks.hpp"
#include "engine/runtime/fingerprint.hpp"

namespace sluice {

namespace {

using std::chrono::milliseconds;

// Blocks are noted in batches: what a kill costs beside the units in flight.
constexpr auto kBatchTime = milliseconds(10);
// Each batch waits for the disk when power loss counts too.
constexpr auto kSyncedBatchTime = milliseconds(1000);
constexpr std::size_t kBatchBytes = 64 << 10;

std::string host_name() {
  std::array<char, 256> name{};
  return gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "";
}

// Another text after each start of the machine; "" where the system does not tell.
std::string boot_id() {
  std::array<char, 64> id{};
  const int file = above_standard(open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC));
  if (file < 0) return {};
  const ssize_t got = read(file, id.data(), id.size());
  close(file);
  const std::string_view text(id.data(), got > 0 ? static_cast<std::size_t>(got) : 0);
  return std::string(text.substr(0, text.find('\n')));
}

Machine this_machine() {
  return {host_name(), boot_id()};
}

void put_values(RecordWriter& record, NodeId node, const ReductionValues& values) {
  record.put(node);
  for (const auto& [name, elements] : values.arrays) {
    record.put(std::string_view(name));
    record.put(static_cast<std::uint64_t>(elements.size()));
    for (const std::vector<double>& channels : elements) {
      record.put(static_cast<std::uint64_t>(channels.size()));
      for (const double value : channels)
        record.put(value);
    }
  }
}

ReductionValues values_from(RecordReader& record) {
  ReductionValues values;
  while (!record.done()) {
    auto& [name, elements] = values.arrays.emplace_back();
    name = record.text();
    for (auto n = record.number<std::uint64_t>(); n > 0; --n) {
      std::vector<double>& channels = elements.emplace_back();
      for (auto c = record.number<std::uint64_t>(); c > 0; --c)
        channels.push_back(record.number<double>());
    }
  }
  return values;
}

template <class F>
void for_each_block(RecordReader record, F&& f) {
  while (!record.done()) {
    const auto index = record.number<std::int64_t>();
    f(index, record.number<std::int64_t>());
  }
}

// The arrays are those that the reduction gives, for each channel.
bool fits(const ReductionValues& values, const Node& node) {
  const ReductionValues shape = node.reduction->shape();
  if (shape.arrays.size() != values.arrays.size()) return false;
  for (std::size_t a = 0; a < shape.arrays.size(); ++a)
    if (shape.arrays[a].first != values.arrays[a].first ||
        shape.arrays[a].second.size() != values.arrays[a].second.size())
      return false;
  return true;
}

}  // namespace

bool StoredBlocks::add(std::int64_t index) {
  if (index < 0 || index >= total_) return false;
  if (bits_.empty()) {
    if (index != count_) return false;
  } else {
    if (bits_[static_cast<std::size_t>(index)]) return false;
    bits_[static_cast<std::size_t>(index)] = true;
  }
  ++count_;
  return true;
}

SinkJournal::SinkJournal(const Graph& graph, NodeId sink, const RunOptions& options)
    : graph_(graph),
      sink_(*graph.node(sink).sink),
      resumable_(*sink_.resumable()),
      sync_(resumable_.synced()),
      facts_(fingerprint_of(graph, sink, options.resume)),
      journal_(journal_name(sink_.path())),
      before_(sink_.grid().count(), sink_.any_order()),
      flushed_(std::chrono::steady_clock::now()) {
  if (!journal_.locked())
    call_host(
        "warning", options.warning,
        fmt::format(
            "'{}' cannot be locked here: nothing keeps a second run from writing the same output",
            journal_.path()));
  if (journal_.empty())
    start();
  else
    read_all();
  warn_of_lost_part(options);
  const Machine machine = this_machine();
  RecordWriter session;
  session.put(static_cast<std::int64_t>(getpid()));
  session.put(std::string_view(machine.host));
  session.put(std::string_view(machine.boot));
  session.put(static_cast<std::uint8_t>(sync_));
  journal_.append(JournalRecord::session, session.bytes());
}

void SinkJournal::start() {
  try {
    journal_.append(JournalRecord::fingerprint, encoded(facts_));
  } catch (...) {
    journal_.remove();
    throw;
  }
}

void SinkJournal::refuse(ErrorKind kind, const std::string& reason) {
  refused_ = true;
  throw journal_refusal(kind, reason, journal_.path());
}

// What no journal counts is written anew, which nobody should have to guess.
void SinkJournal::warn_of_lost_part(const RunOptions& options) const {
  struct stat status {};
  if (before_.count() > 0 || !whole_.empty() || stat(partial().c_str(), &status) != 0 ||
      status.st_size == 0)
    return;
  call_host(
      "warning", options.warning,
      fmt::format("'{}' is written from its beginning: the journal has none of the blocks in the "
                  "{} bytes of '{}'",
                  sink_.name(), status.st_size, partial()));
}

// What is wrong with the journal's content, told as a refusal.
template <class F>
void SinkJournal::or_refuse(F&& f) {
  try {
    f();
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::data) throw;
    refuse(ErrorKind::data, error.reason());
  }
}

void SinkJournal::read_all() {
  std::optional<std::string> changed;
  or_refuse([&] {
    journal_.read([&](JournalRecord type, std::span<const std::byte> payload) {
      if (type == JournalRecord::fingerprint)
        changed = difference_of(decoded_facts(payload), facts_);
      else if (!changed)
        throw Error(ErrorKind::data, "it does not say which run it belongs to");
      else if (changed->empty())
        take(type, RecordReader(payload));
    });
  });
  if (!changed->empty()) refuse(ErrorKind::usage, *changed);
  move_to(this_machine());
  if (!doubt_.empty())
    refuse(ErrorKind::data,
           doubt_ + ", and without 'sync' it is not known which blocks had reached the disk");
  if (whole_.empty() && before_.count() > 0 && !identity_of(partial()))
    refuse(ErrorKind::data, fmt::format("the partial file '{}' is missing", partial()));
}

// The next session runs there.
void SinkJournal::move_to(Machine machine) {
  if (unsynced_ && *unsynced_ != machine)
    doubt_ = unsynced_->host == machine.host
                 ? "the machine has been restarted since"
                 : fmt::format(
                       "it ran on another machine, '{}', and was not stopped in an orderly "
                       "way",
                       unsynced_->host);
  machine_ = std::move(machine);
}

void SinkJournal::take_session(RecordReader record) {
  record.number<std::int64_t>();
  Machine machine;
  machine.host = record.text();
  machine.boot = record.text();
  move_to(std::move(machine));
  session_syncs_ = record.number<std::uint8_t>() != 0;
}

void SinkJournal::take(JournalRecord type, RecordReader record) {
  switch (type) {
    case JournalRecord::session:
      take_session(record);
      break;
    case JournalRecord::synced:
      unsynced_.reset();
      break;
    case JournalRecord::blocks:
      if (!session_syncs_) unsynced_ = machine_;
      for_each_block(record, [&](std::int64_t index, std::int64_t bytes) {
        if (bytes < 0 || bytes > sink_.encoded_bound() || !before_.add(index))
          throw Error(ErrorKind::data,
                      fmt::format("block {} of {} bytes cannot come next", index, bytes));
      });
      break;
    case JournalRecord::values: {
      const auto node = record.number<NodeId>();
      ReductionValues values = values_from(record);
      if (node < 0 || node >= static_cast<NodeId>(graph_.nodes().size()) ||
          !graph_.node(node).reduction || !fits(values, graph_.node(node)))
        throw Error(ErrorKind::data, "it holds results of no step of this pipeline");
      values_[node] = std::move(values);
      break;
    }
    case JournalRecord::whole:
      whole_.clear();
      while (!record.done()) {
        WholeOutput& output = whole_.emplace_back();
        output.sink = record.number<NodeId>();
        output.file.device = record.number<std::uint64_t>();
        output.file.inode = record.number<std::uint64_t>();
        output.file.bytes = record.number<std::int64_t>();
        output.file.modified_s = record.number<std::int64_t>();
        output.file.modified_ns = record.number<std::int64_t>();
        if (output.sink < 0 || output.sink >= static_cast<NodeId>(graph_.nodes().size()) ||
            !graph_.node(output.sink).sink)
          throw Error(ErrorKind::data, "it holds outputs of no step of this pipeline");
      }
      break;
    default:
      throw Error(ErrorKind::data, "it holds records of an unknown kind");
  }
}

void SinkJournal::begin() {
  const auto list = [&](const ResumableSink::StoredVisitor& visit) {
    journal_.read([&](JournalRecord type, std::span<const std::byte> payload) {
      if (type == JournalRecord::blocks) for_each_block(RecordReader(payload), visit);
    });
  };
  if (before_.count() == 0)
    resumable_.begin_resumable(nullptr);
  else
    or_refuse([&] { resumable_.begin_resumable(list); });
  begun_ = true;
}

void SinkJournal::stored(std::int64_t index, std::int64_t bytes) {
  batch_.put(index);
  batch_.put(bytes);
  const auto waited = std::chrono::steady_clock::now() - flushed_;
  if (waited >= (sync_ ? kSyncedBatchTime : kBatchTime) || batch_.bytes().size() >= kBatchBytes)
    flush();
}

// The data first: a block counts only when its bytes are where a later run will find them.
void SinkJournal::flush() {
  flushed_ = std::chrono::steady_clock::now();
  if (batch_.bytes().empty()) return;
  if (sync_) resumable_.sync();
  journal_.append(JournalRecord::blocks, batch_.bytes());
  if (sync_) journal_.sync();
  wrote_blocks_ = true;
  batch_.clear();
}

void SinkJournal::add(NodeId reduction, const ReductionValues& values) {
  if (values_.contains(reduction)) return;
  RecordWriter record;
  put_values(record, reduction, values);
  journal_.append(JournalRecord::values, record.bytes());
  if (sync_) journal_.sync();
  values_[reduction] = values;
}

void SinkJournal::note_whole(std::span<const WholeOutput> outputs) {
  flush();
  RecordWriter record;
  for (const WholeOutput& output : outputs) {
    record.put(output.sink);
    record.put(output.file.device);
    record.put(output.file.inode);
    record.put(output.file.bytes);
    record.put(output.file.modified_s);
    record.put(output.file.modified_ns);
  }
  journal_.append(JournalRecord::whole, record.bytes());
  if (sync_) journal_.sync();
  whole_.assign(outputs.begin(), outputs.end());
}

void SinkJournal::settle() noexcept {
  try {
    flush();
  } catch (...) {
    // No room for the last batch: its blocks are written once more.
  }
}

// Whoever removes the folder takes what is kept in it.
bool SinkJournal::is_there() const {
  const bool in_partial = whole_.empty() && (wrote_blocks_ || before_.count() > 0);
  return journal_.has_its_name() && (!in_partial || identity_of(partial()));
}

bool SinkJournal::keep() noexcept {
  if (holds_nothing()) {
    drop();
    return false;
  }
  if (!begun_) return is_there();
  try {
    resumable_.sync();
    journal_.append(JournalRecord::synced, {});
    journal_.sync();
  } catch (...) {
    // Still as safe as behind a kill.
  }
  resumable_.keep();
  return is_there();
}

void SinkJournal::drop() noexcept {
  if (begun_) sink_.abandon();
  remove();
}

void SinkJournal::remove() noexcept {
  unlink(partial().c_str());
  journal_.remove();
}

}  // namespace sluice

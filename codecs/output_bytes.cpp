#include "codecs/output_bytes.hpp"

#include <utility>

#include "engine/error.hpp"

namespace sluice {

namespace {

std::string name_of_host(const std::shared_ptr<ByteSink>& host) {
  if (!host) throw Error(ErrorKind::usage, "the bytes to write to are missing: a null pointer");
  return host->name();
}

}  // namespace

OutputBytes::OutputBytes(std::string path, FileSinkOptions options)
    : name_(path), path_(std::move(path)), options_(std::move(options)) {}

OutputBytes::OutputBytes(std::shared_ptr<ByteSink> host)
    : name_(name_of_host(host)), host_(std::move(host)) {}

void OutputBytes::begin() {
  if (host_) {
    host_begun_ = true;
    host_->begin();
  } else {
    file_ = create_file(path_, options_);
  }
}

PartialFile& OutputBytes::begin_partial(bool go_on) {
  auto file = open_partial_file(path_, go_on, options_);
  PartialFile& partial = *file;
  file_ = std::move(file);
  return partial;
}

void OutputBytes::write(std::int64_t offset, std::span<const std::byte> bytes) {
  (host_ ? *host_ : *file_).write(offset, bytes);
}

void OutputBytes::check() const {
  if (!host_) check_creatable(path_, options_);
}

void OutputBytes::hold() {
  if (file_) file_->hold();
}

void OutputBytes::commit() {
  if (host_) {
    host_->commit();
    host_begun_ = false;
    return;
  }
  // Not begun: an earlier run held the file.
  if (!file_) file_ = open_partial_file(path_, true, options_);
  file_->commit();
}

void OutputBytes::abandon() noexcept {
  if (std::exchange(host_begun_, false)) host_->abandon();
  file_.reset();
}

}  // namespace sluice

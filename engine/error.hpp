// The one exception of the library.
#pragma once

#include <cstdint>
#include <exception>
#include <stdexcept>
#include <string>
#include <utility>

namespace sluice {

/// Who has to act on an error, and with it the tool's exit code.
enum class ErrorKind : std::uint8_t {
  usage,      ///< the pipeline or an argument is wrong (exit 2)
  data,       ///< the input is broken or of a kind that is not supported (exit 1)
  system,     ///< disk full, no permission, unreadable file (exit 3)
  memory,     ///< the budget cannot hold the pipeline (exit 2)
  cancelled,  ///< the caller asked to stop
  internal,   ///< a defect of Sluice, or of the host's code that it calls (see Error::cause)
};

/// What went wrong, and where. `what()` is one line made of the parts that are known:
/// "resize (line 4): slide.tif: tile 17 at (240, 480): corrupt deflate data".
class Error : public std::runtime_error {
 public:
  Error(ErrorKind kind, std::string reason)
      : std::runtime_error(reason), kind_(kind), reason_(std::move(reason)) {
    compose();
  }

  ErrorKind kind() const { return kind_; }
  const std::string& reason() const { return reason_; }
  const std::string& step() const { return step_; }    ///< "resize (line 4)"
  const std::string& file() const { return file_; }    ///< the image file
  const std::string& place() const { return place_; }  ///< "tile 17 at (240, 480)", "byte 1234"

  /// The same error with a part filled in; a part that is already known is kept, since the place
  /// nearest to the fault knows best.
  Error& at_step(std::string step) { return fill(step_, std::move(step)); }
  Error& at_file(std::string file) { return fill(file_, std::move(file)); }
  Error& at_place(std::string place) { return fill(place_, std::move(place)); }

  /// For errors of the pipeline checker: where in the description, and the plain sentence
  /// without the place.
  Error& at_line(int line, int column) {
    if (line_ == 0) line_ = line, column_ = column;
    return *this;
  }
  int line() const { return line_; }
  int column() const { return column_; }

  /// What is done was kept: the same run with ResumeOptions::on goes on from there.
  Error& mark_resumable() {
    resumable_ = true;
    return *this;
  }
  bool resumable() const { return resumable_; }

  /// What a callback, or an operation, source, sink or reduction, threw in place of an Error: its
  /// own exception, to be thrown again. Null for all other errors.
  const std::exception_ptr& cause() const { return cause_; }
  Error& caused_by(std::exception_ptr cause) {
    cause_ = std::move(cause);
    return *this;
  }

  const char* what() const noexcept override { return composed_.c_str(); }

 private:
  Error& fill(std::string& part, std::string&& value) {
    if (part.empty()) part = std::move(value);
    compose();
    return *this;
  }
  void compose() {
    composed_.clear();
    for (const std::string* part : {&step_, &file_, &place_})
      if (!part->empty()) composed_ += *part + ": ";
    composed_ += reason_;
  }

  ErrorKind kind_;
  std::string reason_, step_, file_, place_, composed_;
  int line_ = 0, column_ = 0;
  bool resumable_ = false;
  std::exception_ptr cause_;
};

/// To be called in a catch block: the exception that was caught, as an Error. An Error stays as it
/// is; for lack of memory it is of kind system; any other exception becomes its cause(), and the
/// kind is internal.
Error current_error();

}  // namespace sluice

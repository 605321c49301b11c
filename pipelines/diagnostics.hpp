// Mistakes in a pipeline description: where they are, and how they are reported.
#pragma once

#include <string>
#include <vector>

#include "pipelines/pipeline.hpp"

namespace sluice {

/// A place in a file (line and column from 1), or on a command line (line 0, and in `column` the
/// number of the word from 1). All zero: the description as a whole.
struct Place {
  int line = 0;
  int column = 0;
};

/// Where a description comes from: turns places into text.
struct Origin {
  std::string name;                ///< the file, as given; of no meaning on a command line
  std::vector<std::string> words;  ///< the command line's words
  bool command_line = false;

  /// "sharpen.yaml:4:5", or "step 2, 'scal=0.5'".
  std::string text(Place place) const;
  /// Short, for messages of the run: "line 4", or "step 2".
  std::string where(Place place) const;
  /// Number of the step a word belongs to, from 1.
  int step_of(int word) const;
};

/// Collects mistakes, so that one run of the checker reports all that can be found.
class Diagnostics {
 public:
  explicit Diagnostics(Origin origin) : origin_(std::move(origin)) {}
  const Origin& origin() const { return origin_; }
  void error(Place place, std::string reason);
  bool any() const { return !found_.empty(); }
  std::size_t count() const { return found_.size(); }
  /// Throws PipelineError with all mistakes, in the order of the text; does nothing without any.
  void throw_if_any();

 private:
  struct Found {
    Place place;
    std::string reason;
  };
  Origin origin_;
  std::vector<Found> found_;
};

}  // namespace sluice

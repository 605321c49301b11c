// --profile: where a run's time went, as a table and as a file.
#pragma once

#include <string>

#include "common_options.hpp"
#include "engine/error.hpp"
#include "engine/profile.hpp"
#include "engine/sink.hpp"

namespace sluice::tool {

/// Does nothing where --profile was not given.
class ProfileReport {
 public:
  /// `options` outlives it.
  explicit ProfileReport(const CommonOptions& options) : options_(options) {}

  /// For RunOptions::profile.
  Profile* measured() { return options_.profile.empty() ? nullptr : &profile_; }

  /// Prints the table and writes the file (create_text_file).
  void write() const { write(""); }
  /// The same for a run that failed or was stopped; what goes wrong here is only said, so that the
  /// run's own error stays the one that counts.
  void write_after(const Error& error) const noexcept;

 private:
  void write(const std::string& error) const;

  const CommonOptions& options_;
  Profile profile_;
};

/// The table: a row for each step and each kind of work beside them, whose shares add up to 100 %.
std::string profile_table(const Profile& profile);

/// Writes the JSON document that is described in tools/README.md. `error`: why the run ended early,
/// or "".
void write_profile(const Profile& profile, const std::string& error, ByteSink& to);

}  // namespace sluice::tool

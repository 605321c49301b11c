#include "profile_report.hpp"

#include <fmt/format.h>

#include <cmath>
#include <cstdio>

#include "numbers.hpp"
#include "text_files.hpp"

namespace sluice::tool {

namespace {

// A row of the table; negative numbers are left out, and no bytes.
struct Row {
  std::string name;
  double seconds = 0;
  std::int64_t count = -1;  // units of a step, blocks of a file
  double recomputed = -1;   // pixels
  double rate = -1;         // megapixels a second of one worker
  std::int64_t bytes_in = -1, bytes_out = -1, hits = -1;
};

std::vector<Row> rows_of(const Profile& profile) {
  std::vector<Row> rows;
  for (const SourceProfile& s : profile.sources) {
    rows.push_back({s.name + ": reading", s.reading_seconds, s.blocks, -1, -1, s.bytes_in});
    rows.push_back({s.name + ": decoding", s.decoding_seconds, s.blocks, -1, -1, -1, s.bytes_out,
                    s.cache_hits});
  }
  for (const StepProfile& s : profile.steps)
    rows.push_back({s.name, s.seconds, s.units, s.recomputed_pixels(),
                    s.seconds > 0 ? static_cast<double>(s.pixels) * 1e-6 / s.seconds : -1,
                    s.bytes_in, s.bytes_out, s.cache_hits > 0 ? s.cache_hits : -1});
  for (const SinkProfile& s : profile.sinks) {
    rows.push_back({s.name + ": encoding", s.encoding_seconds, s.blocks, -1, -1, s.bytes_in});
    rows.push_back({s.name + ": storing", s.storing_seconds, s.blocks, -1, -1, -1, s.bytes_out});
  }
  rows.push_back({"putting tiles together", profile.copying_seconds});
  rows.push_back({"planning", profile.planning_seconds});
  rows.push_back({"engine, all else", profile.engine_seconds});
  rows.push_back({"waiting", profile.waiting_seconds});
  return rows;
}

std::string count_text(std::int64_t count) {
  return count < 0 ? "" : std::to_string(count);
}

}  // namespace

std::string profile_table(const Profile& profile) {
  const std::vector<Row> rows = rows_of(profile);
  std::size_t width = 4;
  for (const Row& row : rows)
    width = std::max(width, row.name.size());
  std::string text = fmt::format(
      "profile{}: {:.3f} s on {} threads\n{:<{}}  {:>7}  {:>8}  {:>7}  "
      "{:>10}  {:>6}  {:>10}  {:>10}  {:>6}\n",
      profile.complete ? "" : " of an unfinished run", profile.seconds, profile.threads, "step",
      width, "share", "seconds", "units", "recomputed", "Mpx/s", "in", "out", "hits");
  const double all = profile.worker_seconds();
  // Each share is rounded so that those down to its row add up right: together they are 100.0 %.
  double seconds = 0;
  std::int64_t tenths = 0;
  for (const Row& row : rows) {
    seconds += row.seconds;
    const std::int64_t so_far = std::llround(seconds / all * 1000);
    const double share = static_cast<double>(so_far - std::exchange(tenths, so_far)) / 10;
    std::string line =
        fmt::format("{:<{}}  {:>5.1f} %  {:>8.3f}  {:>7}  {:>10}  {:>6}  {:>10}  {:>10}  {:>6}",
                    row.name, width, share, row.seconds, count_text(row.count),
                    row.recomputed < 0 ? "" : fmt::format("{:.0f}", row.recomputed),
                    row.rate < 0 ? "" : fmt::format("{:.0f}", row.rate),
                    row.bytes_in <= 0 ? "" : bytes_text(row.bytes_in),
                    row.bytes_out <= 0 ? "" : bytes_text(row.bytes_out), count_text(row.hits));
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + '\n';
  }
  return text + fmt::format("{:<{}}  {:>5.1f} %  {:>8.3f}\n", "all", width, tenths / 10.0, all);
}

void ProfileReport::write(const std::string& error) const {
  if (options_.profile.empty() || profile_.seconds <= 0) return;  // or nothing was begun
  if (!options_.quiet) std::fputs(profile_table(profile_).c_str(), stderr);
  const auto file = create_text_file(options_.profile, options_.sync);
  write_profile(profile_, error, *file);
  file->commit();
}

void ProfileReport::write_after(const Error& error) const noexcept {
  try {
    write(error.what());
  } catch (const std::exception& failed) {
    std::fputs("warning: no profile was written: ", stderr);
    std::fputs(failed.what(), stderr);
    std::fputs("\n", stderr);
  }
}

}  // namespace sluice::tool

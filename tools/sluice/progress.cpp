#include "progress.hpp"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <initializer_list>

#include "numbers.hpp"

namespace sluice::tool {

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr auto kBarInterval = milliseconds(100);
constexpr auto kPlainInterval = seconds(10);      // between lines, at most
constexpr auto kLeastPlainInterval = seconds(1);  // at least, when another tenth is done

ProgressStyle resolved(ProgressStyle style, bool quiet) {
  if (quiet) return ProgressStyle::none;
  if (style != ProgressStyle::automatic) return style;
  return isatty(STDERR_FILENO) ? ProgressStyle::bar : ProgressStyle::plain;
}

int terminal_width() {
  winsize size{};
  return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

// What a pass is for: "percentile (step 2)", "write (step 4), write (step 5)".
std::string name_of(const Graph& graph, const PlannedPass& pass) {
  if (pass.spooled >= 0) return "temporary file of " + graph.node(pass.spooled).place.text();
  std::string name;
  for (const PlannedStage& stage : pass.stages)
    name += (name.empty() ? "" : ", ") +
            (stage.target >= 0 ? graph.node(stage.target).place.text() : stage.name);
  return name;
}

// Pixels that a pass goes through: of each stage those of its largest step.
double pixels_of(const PlannedPass& pass) {
  double pixels = 0;
  for (const PlannedStage& stage : pass.stages) {
    double most = 0;
    for (const PlannedStep& step : stage.steps)
      most = std::max(most, std::min(1.0, step.computed_share) * static_cast<double>(step.width) *
                                static_cast<double>(step.height));
    pixels += most;
  }
  return pixels;
}

double ratio(double part, double whole) {
  return whole > 0 ? part / whole : 0;
}

// Parts of a line, those that there are.
std::string joined(std::initializer_list<std::string> parts, const char* between) {
  std::string line;
  for (const std::string& part : parts)
    if (!part.empty()) line += (line.empty() ? "" : between) + part;
  return line;
}

}  // namespace

ProgressDisplay::ProgressDisplay(ProgressStyle style, bool quiet)
    : style_(resolved(style, quiet)), last_(Clock::now()) {}

ProgressDisplay::~ProgressDisplay() {
  const std::lock_guard lock(mutex_);
  clear();
}

void ProgressDisplay::expect(const Graph& graph, const Plan& plan) {
  double work = 0;
  pixels_ = 0;
  passes_.clear();
  for (const PlannedPass& pass : plan.passes) {
    Pass& expected = passes_.emplace_back();
    expected.name = name_of(graph, pass);
    for (const PlannedStage& stage : pass.stages)
      expected.units += stage.unit_count;
    expected.work = pass.work;
    work += pass.work;
    pixels_ += pixels_of(pass);
  }
  for (Pass& pass : passes_)
    pass.work = ratio(pass.work, work);
}

ProgressDisplay::State ProgressDisplay::state_of(const Progress& progress) {
  State state;
  std::int64_t before = 0;
  double work_before = 0, in_pass = 0;
  for (int p = 0; p < progress.pass && p < static_cast<int>(passes_.size()); ++p) {
    before += passes_[static_cast<std::size_t>(p)].units;
    work_before += passes_[static_cast<std::size_t>(p)].work;
  }
  if (progress.pass < static_cast<int>(passes_.size())) {
    const Pass& pass = passes_[static_cast<std::size_t>(progress.pass)];
    in_pass = std::clamp(
        ratio(static_cast<double>(progress.units_done - before), static_cast<double>(pass.units)),
        0.0, 1.0);
    state.share = work_before + in_pass * pass.work;
    if (passes_.size() > 1)
      state.pass = fmt::format("pass {} of {}: {}", progress.pass + 1, passes_.size(), pass.name);
  }
  state.gained = state.share * (1 - ratio(static_cast<double>(progress.units_before),
                                          static_cast<double>(progress.units_done)));
  if (progress.pass != pass_) pass_ = progress.pass, pass_begun_ = progress.seconds;
  state.left = left_text(progress, state, in_pass);
  return state;
}

// What is left of the pass by its own speed, once that is known, and the passes behind it by their
// declared work and the speed of all so far. Nothing is said before there is something to go by.
std::string ProgressDisplay::left_text(const Progress& progress, const State& state,
                                       double in_pass) const {
  constexpr double kLeastSeconds = 2, kLeastShare = 0.02, kLeastOfPass = 0.1;
  if (progress.seconds < kLeastSeconds || state.gained < kLeastShare) return {};
  const double by_work = progress.seconds / state.gained;  // seconds for the whole
  double left = by_work * (1 - state.share);
  const double in_this = progress.seconds - pass_begun_;
  if (progress.pass > 0 && in_pass >= kLeastOfPass && progress.units_before == 0 && in_this > 0) {
    const double work = passes_[static_cast<std::size_t>(progress.pass)].work;
    left += in_this * (1 - in_pass) / in_pass - by_work * work * (1 - in_pass);
  }
  return "about " + duration_text(left) + " left";
}

std::string ProgressDisplay::rate(double share, double elapsed) const {
  return elapsed > 0 ? fmt::format("{:.1f} Mpx/s", share * pixels_ / elapsed * 1e-6) : "";
}

void ProgressDisplay::update(const Progress& progress) {
  if (style_ == ProgressStyle::none) return;
  const std::lock_guard lock(mutex_);
  const auto now = Clock::now();
  const State state = state_of(progress);
  const double share = state.share;
  gained_ = state.gained;
  if (style_ == ProgressStyle::bar) {
    if (drawn_ && now - last_ < kBarInterval) return;
    const int width = terminal_width() - 1;
    std::string text = " " + joined({fmt::format("{:3.0f} %", share * 100), state.pass,
                                     rate(gained_, progress.seconds), state.left},
                                    "  ");
    constexpr int kLeastCells = 5;
    if (static_cast<int>(text.size()) > width - kLeastCells - 2)
      text.resize(static_cast<std::size_t>(std::max(0, width - kLeastCells - 2)));
    const int cells = std::clamp(width - static_cast<int>(text.size()) - 2, kLeastCells, 50);
    const int full = static_cast<int>(share * cells);
    draw("[" + std::string(static_cast<std::size_t>(full), '#') +
         std::string(static_cast<std::size_t>(cells - full), '.') + "]" + text);
  } else {
    const int tenth = static_cast<int>(share * 10);
    const bool due = now - last_ >= kPlainInterval ||
                     (tenth > last_tenth_ && now - last_ >= kLeastPlainInterval);
    if (!due || share >= 1) return;
    last_tenth_ = tenth;
    std::fputs((joined({fmt::format("{:.0f} %", share * 100), state.pass,
                        rate(gained_, progress.seconds), state.left},
                       ", ") +
                "\n")
                   .c_str(),
               stderr);
  }
  last_ = now;
}

void ProgressDisplay::line(const std::string& text) {
  const std::lock_guard lock(mutex_);
  clear();
  std::fputs((text + "\n").c_str(), stderr);
}

void ProgressDisplay::finish(double elapsed) {
  if (style_ == ProgressStyle::none) return;
  const std::lock_guard lock(mutex_);
  clear();
  std::fputs(fmt::format("100 %, {}, done in {:.1f} s\n", rate(gained_, elapsed), elapsed).c_str(),
             stderr);
}

void ProgressDisplay::draw(const std::string& text) {
  std::fputs(("\r" + text + "\033[K").c_str(), stderr);
  std::fflush(stderr);
  drawn_ = true;
}

void ProgressDisplay::clear() {
  if (drawn_) std::fputs("\r\033[K", stderr);
  drawn_ = false;
}

}  // namespace sluice::tool

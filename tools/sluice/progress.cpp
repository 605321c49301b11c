#include "progress.hpp"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

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

// `gained`: of the share that is done, what this run has done.
std::string left_text(double share, double gained, double elapsed) {
  return gained > 0 ? duration_text(elapsed * (1 - share) / gained) + " left" : "";
}

}  // namespace

ProgressDisplay::ProgressDisplay(ProgressStyle style, bool quiet)
    : style_(resolved(style, quiet)), last_(Clock::now()) {}

ProgressDisplay::~ProgressDisplay() {
  const std::lock_guard lock(mutex_);
  clear();
}

std::string ProgressDisplay::rate(double share, double elapsed) const {
  return elapsed > 0 ? fmt::format("{:.1f} Mpx/s", share * pixels_ / elapsed * 1e-6) : "";
}

void ProgressDisplay::update(const Progress& progress) {
  if (style_ == ProgressStyle::none) return;
  const std::lock_guard lock(mutex_);
  const auto now = Clock::now();
  const double share = progress.share();
  gained_ = share * (progress.units_done > 0 ? 1 - static_cast<double>(progress.units_before) /
                                                       static_cast<double>(progress.units_done)
                                             : 0);
  if (style_ == ProgressStyle::bar) {
    if (drawn_ && now - last_ < kBarInterval) return;
    const std::string text =
        fmt::format(" {:3.0f} %  {}  {}", share * 100, rate(gained_, progress.seconds),
                    left_text(share, gained_, progress.seconds));
    const int cells = std::clamp(terminal_width() - static_cast<int>(text.size()) - 3, 5, 50);
    const int full = static_cast<int>(share * cells);
    draw("[" + std::string(static_cast<std::size_t>(full), '#') +
         std::string(static_cast<std::size_t>(cells - full), '.') + "]" + text);
  } else {
    const int tenth = static_cast<int>(share * 10);
    const bool due = now - last_ >= kPlainInterval ||
                     (tenth > last_tenth_ && now - last_ >= kLeastPlainInterval);
    if (!due || share >= 1) return;
    last_tenth_ = tenth;
    std::fputs(fmt::format("{:.0f} %, {}, {}\n", share * 100, rate(gained_, progress.seconds),
                           left_text(share, gained_, progress.seconds))
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

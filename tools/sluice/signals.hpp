// SIGINT, SIGTERM and SIGUSR1 as a request to stop.
#pragma once

#include <atomic>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

namespace sluice::tool {

/// What a run that can go on has beside its outputs.
struct KeptFiles {
  std::vector<std::string> journals, partial;
};

/// While it lives, these signals are blocked in this thread and all threads it starts, and a thread
/// of its own waits for them: nothing runs in a signal handler. The first signal asks the stop
/// token to stop; when the process is still there a second later, or at another signal, it is
/// ended, unless it is bringing to the disk what it keeps. To be made before any other thread.
/// Where the system lets no such thread be made, signals keep what they do by default: end the
/// process.
class Signals {
 public:
  Signals();
  ~Signals();
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

  /// False where no thread could be made, or no descriptor opened, to wait for signals.
  bool watched() const { return thread_.joinable(); }
  std::stop_token token() const { return stop_.get_token(); }
  /// Is stopped before token() by the signal that asks to leave nothing: SIGINT.
  std::stop_token discard() const { return discard_.get_token(); }
  /// What to tell a user whose run was ended and can go on.
  void set_advice(std::string advice) { advice_ = std::move(advice); }
  /// From now on what SIGTERM and SIGUSR1 stop can go on later; SIGINT removes the files.
  void set_resumable(KeptFiles files) {
    files_ = std::move(files);
    resumable_ = true;
  }
  bool resumable() const { return resumable_; }
  /// The run is ending and brings what it keeps to the disk: from now on that is awaited.
  void keeping() { keeping_ = true; }
  /// The signal that came, 0 while there was none.
  int caught() const { return caught_.load(); }

 private:
  void wait_for_signals();
  [[noreturn]] void end_at_once() const;
  void close_files();

  int signals_ = -1;  ///< a signalfd
  int wake_ = -1;     ///< an eventfd: the end of this object
  std::stop_source stop_, discard_;
  std::string advice_;
  KeptFiles files_;  ///< set before resumable_
  std::atomic<bool> resumable_ = false, keeping_ = false;
  std::atomic<int> caught_ = 0;
  std::thread thread_;
};

/// Ends the process as `signal` asks: dies of SIGINT, so that a shell sees it; else exits with 75
/// or, where the run cannot go on, 143.
[[noreturn]] void end_by(int signal, bool resumable);

}  // namespace sluice::tool

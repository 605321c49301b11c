#include "signals.hpp"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <system_error>

#include "exit_codes.hpp"

namespace sluice::tool {

namespace {

constexpr int kPatienceMilliseconds = 900;  // from a signal to the end, whatever happens
// timeout(1) sends each signal twice, to the process and to its group.
constexpr auto kSameSignal = std::chrono::milliseconds(100);

sigset_t handled() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGUSR1);
  return set;
}

// A journal of another process, or one that this run has not come to yet, is not ours to remove.
bool is_open_here(const std::string& path) {
  std::error_code none;
  for (const auto& file : std::filesystem::directory_iterator("/proc/self/fd", none))
    if (std::filesystem::equivalent(file.path(), path, none)) return true;
  return false;
}

void remove_kept(const KeptFiles& files) {
  if (std::none_of(files.journals.begin(), files.journals.end(), is_open_here)) return;
  for (const auto& names : {files.journals, files.partial})
    for (const std::string& name : names)
      unlink(name.c_str());
}

}  // namespace

Signals::Signals() {
  // SIGINT counts even where a shell has set it to be ignored, as for background jobs of a script:
  // whoever sends it to this process means it.
  const sigset_t set = handled();
  signals_ = signalfd(-1, &set, SFD_CLOEXEC);
  wake_ = eventfd(0, EFD_CLOEXEC);
  if (signals_ < 0 || wake_ < 0) {
    close_files();
    return;
  }
  sigset_t before;
  pthread_sigmask(SIG_BLOCK, &set, &before);
  try {
    thread_ = std::thread([this] { wait_for_signals(); });
  } catch (const std::system_error&) {
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    close_files();
  }
}

void Signals::close_files() {
  for (int* file : {&signals_, &wake_}) {
    if (*file >= 0) close(*file);
    *file = -1;
  }
}

Signals::~Signals() {
  if (!watched()) return;
  const std::uint64_t one = 1;
  if (write(wake_, &one, sizeof one) == sizeof one)
    thread_.join();
  else
    thread_.detach();
  close_files();
}

void Signals::wait_for_signals() {
  using Clock = std::chrono::steady_clock;
  Clock::time_point first;
  for (;;) {
    pollfd watched[] = {{signals_, POLLIN, 0}, {wake_, POLLIN, 0}};
    const int ready = poll(watched, 2, caught() ? kPatienceMilliseconds : -1);
    if (ready < 0) continue;  // EINTR
    if (watched[1].revents) return;
    if (ready == 0) {
      if (!keeping_) end_at_once();
      continue;
    }
    signalfd_siginfo info;
    if (read(signals_, &info, sizeof info) != sizeof info) continue;
    if (caught()) {
      if (!keeping_ && Clock::now() - first > kSameSignal) end_at_once();
      continue;
    }
    first = Clock::now();
    caught_ = static_cast<int>(info.ssi_signo);
    if (caught() == SIGINT) discard_.request_stop();
    stop_.request_stop();
  }
}

void Signals::end_at_once() const {
  if (resumable() && caught() == SIGINT) {
    remove_kept(files_);
  } else if (resumable() &&
             std::any_of(files_.journals.begin(), files_.journals.end(), is_open_here)) {
    // Past the C library's stream: the thread that does not end may be holding it.
    const std::string line = "stopped on request; " + advice_ + "\n";
    if (write(STDERR_FILENO, line.data(), line.size()) < 0) {
      // Nobody to tell.
    }
  }
  end_by(caught(), resumable());
}

void end_by(int signal, bool resumable) {
  if (signal == SIGINT) {
    ::signal(SIGINT, SIG_DFL);
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
    pthread_kill(pthread_self(), SIGINT);
  }
  _exit(resumable ? kResumable : kTerminated);
}

}  // namespace sluice::tool

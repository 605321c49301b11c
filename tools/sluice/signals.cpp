#include "signals.hpp"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <system_error>

#include "exit_codes.hpp"

namespace sluice::tool {

namespace {

constexpr int kPatienceMilliseconds = 900;  // from a signal to the end, whatever happens

sigset_t handled() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGUSR1);
  return set;
}

}  // namespace

Signals::Signals() {
  // SIGINT counts even where a shell has set it to be ignored, as for background jobs of a script:
  // whoever sends it to this process means it.
  const sigset_t set = handled();
  signals_ = signalfd(-1, &set, SFD_CLOEXEC);
  wake_ = eventfd(0, EFD_CLOEXEC);
  if (signals_ < 0 || wake_ < 0)
    throw std::system_error(errno, std::generic_category(), "signalfd");
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  thread_ = std::thread([this] { wait_for_signals(); });
}

Signals::~Signals() {
  const std::uint64_t one = 1;
  if (write(wake_, &one, sizeof one) == sizeof one)
    thread_.join();
  else
    thread_.detach();
  close(signals_);
  close(wake_);
}

void Signals::wait_for_signals() {
  for (;;) {
    pollfd watched[] = {{signals_, POLLIN, 0}, {wake_, POLLIN, 0}};
    const int ready = poll(watched, 2, caught() ? kPatienceMilliseconds : -1);
    if (ready < 0) continue;  // EINTR
    if (ready == 0) end_by(caught(), resumable());
    if (watched[1].revents) return;
    signalfd_siginfo info;
    if (read(signals_, &info, sizeof info) != sizeof info) continue;
    if (caught()) end_by(caught(), resumable());
    caught_ = static_cast<int>(info.ssi_signo);
    if (caught() == SIGINT) discard_.request_stop();
    stop_.request_stop();
  }
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

#include "graphviz.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <string_view>
#include <thread>

#include "engine/error.hpp"

extern char** environ;

namespace sluice::tool {

namespace {

Error failed(const std::string& reason) {
  return Error(ErrorKind::system, "Graphviz's 'dot', which draws the plan, " + reason);
}

// A file in memory: no pipe that could fill up while the other side waits.
class MemoryFile {
 public:
  explicit MemoryFile(const char* name) : file_(memfd_create(name, MFD_CLOEXEC)) {
    if (file_ < 0)
      throw Error(ErrorKind::system,
                  fmt::format("the system makes no file in memory: {}", std::strerror(errno)));
  }
  ~MemoryFile() { close(file_); }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;
  int get() const { return file_; }

  void fill(std::string_view text) const {
    while (!text.empty()) {
      const ssize_t n = write(file_, text.data(), text.size());
      if (n < 0 && errno == EINTR) continue;
      if (n <= 0)
        throw Error(ErrorKind::system,
                    fmt::format("the plan's graph was not stored: {}", std::strerror(errno)));
      text.remove_prefix(static_cast<std::size_t>(n));
    }
    lseek(file_, 0, SEEK_SET);
  }
  std::string contents() const {
    std::string text;
    char buffer[1 << 14];
    for (off_t at = 0;;) {
      const ssize_t n = pread(file_, buffer, sizeof buffer, at);
      if (n <= 0) return text;
      text.append(buffer, static_cast<std::size_t>(n));
      at += n;
    }
  }

 private:
  int file_;
};

// Starts `dot -Tsvg`, with the signals that this process blocks let through again.
pid_t start(const MemoryFile& in, const MemoryFile& out, const MemoryFile& err) {
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, in.get(), STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, out.get(), STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, err.get(), STDERR_FILENO);
  posix_spawnattr_init(&attributes);
  sigset_t none;
  sigemptyset(&none);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
  char program[] = "dot", format[] = "-Tsvg";
  char* arguments[] = {program, format, nullptr};
  pid_t process = -1;
  const int error = posix_spawnp(&process, program, &actions, &attributes, arguments, environ);
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  if (error == ENOENT)
    throw failed(
        "is not on PATH; install the package 'graphviz' (apt-get install graphviz), or have the "
        "graph as text with --dot, which needs nothing");
  if (error != 0) throw failed(fmt::format("does not start: {}", std::strerror(error)));
  return process;
}

// Waits for the process; ends it when it takes too long. Returns its status.
int ended(pid_t process, const std::stop_token& stop, int seconds) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(seconds);
  for (int status = 0;;) {
    const pid_t done = waitpid(process, &status, WNOHANG);
    if (done == process) return status;
    if (done < 0 && errno != EINTR) throw failed(fmt::format("is lost: {}", std::strerror(errno)));
    const bool late = std::chrono::steady_clock::now() > deadline;
    if (late || stop.stop_requested()) {
      kill(process, SIGKILL);
      waitpid(process, &status, 0);
      if (!late) throw Error(ErrorKind::cancelled, "stopped on request");
      throw failed(fmt::format(
          "was not done after {} s and has been ended; --dot gives the graph as text", seconds));
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
}

}  // namespace

std::string svg_of(const std::string& dot_text, const std::stop_token& stop, int seconds) {
  const MemoryFile in("plan.dot"), out("plan.svg"), err("messages");
  in.fill(dot_text);
  const int status = ended(start(in, out, err), stop, seconds);
  std::string svg = out.contents();
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0 || svg.find("</svg>") == std::string::npos) {
    std::string said = err.contents();
    said = said.substr(0, said.find('\n'));
    throw failed(fmt::format("failed: {}", said.empty() ? "it said nothing" : said));
  }
  return svg;
}

}  // namespace sluice::tool

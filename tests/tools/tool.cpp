#include "tools/tool.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <sstream>
#include <stdexcept>
#include <system_error>
#include <thread>

#include "support/places.hpp"
#include "support/thread_limit.hpp"

namespace sluice::test {

namespace {

[[noreturn]] void become_tool(const std::vector<std::string>& words,
                              const std::filesystem::path& folder, const ToolSetting& setting,
                              int out, int err) {
  dup2(out, STDOUT_FILENO);
  dup2(err, STDERR_FILENO);
  if (chdir(folder.c_str()) != 0) _exit(126);
  for (const auto& [name, value] : setting.environment)
    setenv(name.c_str(), value.c_str(), 1);
  if (setting.file_size_limit > 0) {
    const rlimit limit{static_cast<rlim_t>(setting.file_size_limit),
                       static_cast<rlim_t>(setting.file_size_limit)};
    setrlimit(RLIMIT_FSIZE, &limit);
    signal(SIGXFSZ, SIG_IGN);
  }
  if (setting.processor_seconds > 0) {
    const rlim_t seconds = static_cast<rlim_t>(setting.processor_seconds);
    const rlimit limit{seconds, seconds + 5};
    setrlimit(RLIMIT_CPU, &limit);
  }
  // Another user may not reach the program by its path.
  std::string path = tool_path();
  const int program = open(path.c_str(), O_RDONLY | O_CLOEXEC);
#ifdef __SANITIZE_ADDRESS__
  // The detector of leaks wants a thread of its own.
  if (setting.thread_limit > 0) setenv("ASAN_OPTIONS", "detect_leaks=0", 1);
#endif
  if (setting.thread_limit > 0 && !limit_threads(static_cast<rlim_t>(setting.thread_limit)))
    _exit(125);
  std::vector<char*> arguments{path.data()};
  for (const std::string& word : words)
    arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  fexecve(program, arguments.data(), environ);
  _exit(127);
}

// Reads what comes from both until both are closed.
void drain(int out, int err, Ended& ended) {
  pollfd watched[] = {{out, POLLIN, 0}, {err, POLLIN, 0}};
  std::string* texts[] = {&ended.out, &ended.err};
  int open = 2;
  while (open > 0) {
    poll(watched, 2, -1);
    for (int i = 0; i < 2; ++i) {
      if (watched[i].fd < 0 || watched[i].revents == 0) continue;
      char buffer[4096];
      const ssize_t got = read(watched[i].fd, buffer, sizeof buffer);
      if (got > 0) {
        texts[i]->append(buffer, static_cast<std::size_t>(got));
      } else {
        watched[i].fd = -1;
        --open;
      }
    }
  }
}

}  // namespace

Tool::Tool(const std::vector<std::string>& words, const std::filesystem::path& folder,
           const ToolSetting& setting)
    : folder_(std::filesystem::canonical(folder)) {
  int out[2], err[2];
  if (pipe2(out, O_CLOEXEC) != 0 || pipe2(err, O_CLOEXEC) != 0) throw std::runtime_error("pipe");
  process_ = fork();
  if (process_ == 0) become_tool(words, folder, setting, out[1], err[1]);
  close(out[1]);
  close(err[1]);
  out_ = out[0];
  err_ = err[0];
  if (process_ < 0) throw std::runtime_error("fork");
}

Tool::~Tool() {
  if (process_ > 0) {
    kill(process_, SIGKILL);
    waitpid(process_, nullptr, 0);
  }
  close(out_);
  close(err_);
}

void Tool::send(int signal) const {
  kill(process_, signal);
}

// Leaves it to be waited for.
bool Tool::ended() const {
  siginfo_t info{};
  return waitid(P_PID, static_cast<id_t>(process_), &info, WEXITED | WNOHANG | WNOWAIT) != 0 ||
         info.si_pid == process_;
}

bool Tool::await_written(std::int64_t bytes) const {
  const std::filesystem::path descriptors = "/proc/" + std::to_string(process_) + "/fd";
  for (; !ended(); std::this_thread::sleep_for(std::chrono::milliseconds(1))) {
    std::error_code none;
    for (const auto& file : std::filesystem::directory_iterator(descriptors, none)) {
      const std::string target = std::filesystem::read_symlink(file.path(), none).string();
      struct stat status {};
      if (!none && target.starts_with(folder_.string() + "/") &&
          stat(file.path().c_str(), &status) == 0 && status.st_size >= bytes)
        return true;
    }
  }
  return false;
}

bool Tool::await_resident(std::int64_t bytes) const {
  for (; !ended(); std::this_thread::sleep_for(std::chrono::milliseconds(1))) {
    std::ifstream file("/proc/" + std::to_string(process_) + "/statm");
    std::int64_t all = 0, resident = 0;
    if (file >> all >> resident && resident * sysconf(_SC_PAGESIZE) >= bytes) return true;
  }
  return false;
}

Ended Tool::wait() {
  Ended ended;
  drain(out_, err_, ended);
  int status = 0;
  rusage usage{};
  wait4(process_, &status, 0, &usage);
  ended.resident_peak = std::int64_t{usage.ru_maxrss} * 1024;
  process_ = -1;
  if (WIFEXITED(status)) ended.code = WEXITSTATUS(status);
  if (WIFSIGNALED(status)) ended.signal = WTERMSIG(status);
  return ended;
}

bool Folder::await(const std::string& name, std::uintmax_t bytes) const {
  using namespace std::chrono_literals;
  for (const auto end = std::chrono::steady_clock::now() + 600s;
       std::chrono::steady_clock::now() < end; std::this_thread::sleep_for(2ms)) {
    std::error_code missing;
    const std::uintmax_t size = std::filesystem::file_size(path() / name, missing);
    if (!missing && size >= bytes) return true;
  }
  return false;
}

void Folder::write(const std::string& name, const std::string& text) const {
  std::ofstream(path() / name, std::ios::binary) << text;
}

Ended Folder::run(const std::string& line, const ToolSetting& setting) const {
  return run(words_of(line), setting);
}

Ended Folder::run(const std::vector<std::string>& words, const ToolSetting& setting) const {
  return Tool(words, path(), setting).wait();
}

int Folder::by_shell(const std::string& line, const std::string& before) const {
  const TemporaryFolder apart;
  std::ofstream(apart.path() / "line.sh") << "cd '" << path().string() << "'\n"
                                          << before << " '" << tool_path() << "' " << line;
  const int status = std::system(("sh '" + apart.file("line.sh") + "'").c_str());
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

std::vector<std::string> words_of(const std::string& line) {
  std::istringstream stream(line);
  return {std::istream_iterator<std::string>(stream), {}};
}

}  // namespace sluice::test

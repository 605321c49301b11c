#include "header_mutations/trial.hpp"

#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstring>
#include <exception>
#include <stdexcept>

#include "codecs/format.hpp"
#include "engine/run.hpp"
#include "pipelines/pipeline.hpp"
#include "tools/sluice/image_facts.hpp"

namespace sluice::test {
namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kMemoryBounded = false;
#else
constexpr bool kMemoryBounded = true;
#endif

enum ExitCode { kRead = 10, kRefused = 11, kFailed = 12 };

/// "" when it went well; the error's text when the file was refused.
std::string describe_and_run(const std::string& file) {
  const auto refused = [&](const Error& error) {
    if (error.kind() == ErrorKind::internal || error.kind() == ErrorKind::system ||
        (error.kind() == ErrorKind::data && error.file().empty()))
      throw std::runtime_error(fmt::format("an error of another kind: {}", error.what()));
    return std::string(error.what());
  };
  std::int64_t width = 0, height = 0;
  try {
    const auto source = open_image(file);
    width = source->info().width;
    height = source->info().height;
    using Json = nlohmann::ordered_json;
    (void)tool::image_facts(file, *source, 0).dump(2, ' ', false, Json::error_handler_t::replace);
  } catch (const Error& error) {
    return refused(error);
  }
  try {
    const Pipeline pipeline = parse_command_line(
        {"read", file, "!", "crop", fmt::format("width={}", std::min<std::int64_t>(width, 20)),
         fmt::format("height={}", std::min<std::int64_t>(height, 20)), "!", "stats"});
    RunOptions options;
    options.threads = 1;
    options.memory = std::int64_t{256} << 20;
    run(*pipeline.graph, options);
  } catch (const Error& error) {
    return refused(error);
  }
  return {};
}

void limit(int resource, std::int64_t soft, std::int64_t more) {
  const rlimit limit{static_cast<rlim_t>(soft), static_cast<rlim_t>(soft + more)};
  setrlimit(resource, &limit);
}

[[noreturn]] void be_child(const std::string& file, int report) {
  if (kMemoryBounded) limit(RLIMIT_AS, kMostMapped, 0);
  limit(RLIMIT_CPU, kMostSeconds, 5);
  limit(RLIMIT_CORE, 0, 0);
  alarm(30 * kMostSeconds);  // for one that waits for ever
  std::string text;
  int code = kFailed;
  try {
    text = describe_and_run(file);
    code = text.empty() ? kRead : kRefused;
  } catch (const std::exception& failure) {
    text = failure.what();
  } catch (...) {
    text = "an exception of an unknown kind";
  }
  text.resize(std::min<std::size_t>(text.size(), 2000));
  if (::write(report, text.data(), text.size()) < 0) code = kFailed;
  _exit(code);
}

std::string drain(int from) {
  std::string text;
  char buffer[512];
  for (ssize_t got = 0; (got = ::read(from, buffer, sizeof buffer)) > 0;)
    text.append(buffer, static_cast<std::size_t>(got));
  return text;
}

}  // namespace

Trial look_at(const std::string& file) {
  int report[2];
  if (pipe(report) != 0) throw std::runtime_error("no pipe can be made");
  const pid_t child = fork();
  if (child < 0) throw std::runtime_error("no process can be made");
  if (child == 0) be_child(file, report[1]);
  close(report[1]);
  Trial trial;
  trial.why = drain(report[0]);
  close(report[0]);
  int status = 0;
  rusage usage{};
  wait4(child, &status, 0, &usage);
  trial.resident_peak = std::int64_t{usage.ru_maxrss} * 1024;
  trial.processor_seconds =
      static_cast<double>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
      static_cast<double>(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
  if (WIFSIGNALED(status))
    trial.why =
        fmt::format("ended by signal {} ({})", WTERMSIG(status), strsignal(WTERMSIG(status)));
  else if (kMemoryBounded && trial.resident_peak > kMostResident)
    trial.why = fmt::format("{} MiB were resident: {}", trial.resident_peak >> 20, trial.why);
  else if (WEXITSTATUS(status) == kRead)
    trial.end = Trial::End::read;
  else if (WEXITSTATUS(status) == kRefused)
    trial.end = Trial::End::refused;
  return trial;
}

}  // namespace sluice::test

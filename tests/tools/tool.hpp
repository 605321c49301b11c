// Runs the tool as its users do: as a process.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "support/temporary_folder.hpp"

namespace sluice::test {

struct Ended {
  int code = -1;  ///< exit code, -1 when a signal ended it
  int signal = 0;
  std::string out;
  std::string err;
  std::int64_t resident_peak = 0;  ///< bytes; at least what the test itself had
};

struct ToolSetting {
  std::map<std::string, std::string> environment = {};
  std::int64_t file_size_limit = 0;    ///< bytes; a larger file fails as on a full disk
  std::int64_t processor_seconds = 0;  ///< SIGXCPU behind it
  int thread_limit = 0;                ///< threads that the tool may have (limit_threads)
};

/// A running tool.
class Tool {
 public:
  Tool(const std::vector<std::string>& words, const std::filesystem::path& folder,
       const ToolSetting& setting = {});
  ~Tool();
  Tool(const Tool&) = delete;
  Tool& operator=(const Tool&) = delete;
  void send(int signal) const;
  /// Waits until a file of the folder that the tool has open, with a name or without, has so many
  /// bytes; false when the tool has ended before.
  bool await_written(std::int64_t bytes) const;
  /// Waits until the tool has so many bytes resident; false when it has ended before.
  bool await_resident(std::int64_t bytes) const;
  Ended wait();

 private:
  bool ended() const;

  const std::filesystem::path folder_;
  pid_t process_ = -1;
  int out_ = -1, err_ = -1;
};

/// A folder for the tool to run in.
class Folder : public TemporaryFolder {
 public:
  bool has(const std::string& name) const { return std::filesystem::exists(path() / name); }
  void write(const std::string& name, const std::string& text) const;
  /// Waits until the file has so many bytes; false when that takes more than ten minutes.
  bool await(const std::string& name, std::uintmax_t bytes) const;
  std::string read(const std::string& name) const { return content(path() / name); }
  nlohmann::json json(const std::string& name) const { return nlohmann::json::parse(read(name)); }

  /// What the tool prints on standard output, as JSON.
  nlohmann::json json_of(const std::string& line) const {
    return nlohmann::json::parse(run(line).out);
  }

  /// Runs the tool in this folder; `line` is split at blanks, {words...} adds words as they are.
  Ended run(const std::string& line, const ToolSetting& setting = {}) const;
  Ended run(const std::vector<std::string>& words, const ToolSetting& setting = {}) const;
  /// Has a shell run the tool in this folder, for redirections and limits: `line` is what stands
  /// behind the tool's name, `before` what stands in front of it. Returns the exit code.
  int by_shell(const std::string& line, const std::string& before = {}) const;
};

std::vector<std::string> words_of(const std::string& line);

}  // namespace sluice::test

#include "temporary_folder.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <system_error>

#include "engine/error.hpp"

namespace sluice::tool {

namespace {

// 0, or why no file can be made there.
int problem_of(const std::string& folder) {
  struct stat status {};
  if (stat(folder.c_str(), &status) != 0) return errno;
  if (!S_ISDIR(status.st_mode)) return ENOTDIR;
  return faccessat(AT_FDCWD, folder.c_str(), W_OK | X_OK, AT_EACCESS) != 0 ? errno : 0;
}

}  // namespace

TemporaryFolder default_temporary_folder() {
  const char* folder = std::getenv("TMPDIR");
  if (folder && *folder) return {folder, "TMPDIR"};
  return {problem_of("/var/tmp") == 0 ? "/var/tmp" : "/tmp", "default"};
}

void check_temporary_folder(const TemporaryFolder& folder) {
  const int problem = problem_of(folder.path);
  if (problem == 0) return;
  const std::string what = fmt::format("no temporary file can be made in '{}': {}", folder.path,
                                       std::generic_category().message(problem));
  throw Error(ErrorKind::system, folder.from == "option" ? "--tmpdir: " + what
                                 : folder.from == "TMPDIR"
                                     ? "TMPDIR: " + what + "; --tmpdir names another folder"
                                     : what + "; --tmpdir names another folder");
}

bool is_in_memory(const TemporaryFolder& folder) {
  struct statfs system {};
  return statfs(folder.path.c_str(), &system) == 0 &&
         (system.f_type == TMPFS_MAGIC || system.f_type == RAMFS_MAGIC);
}

bool spools(const Plan& plan) {
  return std::any_of(plan.passes.begin(), plan.passes.end(),
                     [](const PlannedPass& pass) { return pass.spooled >= 0; });
}

}  // namespace sluice::tool

// Where temporary files of pixels lie.
#pragma once

#include <string>

#include "engine/run.hpp"

namespace sluice::tool {

struct TemporaryFolder {
  std::string path;
  std::string from;  ///< "option" (--tmpdir), "TMPDIR" or "default"
};

/// TMPDIR where it is set; else /var/tmp, which is on a disk where /tmp may be memory; else /tmp.
TemporaryFolder default_temporary_folder();

/// Throws Error (system), naming where the folder's name is from, when no file can be made in it.
void check_temporary_folder(const TemporaryFolder& folder);

/// True when what is written there is memory of the machine (a tmpfs).
bool is_in_memory(const TemporaryFolder& folder);

/// Whether a pass of the plan writes a temporary file.
bool spools(const Plan& plan);

}  // namespace sluice::tool

// What the tool sets for its own process, being the host of the library.
#pragma once

namespace sluice::tool {

/// Standard input, output and error that the caller has closed become descriptors that nothing can
/// be read from or written to: else the first file opened would get their number, and messages
/// would go into an image. To be called before anything opens a file.
void take_standard_descriptors();

/// As many open files as the system allows this process (RLIMIT_NOFILE, the hard limit): each image
/// that is read or written takes one.
void raise_descriptor_limit();

/// A log or a listing that passes `ulimit -f` is a write that fails, not the end of the process.
void ignore_file_size_signal();

}  // namespace sluice::tool
